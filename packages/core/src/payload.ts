import type { PayloadKind } from './algorithms.ts'
import { equalBytes } from './bytes.ts'
import type { Call } from './call.ts'
import type { Payload } from './check-signature.ts'
import { digestMessage } from './digest.ts'
import type { OfferedAlgorithm } from './driver-contract.ts'
import type { KmsError } from './errors.ts'
import type { PublicKey } from './public-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'
import { parseSm2UserId } from './sm2.ts'

/** What is to be signed or verified: a message, or a digest (ML-DSA: mu) made elsewhere. */
export type Input = { readonly message: Uint8Array } | { readonly digest: Uint8Array }

/** The kind of payload that stands for a digest, where the provider takes one. */
export function digestKind(offered: OfferedAlgorithm): Exclude<PayloadKind, 'message'> | undefined {
  if (offered.payloads.digest !== undefined) return 'digest'
  return offered.payloads.mu === undefined ? undefined : 'mu'
}

/** Whether the provider would see the message itself: small enough, not refused as empty, no other SM2 id. */
function travelsAsMessage(context: SignerContext, bytes: number): boolean {
  const limits = context.offered.payloads.message
  if (limits === undefined || bytes < limits.minBytes || bytes > limits.maxBytes) return false
  return context.facts.scheme !== 'sm2' || (!context.learned.digestOnly && hasDefaultId(context))
}

/**
 * Message, digest or mu, by the driver's offer; never hashed where that changes what is signed. Undefined: the public key
 * is needed for it first ({@link payloadByKey}).
 */
export function choosePayload(context: SignerContext, call: Call, input: Input): Payload | undefined {
  if ('digest' in input) return { kind: readyDigestKind(context, call, input.digest), bytes: input.digest }
  const { message } = input
  if (travelsAsMessage(context, message.length)) return { kind: 'message', bytes: message }
  const kind = digestKind(context.offered)
  if (kind === undefined) throw doesNotFit(context, call, message.length)
  return needsKeyForDigest(context) ? undefined : { kind, bytes: digestMessage(context.algorithm, message, {}) }
}

/** What {@link choosePayload} could not make: the digest or mu of a message that has the public key in it. */
export async function payloadByKey(context: SignerContext, call: Call, input: Input): Promise<Payload> {
  // There are both: a digest needs no key, and without a digest mode nothing does.
  const kind = digestKind(context.offered) as PayloadKind
  const { message } = input as Extract<Input, { readonly message: Uint8Array }>
  const publicKey = await keyForDigest(context, call)
  return { kind, bytes: digestMessage(context.algorithm, message, { publicKey, sm2UserId: context.sm2UserId }) }
}

/** SM2 and ML-DSA bind the public key into the digest. */
export function needsKeyForDigest(context: SignerContext): boolean {
  return context.facts.scheme === 'sm2' || context.facts.scheme === 'ml-dsa'
}

/** The public key that a digest needs, whatever `integrity` says. */
export async function keyForDigest(context: SignerContext, call: Call): Promise<PublicKey> {
  return context.keys.peek(undefined) ?? (await context.keys.get(call, undefined))
}

/** Refuses a digest of the wrong length before anything is sent. */
export function assertDigestLength(context: SignerContext, call: Call, digest: Uint8Array): void {
  const { digestBytes } = context.facts
  if (digestBytes === undefined) {
    throw refusal(context, call, 'KMS_UNSUPPORTED', `${context.algorithm} signs messages only, it has no digest mode`)
  }
  if (digest.length === digestBytes) return
  const detail = `a digest for ${context.algorithm} has ${digestBytes} bytes, got ${digest.length}`
  throw refusal(context, call, 'KMS_INVALID_ARGUMENT', detail)
}

/** The error for a message that the provider does not take and that no digest can stand for. */
export function doesNotFit(context: SignerContext, call: Call, bytes: number): KmsError {
  const { minBytes = 0, maxBytes = 0 } = context.offered.payloads.message ?? {}
  if (bytes < minBytes) {
    return refusal(context, call, 'KMS_INVALID_ARGUMENT', `the provider signs ${minBytes} byte or more, got ${bytes}`)
  }
  const detail = `the provider signs up to ${maxBytes} bytes with ${context.algorithm} and has no digest mode for it`
  return refusal(context, call, 'KMS_MESSAGE_TOO_LARGE', detail)
}

function readyDigestKind(context: SignerContext, call: Call, digest: Uint8Array): PayloadKind {
  assertDigestLength(context, call, digest)
  const kind = digestKind(context.offered)
  if (kind !== undefined) return kind
  throw refusal(context, call, 'KMS_UNSUPPORTED', 'this provider signs messages only, it has no digest mode')
}

function hasDefaultId(context: SignerContext): boolean {
  return equalBytes(context.sm2UserId, parseSm2UserId(undefined))
}
