import type { HttpError, HttpErrorCode, HttpPhase } from './errors.ts'
import { retryAfterMs, serverDate } from './headers.ts'

/** Those codes of the error model of `@kmsign/core` that a connection or an HTTP status alone can tell. */
export type MappedHttpCode =
  | 'KMS_INTERNAL'
  | 'KMS_INVALID_RESPONSE'
  | 'KMS_MESSAGE_TOO_LARGE'
  | 'KMS_NETWORK'
  | 'KMS_PERMISSION_DENIED'
  | 'KMS_SIGNER_CLOSED'
  | 'KMS_THROTTLED'
  | 'KMS_TIMEOUT'
  | 'KMS_UNAUTHENTICATED'
  | 'KMS_UNAVAILABLE'

/** A failed attempt in the terms of the error model: a `MappedError` of `@kmsign/core/driver`. */
export interface MappedHttpError {
  /** What it means in the error model. */
  readonly code: MappedHttpCode
  /** `never` where another attempt would meet the same; undefined: the code's own rule. */
  readonly retry: 'never' | undefined
  /** How far the attempt came. */
  readonly phase: HttpPhase
  /** The failing connection had carried an answer before. */
  readonly reusedConnection: boolean
  /** The code of Node, OpenSSL or undici below. */
  readonly providerCode: string | undefined
  /** What a code does not say, for the error message. */
  readonly providerMessage: string | undefined
  /** The status, when one had arrived. */
  readonly httpStatus: number | undefined
  /** Milliseconds that the server asked to wait. */
  readonly retryAfterMs: number | undefined
  /** The server's Date, milliseconds since the epoch. */
  readonly serverDate: number | undefined
}

const CODES: Readonly<Record<HttpErrorCode, MappedHttpCode>> = {
  HTTP_TIMEOUT: 'KMS_TIMEOUT',
  HTTP_CONNECT: 'KMS_NETWORK',
  HTTP_TLS: 'KMS_NETWORK',
  HTTP_RESET: 'KMS_NETWORK',
  HTTP_REDIRECT: 'KMS_INVALID_RESPONSE',
  HTTP_BODY_TOO_LARGE: 'KMS_INVALID_RESPONSE',
  HTTP_BODY_TRUNCATED: 'KMS_INVALID_RESPONSE',
  HTTP_BODY_MALFORMED: 'KMS_INVALID_RESPONSE',
  HTTP_PROTOCOL: 'KMS_INVALID_RESPONSE',
  HTTP_CLOSED: 'KMS_SIGNER_CLOSED',
}
/** What another attempt would meet again. */
const FINAL: ReadonlySet<HttpErrorCode> = new Set(['HTTP_TLS', 'HTTP_REDIRECT'])

const STATUSES: ReadonlyMap<number, MappedHttpCode> = new Map([
  [401, 'KMS_UNAUTHENTICATED'],
  [403, 'KMS_PERMISSION_DENIED'],
  [408, 'KMS_TIMEOUT'],
  [413, 'KMS_MESSAGE_TOO_LARGE'],
  [429, 'KMS_THROTTLED'],
  [502, 'KMS_UNAVAILABLE'],
  [503, 'KMS_UNAVAILABLE'],
  [504, 'KMS_TIMEOUT'],
])

/**
 * What a status says where the answer says nothing more. Undefined for one that says nothing either: 400 is everything
 * from throttling to a wrong parameter, and with 404 only the adapter can tell a key that is not known from a path that
 * is not.
 */
export function codeOfStatus(status: number): MappedHttpCode | undefined {
  return STATUSES.get(status) ?? (status >= 500 ? 'KMS_INTERNAL' : undefined)
}

/**
 * A failed attempt in the terms of the error model: by its status where one had arrived and says something, else by what
 * became of the connection.
 *
 * @param where the server's name for messages, such as its origin
 */
export function mapHttpError(error: HttpError, where: string): MappedHttpError {
  const { code, phase, reusedConnection, systemCode, status, headers = {} } = error
  const date = serverDate(headers)
  return {
    // A newer copy of this package may have codes that this one does not know.
    code: codeOfStatus(status ?? 0) ?? CODES[code] ?? 'KMS_NETWORK',
    retry: FINAL.has(code) ? 'never' : undefined,
    phase,
    reusedConnection,
    providerCode: systemCode,
    providerMessage: code === 'HTTP_REDIRECT' ? `${where} answers with a redirect, which is never followed` : undefined,
    httpStatus: status,
    retryAfterMs: retryAfterMs(headers, date ?? Number.POSITIVE_INFINITY),
    serverDate: date,
  }
}
