import { isUint8Array } from 'node:util/types'
import { type AlgorithmRow, algorithmRow, rowsForAlgorithm, type SignatureEncoding } from './algorithms.ts'
import { assertBytes, type Bytes, describeType } from './bytes.ts'
import type { Call } from './call.ts'
import { checkSignature, type Payload, type SignatureRule, supportsVerification } from './check-signature.ts'
import type { SignResult, VerifyOptions } from './contract.ts'
import { isKmsError } from './errors.ts'
import { choosePayload, type Input, payloadByKey } from './payload.ts'
import type { PublicKey } from './public-key.ts'
import { convertSignature, normalizeSignature } from './signature-encoding.ts'
import { rowFor } from './signature-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'
import { parseSm2UserId } from './sm2.ts'

/** What is known of a signature that was handed in. */
export interface Claim {
  readonly signature: Uint8Array
  readonly encoding: SignatureEncoding
  readonly keyVersion: string | undefined
  readonly pssSaltLength: number | undefined
  readonly sm2UserId: Uint8Array
}

/** Where a verification will happen, found out before a stream is read. */
export type Place =
  | { readonly by: 'key'; readonly key: PublicKey; readonly row: AlgorithmRow }
  | { readonly by: 'provider'; readonly verify: NonNullable<SignerContext['requestVerification']> }

/**
 * Reads a signature argument: a `SignResult` brings its own encoding, version, salt and id; bare bytes take the options
 * or the documented defaults. Undefined: a result of another algorithm, which cannot be this signer's.
 *
 * @throws TypeError for anything else.
 */
export function readClaim(
  context: SignerContext,
  signature: Uint8Array | SignResult,
  options: VerifyOptions,
): Claim | undefined {
  if (isUint8Array(signature)) {
    return {
      signature: new Uint8Array(signature),
      encoding: options.encoding ?? context.facts.encodings[0],
      keyVersion: options.keyVersion,
      pssSaltLength: options.pssSaltLength,
      sm2UserId: context.sm2UserId,
    }
  }
  if (typeof signature !== 'object' || signature === null) {
    throw new TypeError(`signature must be a Uint8Array or a SignResult, got ${describeType(signature)}.`)
  }
  assertBytes(signature.signature, 'signature.signature')
  if (signature.algorithm !== context.algorithm) return undefined
  return {
    signature: new Uint8Array(signature.signature),
    encoding: signature.encoding,
    keyVersion: signature.keyVersion ?? options.keyVersion,
    pssSaltLength: signature.pssSaltLength ?? options.pssSaltLength,
    sm2UserId: signature.sm2UserId === undefined ? context.sm2UserId : parseSm2UserId(signature.sm2UserId),
  }
}

/** Here if the public key can be had, else by the provider; or where the caller wants it. */
export async function choosePlace(
  context: SignerContext,
  call: Call,
  kind: Payload['kind'],
  claim: Claim,
  mode: NonNullable<VerifyOptions['mode']>,
): Promise<Place> {
  if (mode === 'remote') return provider(context, call)
  try {
    const version = claim.keyVersion
    const key = context.keys.peek(version) ?? (await context.keys.get(call, version))
    const row = rowFor(context, call, key)
    if (!supportsVerification(row, kind)) {
      throw refusal(context, call, 'KMS_UNSUPPORTED', `this runtime cannot check ${context.algorithm} from a ${kind}`)
    }
    return { by: 'key', key, row }
  } catch (error) {
    const elsewhere = mode === 'auto' && context.requestVerification !== undefined
    if (elsewhere && isKmsError(error) && !isKmsError(error, 'KMS_KEY_MISMATCH')) return provider(context, call)
    throw error
  }
}

/** Verifies at the chosen place. */
export async function verifyAt(
  context: SignerContext,
  call: Call,
  place: Place,
  input: Input,
  claim: Claim,
): Promise<boolean> {
  if (place.by === 'key') return verifyWithKey(context, place, input, claim)
  return verifyRemotely(context, call, place, input, claim)
}

async function verifyWithKey(
  context: SignerContext,
  { key, row }: Extract<Place, { by: 'key' }>,
  input: Input,
  claim: Claim,
): Promise<boolean> {
  const payload: Payload =
    'message' in input ? { kind: 'message', bytes: input.message } : { kind: 'digest', bytes: input.digest }
  const salt = saltRule(context, row, claim)
  const rule: SignatureRule = { row, encoding: claim.encoding, sm2UserId: claim.sm2UserId, ...salt }
  return checkSignature(key, payload, claim.signature, rule)
}

/** Given, documented or learned; where nobody knows, any salt, for the signature may be the provider's all the same. */
function saltRule(context: SignerContext, row: AlgorithmRow, claim: Claim): Pick<SignatureRule, 'pssSaltLength'> {
  if (row.scheme !== 'rsa-pss' || row.digestBytes === undefined || row.modulusBytes === undefined) return {}
  if (claim.pssSaltLength !== undefined) return { pssSaltLength: claim.pssSaltLength }
  if (context.offered.pssSalt === 'undocumented') return { pssSaltLength: 'any' }
  const max = row.modulusBytes - row.digestBytes - 2
  return { pssSaltLength: context.offered.pssSalt === 'max' ? max : row.digestBytes }
}

async function verifyRemotely(
  context: SignerContext,
  call: Call,
  { verify }: Extract<Place, { by: 'provider' }>,
  input: Input,
  claim: Claim,
): Promise<boolean> {
  const forClaim = { ...context, sm2UserId: claim.sm2UserId }
  const payload = choosePayload(forClaim, call, input) ?? (await payloadByKey(forClaim, call, input))
  const { kind, bytes } = payload
  const version = claim.keyVersion === undefined ? {} : { keyVersion: claim.keyVersion }
  const request = { algorithm: context.algorithm, kind, payload: bytes, ...version }
  for (const signature of wireForms(context, claim)) {
    if (await verify(call, { ...request, signature })) return true
  }
  return false
}

/** The signature in each encoding that the provider may expect; none when no key of this algorithm makes such a one. */
function wireForms(context: SignerContext, claim: Claim): readonly Uint8Array[] {
  const learned = context.learned.forms.get(claim.keyVersion ?? '')
  const encodings = learned === undefined ? context.offered.encodings : [learned.encoding]
  const row = likelyRow(context, claim)
  const strict = row && normalizeSignature(claim.signature, claim.encoding, row)
  if (row === undefined || strict === undefined) return []
  // Cannot fail: it was parsed in its own encoding.
  return encodings.map((encoding) => convertSignature(strict, claim.encoding, encoding, row.keySpec) as Bytes)
}

/** The key's own row, else the first that such a signature can belong to. */
function likelyRow({ algorithm, keys, keySpec }: SignerContext, claim: Claim): AlgorithmRow | undefined {
  const known = keys.peek(claim.keyVersion)?.keySpec ?? keySpec
  if (known !== undefined) return algorithmRow(algorithm, known)
  return rowsForAlgorithm(algorithm).find(
    (row) => normalizeSignature(claim.signature, claim.encoding, row) !== undefined,
  )
}

function provider(context: SignerContext, call: Call): Place {
  const { requestVerification: verify } = context
  if (verify !== undefined) return { by: 'provider', verify }
  throw refusal(context, call, 'KMS_UNSUPPORTED', 'this provider has no verify operation')
}
