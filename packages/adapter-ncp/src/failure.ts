/**
 * What went wrong, in fields that `mapError` judges. Holds no secret, signature, message byte or body.
 *
 * - `ncp.refused` the service or the gateway in front of it said no, or answered with a failing HTTP status
 * - `ncp.malformed` a successful answer that is not what the API guide documents
 * - `ncp.credentials` the credentials function gave something else than NCP credentials
 * - `ncp.argument` the call lacks something that the request needs
 */
export type NcpFailureKind = 'ncp.refused' | 'ncp.malformed' | 'ncp.credentials' | 'ncp.argument'

/** What authenticated the refused request: account keys, an access token as given, one renewed here, a refresh token. */
export type Authentication = 'account' | 'access-token' | 'renewed-token' | 'refresh-token'

export interface NcpFailureFacts {
  readonly authentication?: Authentication
  /** The attempt's own time, milliseconds since the epoch. */
  readonly sentAt?: number
  readonly status?: number
  /** `error.errorCode` of the gateway or `code` of the service, as text. */
  readonly providerCode?: string | undefined
  readonly providerMessage?: string | undefined
  /** Whether the body had one of the two documented shapes. */
  readonly documented?: boolean
  readonly requestId?: string | undefined
  readonly serverDate?: number | undefined
  readonly retryAfterMs?: number | undefined
}

/** Thrown by this adapter; never seen by a user except as the `cause` of a `KmsError`. */
export interface NcpFailure extends Error, NcpFailureFacts {
  readonly kind: NcpFailureKind
}

/** Makes a failure; `what` is a sentence of ours without values. */
export function createFailure(kind: NcpFailureKind, what: string, facts: NcpFailureFacts = {}): NcpFailure {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.assign(new Error(what), { kind }, Object.fromEntries(known))
}

/** Whether a thrown value is a failure of this adapter. Judged by a string: it may come from another copy or realm. */
export function isNcpFailure(value: unknown): value is NcpFailure {
  const kind: unknown = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' && kind.startsWith('ncp.')
}
