import { type AlgorithmRow, algorithmRow } from './algorithms.ts'
import type { Call } from './call.ts'
import { type Payload, supportsVerification } from './check-signature.ts'
import { isKmsError } from './errors.ts'
import type { PublicKey } from './public-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'

/** The public key to hold a signature against, or why there is none to hold it against. */
export type KeyOrReason = { readonly key: PublicKey } | { readonly unknownVersion: true } | { readonly why: string }

/** The row of the key's own spec; refuses a key that does not fit what was declared. */
export function rowFor(context: SignerContext, call: Call, key: PublicKey): AlgorithmRow {
  const row = algorithmRow(context.algorithm, key.keySpec)
  if (row === undefined) {
    throw refusal(context, call, 'KMS_KEY_MISMATCH', `a ${key.keySpec} key cannot be used with ${context.algorithm}`)
  }
  if (context.keySpec !== undefined && context.keySpec !== key.keySpec) {
    throw refusal(context, call, 'KMS_KEY_MISMATCH', `the key is ${key.keySpec}, declared was ${context.keySpec}`)
  }
  return row
}

/**
 * Where the key has one version its public key can be had beside the first signature instead of after it. Not after a
 * fetch that failed: in an outage each call would cost a request more.
 */
export function wantsKeyEarly(context: SignerContext): boolean {
  const { integrity, keys } = context
  return integrity !== 'off' && keyHasOneVersion(context) && keys.peek(undefined) === undefined && !keys.failing
}

export function keyHasOneVersion({ publicKeyBy, keys }: SignerContext): boolean {
  return publicKeyBy === 'key' && !keys.pinned && keys.possible
}

/** The public key, or why there is none; under `require` having none is the error itself. */
export async function findKey(
  context: SignerContext,
  call: Call,
  held: Payload,
  version: string | undefined,
): Promise<KeyOrReason> {
  const known = context.keys.peek(version)
  try {
    const key = known ?? (await context.keys.get(call, version))
    const row = rowFor(context, call, key)
    return supportsVerification(row, held.kind) ? { key } : uncheckable(context, call, held)
  } catch (error) {
    const unheardOf = isKmsError(error, 'KMS_INVALID_ARGUMENT', 'KMS_KEY_NOT_FOUND') && !context.keys.pinned
    if (version !== undefined && unheardOf && (await canFetchKey(context, call))) return { unknownVersion: true }
    const suspect = isKmsError(error, 'KMS_KEY_MISMATCH', 'KMS_INTEGRITY')
    const certain = context.integrity === 'require' || context.keys.pinned || suspect
    if (certain || (!isKmsError(error) && call.end?.by !== 'deadline')) throw error
    return { why: isKmsError(error) ? error.code : 'KMS_TIMEOUT' }
  }
}

function uncheckable(context: SignerContext, call: Call, { kind }: Payload): { readonly why: string } {
  const why = `this runtime cannot check ${context.algorithm} from a ${kind}`
  if (context.integrity === 'require') throw refusal(context, call, 'KMS_UNSUPPORTED', why)
  return { why }
}

/** Whether public keys can be had at all; if so, a version that the provider does not know cannot have signed. */
async function canFetchKey(context: SignerContext, call: Call): Promise<boolean> {
  try {
    await context.keys.get(call, undefined)
    return true
  } catch (error) {
    if (isKmsError(error)) return false
    throw error
  }
}

/** The public key asked for once more; undefined when it is pinned, the same as before, or not to be had. */
export async function refreshed(
  context: SignerContext,
  call: Call,
  version: string | undefined,
  before: PublicKey,
): Promise<PublicKey | undefined> {
  if (context.keys.pinned) return undefined
  try {
    const key = await context.keys.get(call, version, true)
    return key.spkiSha256 === before.spkiSha256 ? undefined : key
  } catch (error) {
    if (isKmsError(error)) return undefined
    throw error
  }
}
