/**
 * What went wrong, in fields that `mapError` judges. Holds no secret, signature, message byte or body.
 *
 * - `aws.malformed` a successful answer that is not what the API reference describes
 * - `aws.integrity` another key or another algorithm than the one asked for answered
 * - `aws.mismatch` the key cannot do what was declared
 * - `aws.credentials` the credentials function gave something else than AWS credentials
 * - `aws.endpoint` the environment or a profile names an endpoint that may not be used
 */
export type AwsFailureKind = 'aws.malformed' | 'aws.integrity' | 'aws.mismatch' | 'aws.credentials' | 'aws.endpoint'

export interface AwsFailureFacts {
  readonly status?: number | undefined
  readonly requestId?: string | undefined
}

/** Thrown by this adapter; never seen by a user. */
export interface AwsFailure extends Error, AwsFailureFacts {
  readonly kind: AwsFailureKind
}

/** Makes a failure; `what` is a sentence of ours without values. */
export function createFailure(kind: AwsFailureKind, what: string, facts: AwsFailureFacts = {}): AwsFailure {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.assign(new Error(what), { kind }, Object.fromEntries(known))
}

/** Whether a thrown value is a failure of this adapter. Judged by a string: it may come from another copy or realm. */
export function isAwsFailure(value: unknown): value is AwsFailure {
  const kind: unknown = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' && kind.startsWith('aws.')
}
