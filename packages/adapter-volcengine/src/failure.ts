/**
 * What went wrong, in fields that `mapError` judges. Holds no secret, signature, message byte or body.
 *
 * - `volcengine.refused` the service or the gateway in front of it said no, or answered with a failing HTTP status
 * - `volcengine.malformed` a successful answer that is not what the documents describe
 * - `volcengine.integrity` another key than the one asked for answered
 * - `volcengine.credentials` the credentials function gave something else than Volcengine credentials
 */
export type VolcengineFailureKind =
  | 'volcengine.refused'
  | 'volcengine.malformed'
  | 'volcengine.integrity'
  | 'volcengine.credentials'

export interface VolcengineFailureFacts {
  readonly status?: number
  readonly providerCode?: string | undefined
  readonly providerMessage?: string | undefined
  readonly requestId?: string | undefined
  readonly serverDate?: number | undefined
  readonly retryAfterMs?: number | undefined
}

/** Thrown by this adapter; never seen by a user. */
export interface VolcengineFailure extends Error, VolcengineFailureFacts {
  readonly kind: VolcengineFailureKind
}

/** Makes a failure; `what` is a sentence of ours without values. */
export function createFailure(
  kind: VolcengineFailureKind,
  what: string,
  facts: VolcengineFailureFacts = {},
): VolcengineFailure {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.assign(new Error(what), { kind }, Object.fromEntries(known))
}

/** Whether a thrown value is a failure of this adapter. Judged by a string: it may come from another copy or realm. */
export function isVolcengineFailure(value: unknown): value is VolcengineFailure {
  const kind: unknown = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' && kind.startsWith('volcengine.')
}
