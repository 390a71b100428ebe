import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { codeOfStatus, type HttpError, isHttpError, mapHttpError } from '@kmsign/http'

/**
 * What went wrong, in fields that {@link mapError} judges. Holds no secret, signature, message byte or body.
 *
 * - `transit.refused` an HTTP status that is no success
 * - `transit.malformed` a success that is not what the documents promise
 * - `transit.key`, `transit.version` a key that does not sign, a version that is not there
 * - `transit.credentials` the credentials function gave something else than a token
 * - `transit.argument` the call lacks something that the request needs
 */
export type FailureKind = `transit.${'refused' | 'malformed' | 'key' | 'version' | 'credentials' | 'argument'}`

export interface FailureFacts {
  readonly status?: number | undefined
  readonly providerMessage?: string | undefined
  /** Whether the body had the documented list of errors. */
  readonly documented?: boolean | undefined
  readonly serverDate?: number | undefined
  readonly retryAfterMs?: number | undefined
}

/** Thrown by this adapter; a user never sees it. */
export interface TransitFailure extends Error, FailureFacts {
  readonly kind: FailureKind
}

/** Where requests go, for the failures that a wrong address explains. */
export interface Place {
  readonly origin: string
  readonly mount: string
}

type Rule = { readonly code: KmsErrorCode; readonly retry?: NonNullable<MappedError['retry']> }

/** The service has no machine codes: the status says most, and these words say the rest. The first that fits. */
const WORDS: readonly (readonly [status: number, words: RegExp, code: KmsErrorCode])[] = [
  [400, /\bkey not found\b/, 'KMS_KEY_NOT_FOUND'],
  [400, /\bdoes not support signing\b/, 'KMS_KEY_MISMATCH'],
  [400, /\bdisallowed by policy \(too old\)/, 'KMS_KEY_STATE'],
  [403, /\b(?:invalid|bad|missing client) token\b/, 'KMS_UNAUTHENTICATED'],
  [429, /\blease count quota\b/, 'KMS_QUOTA_EXCEEDED'],
]

/** Statuses with a meaning of their own here; `codeOfStatus` has those that mean the same everywhere. */
const STATUSES: ReadonlyMap<number, KmsErrorCode> = new Map([
  [400, 'KMS_INVALID_ARGUMENT'],
  [404, 'KMS_KEY_NOT_FOUND'],
  [405, 'KMS_INVALID_ARGUMENT'],
  // A replica that has not yet seen what this client wrote, and an engine that is being moved.
  [412, 'KMS_UNAVAILABLE'],
  [423, 'KMS_UNAVAILABLE'],
])

const KINDS = {
  'transit.malformed': { code: 'KMS_INVALID_RESPONSE', phase: 'response' },
  'transit.key': { code: 'KMS_KEY_MISMATCH', phase: 'response' },
  'transit.version': { code: 'KMS_KEY_NOT_FOUND', phase: 'response' },
  'transit.credentials': { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect', retry: 'never' },
  'transit.argument': { code: 'KMS_INVALID_ARGUMENT', phase: 'connect' },
} as const satisfies Record<Exclude<FailureKind, 'transit.refused'>, Rule & Pick<MappedError, 'phase'>>

/** Makes a failure; `what` is a sentence of ours without values. */
export function createFailure(kind: FailureKind, what: string, facts: FailureFacts = {}): TransitFailure {
  return Object.assign(new Error(what), { kind }, facts)
}

/** Puts a failure into the terms of the error model. Pure. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return fromTransport(error, place)
  if (!isFailure(error)) return { code: 'KMS_UNKNOWN', phase: 'request' }
  const { kind, message, status, providerMessage = message, retryAfterMs, serverDate } = error
  const reply = { httpStatus: status, providerMessage, retryAfterMs, serverDate }
  if (kind === 'transit.refused') return { ...reply, phase: 'response', ...refusal(error, place) }
  // Another copy of this package may throw a kind that this one does not know.
  return Object.hasOwn(KINDS, kind) ? { ...reply, ...KINDS[kind] } : { ...reply, code: 'KMS_UNKNOWN', phase: 'request' }
}

function fromTransport(error: HttpError, place: Place): MappedError {
  const mapped = mapHttpError(error, place.origin)
  if (error.code !== 'HTTP_REDIRECT') return mapped
  // A standby node does this: the base URL must be that of the cluster.
  return { ...mapped, providerMessage: `${place.origin} redirects: give the address of the cluster` }
}

function refusal(failure: TransitFailure, place: Place): Rule & { readonly providerMessage?: string } {
  const { status = 0, providerMessage, documented } = failure
  const code = codeOf(status, providerMessage ?? '')
  if (code !== 'KMS_KEY_NOT_FOUND') return { code }
  const asked = `asked at ${place.origin}, mount ${place.mount}`
  // No list of errors: something else listens there. A list that names a route: no engine is mounted there.
  if (documented !== true || /\broute\b/.test(providerMessage ?? '')) {
    return { code: 'KMS_INVALID_ARGUMENT', providerMessage: `No such path; ${asked}` }
  }
  return { code, providerMessage: [providerMessage, asked].filter(Boolean).join('; ') }
}

function codeOf(status: number, message: string): KmsErrorCode {
  const row = WORDS.find(([where, words]) => where === status && words.test(message))
  return row?.[2] ?? byStatus(status)
}

function byStatus(status: number): KmsErrorCode {
  return STATUSES.get(status) ?? codeOfStatus(status) ?? 'KMS_UNKNOWN'
}

/** Judged by a string: the error may come from another copy or realm. */
function isFailure(value: unknown): value is TransitFailure {
  const kind: unknown = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' && kind.startsWith('transit.')
}
