import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { type HttpError, type HttpErrorCode, isHttpError, retryAfterMs, serverDate } from '@kmsign/http'

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

const STATUSES: Readonly<Record<string, KmsErrorCode>> = table({
  '400': 'KMS_INVALID_ARGUMENT',
  '401': 'KMS_UNAUTHENTICATED',
  '403': 'KMS_PERMISSION_DENIED',
  '404': 'KMS_KEY_NOT_FOUND',
  '405': 'KMS_INVALID_ARGUMENT',
  '408': 'KMS_TIMEOUT',
  // A replica that has not yet seen what this client wrote, and an engine that is being moved.
  '412': 'KMS_UNAVAILABLE',
  '413': 'KMS_MESSAGE_TOO_LARGE',
  '423': 'KMS_UNAVAILABLE',
  '429': 'KMS_THROTTLED',
  '502': 'KMS_UNAVAILABLE',
  // Sealed, or in maintenance.
  '503': 'KMS_UNAVAILABLE',
  '504': 'KMS_TIMEOUT',
})

const KINDS = {
  'transit.malformed': { code: 'KMS_INVALID_RESPONSE', phase: 'response' },
  'transit.key': { code: 'KMS_KEY_MISMATCH', phase: 'response' },
  'transit.version': { code: 'KMS_KEY_NOT_FOUND', phase: 'response' },
  'transit.credentials': { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect', retry: 'never' },
  'transit.argument': { code: 'KMS_INVALID_ARGUMENT', phase: 'connect' },
} as const satisfies Record<Exclude<FailureKind, 'transit.refused'>, Rule & Pick<MappedError, 'phase'>>

const TRANSPORT = {
  HTTP_TIMEOUT: { code: 'KMS_TIMEOUT' },
  HTTP_CONNECT: { code: 'KMS_NETWORK' },
  HTTP_TLS: { code: 'KMS_NETWORK', retry: 'never' },
  HTTP_RESET: { code: 'KMS_NETWORK' },
  // A standby node does this: the base URL must be that of the cluster.
  HTTP_REDIRECT: { code: 'KMS_INVALID_RESPONSE', retry: 'never' },
  HTTP_BODY_TOO_LARGE: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_BODY_TRUNCATED: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_BODY_MALFORMED: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_PROTOCOL: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_CLOSED: { code: 'KMS_SIGNER_CLOSED' },
} as const satisfies Record<HttpErrorCode, Rule>

/** Makes a failure; `what` is a sentence of ours without values. */
export function createFailure(kind: FailureKind, what: string, facts: FailureFacts = {}): TransitFailure {
  return Object.assign(new Error(what), { kind }, defined(facts))
}

/** Puts a failure into the terms of the error model. Pure. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return fromTransport(error, place)
  if (!isFailure(error)) return { code: 'KMS_UNKNOWN', phase: 'request' }
  const { kind, message, status, providerMessage = message, retryAfterMs: wait, serverDate: date } = error
  const reply = defined({ httpStatus: status, providerMessage, retryAfterMs: wait, serverDate: date })
  if (kind === 'transit.refused') return { ...reply, phase: 'response', ...refusal(error, place) }
  // Another copy of this package may throw a kind that this one does not know.
  return Object.hasOwn(KINDS, kind) ? { ...reply, ...KINDS[kind] } : { ...reply, code: 'KMS_UNKNOWN', phase: 'request' }
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
  return STATUSES[String(status)] ?? (status >= 500 ? 'KMS_INTERNAL' : 'KMS_UNKNOWN')
}

function fromTransport(error: HttpError, place: Place): MappedError {
  const { code, status, headers, phase, reusedConnection, systemCode } = error
  const failed = status !== undefined && status >= 400
  const rule: Rule = failed ? { code: byStatus(status) } : (TRANSPORT[code] ?? { code: 'KMS_NETWORK' })
  const date = headers && serverDate(headers)
  const redirected = code === 'HTTP_REDIRECT' ? `${place.origin} redirects: give the address of the cluster` : undefined
  return defined({
    ...rule,
    phase,
    reusedConnection,
    providerCode: systemCode,
    providerMessage: redirected,
    httpStatus: status,
    retryAfterMs: headers && retryAfterMs(headers, date ?? Number.POSITIVE_INFINITY),
    serverDate: date,
  })
}

/** Judged by a string: the error may come from another copy or realm. */
function isFailure(value: unknown): value is TransitFailure {
  const kind: unknown = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' && kind.startsWith('transit.')
}

function table(rows: Readonly<Record<string, KmsErrorCode>>): Readonly<Record<string, KmsErrorCode>> {
  return Object.freeze(Object.assign(Object.create(null), rows))
}

/** The same without the fields that are undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as { [K in keyof T]: Exclude<T[K], undefined> }
}
