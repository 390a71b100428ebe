// What @kmsign/core promises of errors and of the events that signers publish.

import type { KmsError, KmsErrorCode, KmsignEvents } from '@kmsign/core'

type Gives<Promised, Ours extends Promised> = [Promised, Ours]
type Takes<Ours, Promised extends Ours> = [Ours, Promised]

type Fault = 'caller' | 'provider' | 'transport'
type Operation = 'configure' | 'sign' | 'verify' | 'getPublicKey' | 'close'
type Code = `KMS_${
  | 'INVALID_CONFIG'
  | 'INVALID_ARGUMENT'
  | 'MESSAGE_TOO_LARGE'
  | 'UNSUPPORTED'
  | `KEY_${'MISMATCH' | 'VERSION_CHANGED' | 'NOT_FOUND' | 'STATE' | 'EXPIRED'}`
  | 'CREDENTIALS_UNAVAILABLE'
  | 'UNAUTHENTICATED'
  | 'CLOCK_SKEW'
  | 'PERMISSION_DENIED'
  | 'THROTTLED'
  | 'QUOTA_EXCEEDED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'NETWORK'
  | 'INVALID_RESPONSE'
  | 'INTEGRITY'
  | 'INTERNAL'
  | 'SIGNER_CLOSED'
  | 'UNKNOWN'}`
interface PromisedError<C> extends Error {
  readonly code: C
  readonly provider?: string
  readonly signer?: string
  readonly operation: Operation
  readonly keyId?: string
  readonly retryable: boolean
  readonly fault: Fault
  readonly providerCode?: string
  readonly providerMessage?: string
  readonly httpStatus?: number
  readonly requestId?: string
  readonly retryAfterMs?: number
  readonly attempts: number
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}
export type Errors = [
  Takes<KmsErrorCode, Code>,
  Gives<PromisedError<'KMS_TIMEOUT'>, KmsError<'KMS_TIMEOUT'>>,
  Takes<KmsError<'KMS_TIMEOUT'>, PromisedError<'KMS_TIMEOUT'>>,
  Gives<PromisedError<KmsErrorCode>, KmsError>,
]

interface Base {
  readonly signer: string
  readonly provider: string
}
interface PromisedEvents {
  readonly 'kmsign:call': Base & {
    readonly operation: Operation
    readonly durationMs: number
    readonly attempts: number
    readonly code?: KmsErrorCode
  }
  readonly 'kmsign:attempt': Base & {
    readonly attempt: number
    readonly durationMs: number
    readonly httpStatus?: number
    readonly code?: KmsErrorCode
    readonly waitMs?: number
  }
  readonly 'kmsign:credentials': Base & {
    readonly reason: 'first' | 'expiring' | 'rejected'
    readonly durationMs: number
    readonly failed: boolean
  }
  readonly 'kmsign:unverified': Base & { readonly why: string }
}
export type Events = Gives<PromisedEvents, KmsignEvents>
