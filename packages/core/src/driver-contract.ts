import type { KeySpec, PayloadKind, SignatureEncoding, SigningAlgorithm } from './algorithms.ts'
import type { KmsErrorCode } from './errors.ts'
import type { PublicKeyInput } from './public-key.ts'

/** How the provider signs with one algorithm. */
export interface OfferedAlgorithm {
  /** Sizes in bytes of the payload before any transport encoding. A kind that is absent is not offered. */
  readonly payloads: { readonly [K in PayloadKind]?: { readonly minBytes: number; readonly maxBytes: number } }
  /**
   * The signature's encoding on the wire. More than one: the provider does not document it; core finds out with the
   * public key and remembers it per key and version.
   */
  readonly encodings: readonly [SignatureEncoding, ...SignatureEncoding[]]
  /** RSA-PSS salt: the digest length, the largest that fits, or not documented. */
  readonly pssSalt?: 'digest' | 'max' | 'undocumented'
}

/** The end of one attempt, heard without the cost of an `AbortSignal`. It lasts as long as its attempt. */
export interface Cancellation {
  /** True from the moment the attempt is ended. */
  readonly cancelled: boolean
  /** What a transport that was cancelled should reject with; undefined before. */
  readonly reason: unknown
  /** Calls `target.abort()` once, when the attempt is ended; not when it was ended before. */
  onCancel(target: { abort(): void }): void
}

/** One attempt of one request. */
export interface Attempt<C> {
  /** 1 for the first. */
  readonly number: number
  /** Aborted by the caller, by the call's or the attempt's timeout, or by `close`. Must end the request at once. */
  readonly signal: AbortSignal
  /**
   * The same end as `signal`'s for a transport that takes it: `AbortSignal`s are costly on Node, so `signal` is only made
   * when it is read.
   */
  readonly cancellation?: Cancellation
  /** Milliseconds this attempt may take. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch, corrected by the learned clock offset. Sign the request with this time. */
  now(): number
  /** Those to sign this attempt with, fresh where they had to be; undefined where the driver has none. */
  readonly credentials: C
}

/** A payload to sign. The bytes are core's own and do not change; a driver must not change them either. */
export interface SignRequest {
  /** One of those that the driver offers. */
  readonly algorithm: SigningAlgorithm
  /** One of those that the driver offers for the algorithm. */
  readonly kind: PayloadKind
  /** Within the sizes that the driver offers for the kind. */
  readonly payload: Uint8Array
}

/** What came back from a sign request. */
export interface DriverSignature {
  /**
   * As the provider gave it, transport encoding removed; core reads it by the offer's `encodings`, and takes the bytes
   * over: the caller may be given this very array.
   */
  readonly signature: Uint8Array
  /** As the provider resolved it, where it says so. */
  readonly keyId?: string
  /** The version that signed, where the provider versions keys. */
  readonly keyVersion?: string
  /** The provider's id of the request, for support cases. */
  readonly requestId?: string
  /** Requests that were sent, where something below the driver repeats by itself. Default 1. */
  readonly attempts?: number
}

/** What came back from a public key request. */
export interface DriverPublicKey {
  /** In any form that `parsePublicKey` takes. */
  readonly spki: PublicKeyInput
  /** As the provider resolved it, where it says so. */
  readonly keyId?: string
  /** The version it belongs to, where the provider versions keys. */
  readonly keyVersion?: string
  /** The provider's word for it; core holds it against the key itself. */
  readonly keySpec?: KeySpec
  /** The provider's id of the request, for support cases. */
  readonly requestId?: string
}

/** What the provider says of a key, in its own words: single words as they come, such as `PendingDelete`. */
export interface KeyFacts {
  /** Such as `Enabled` or `PendingDelete`. */
  readonly state?: string
  /** What the key may be used for. */
  readonly usage?: string
  /** Key type or key spec. */
  readonly type?: string
  /** When the key will be gone, milliseconds since the epoch. */
  readonly deletionDate?: number
}

/** A failure in the terms of the error model. A field that is undefined counts as absent. */
export interface MappedError {
  /** One row of `KMS_ERRORS`. */
  readonly code: KmsErrorCode
  /** Where this case differs from the code's own rule in `KMS_ERRORS`. */
  readonly retry?: 'never' | 'once' | 'backoff' | undefined
  /** `connect`: no byte can have reached the server. `request`: sent, nothing came back. `response`: an answer began. */
  readonly phase: 'connect' | 'request' | 'response'
  /** False: a reset in phase `request` was on a fresh connection, so a repeat without delay would not help. */
  readonly reusedConnection?: boolean | undefined
  /** The provider's own code, or the system's for a failed connection. */
  readonly providerCode?: string | undefined
  /** Free of secrets; core cleans and cuts it. */
  readonly providerMessage?: string | undefined
  /** The status of the answer, where one had arrived. */
  readonly httpStatus?: number | undefined
  /** The provider's id of the request, for support cases. */
  readonly requestId?: string | undefined
  /** Milliseconds that the provider asks to wait. */
  readonly retryAfterMs?: number | undefined
  /** The server's Date, milliseconds since the epoch. */
  readonly serverDate?: number | undefined
}

/**
 * What an adapter implements: translation to one provider and nothing else. Core calls it, retries it, times it out,
 * checks what it returns and maps what it throws; a driver holds no policy and catches nothing.
 */
export interface SignerDriver<C = undefined> {
  /** The contract that the driver is written for; another one is refused. */
  readonly apiVersion: 1
  /** Name of the provider in results, errors and events: lower case, one word. */
  readonly provider: string
  /** The key's name as configured. */
  readonly keyId: string
  /** Retry budget, clock offset and rate limit are shared by everything with the same scope. Holds no secret. */
  readonly quotaScope: string
  /** `version`: the public key can only be fetched once the signature named its version. `none`: not at all. */
  readonly publicKeyBy: 'key' | 'version' | 'none'
  /** What the provider signs with, and how. What is absent is `KMS_UNSUPPORTED`. */
  readonly algorithms: { readonly [A in SigningAlgorithm]?: OfferedAlgorithm }
  /** Sends one request for a signature. Throws whatever went wrong, for `mapError` to judge. */
  signPayload(request: SignRequest, attempt: Attempt<C>): Promise<DriverSignature>
  /** Has the provider verify, true or false; left out where it has no such operation. */
  verifyPayload?(
    request: SignRequest & { readonly signature: Uint8Array; readonly keyVersion?: string },
    attempt: Attempt<C>,
  ): Promise<boolean>
  /** Asks for the public key, of one version where `publicKeyBy` is `version`; left out where there is no such operation. */
  fetchPublicKey?(request: { readonly keyVersion?: string }, attempt: Attempt<C>): Promise<DriverPublicKey>
  /**
   * What an error may say of the key beyond the refusal itself. Never needed for signing and never a required permission:
   * asked once in a while after a failure, and what comes of it changes nothing but the error's message. `{}` when these
   * credentials cannot ask.
   */
  describeKey?(attempt: Attempt<C>): Promise<KeyFacts>
  /** Pure. Judges by strings and numbers, never by `instanceof`: errors may come from another realm. */
  mapError(error: unknown): MappedError
  /** Called once, after the last attempt has ended. */
  close?(): Promise<void>
}
