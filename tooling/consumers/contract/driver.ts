// What @kmsign/core/driver and @kmsign/core/testing promise.
import type {
  KeySpec,
  KmsErrorCode,
  PublicKeyInput,
  SignatureEncoding,
  Signer,
  SignerCapabilities,
  SignerOptions,
  SigningAlgorithm,
} from '@kmsign/core'
import type {
  Attempt,
  CallOptions,
  DriverPublicKey,
  DriverSignature,
  KmsError,
  MappedError,
  OfferedAlgorithm,
  PayloadKind,
  SignerDriver,
  SignRequest,
} from '@kmsign/core/driver'
import * as driver from '@kmsign/core/driver'
import * as testing from '@kmsign/core/testing'

type Gives<Promised, Ours extends Promised> = [Promised, Ours]
type Takes<Ours, Promised extends Ours> = [Ours, Promised]

type Bounds = { readonly minBytes: number; readonly maxBytes: number }
type Kind = 'message' | 'digest' | 'mu'
interface PromisedOffer {
  readonly payloads: { readonly [K in Kind]?: Bounds }
  readonly encodings: readonly [SignatureEncoding, ...SignatureEncoding[]]
  readonly pssSalt?: 'digest' | 'max' | 'undocumented'
}
interface PromisedAttempt<C> {
  readonly number: number
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly now: () => number
  readonly credentials: C
}
interface PromisedRequest {
  readonly algorithm: SigningAlgorithm
  readonly kind: Kind
  readonly payload: Uint8Array
}
interface PromisedSignature {
  readonly signature: Uint8Array
  readonly keyId?: string
  readonly keyVersion?: string
  readonly requestId?: string
  readonly attempts?: number
}
interface PromisedPublicKey {
  readonly spki: PublicKeyInput
  readonly keyId?: string
  readonly keyVersion?: string
  readonly keySpec?: KeySpec
  readonly requestId?: string
}
interface PromisedMapping {
  readonly code: KmsErrorCode
  readonly retry?: 'never' | 'once' | 'backoff'
  readonly phase: 'connect' | 'request' | 'response'
  readonly providerCode?: string
  readonly providerMessage?: string
  readonly httpStatus?: number
  readonly requestId?: string
  readonly retryAfterMs?: number
  readonly serverDate?: number
}
interface PromisedDriver<C> {
  readonly apiVersion: 1
  readonly provider: string
  readonly keyId: string
  readonly quotaScope: string
  readonly publicKeyBy: 'key' | 'version' | 'none'
  readonly algorithms: { readonly [A in SigningAlgorithm]?: PromisedOffer }
  readonly signPayload: (request: PromisedRequest, attempt: PromisedAttempt<C>) => Promise<PromisedSignature>
  readonly verifyPayload?: (
    request: PromisedRequest & { readonly signature: Uint8Array; readonly keyVersion?: string },
    attempt: PromisedAttempt<C>,
  ) => Promise<boolean>
  readonly fetchPublicKey?: (
    request: { readonly keyVersion?: string },
    attempt: PromisedAttempt<C>,
  ) => Promise<PromisedPublicKey>
  readonly mapError: (error: unknown) => PromisedMapping
  readonly close?: () => Promise<void>
}
interface Login {
  readonly user: string
}

// Core hands out attempts and requests; authors hand in drivers and what their methods return.
export type DriverTypes = [
  Takes<PayloadKind, Kind>,
  Gives<Kind, PayloadKind>,
  Takes<OfferedAlgorithm, PromisedOffer>,
  Gives<PromisedAttempt<Login>, Attempt<Login>>,
  Gives<PromisedRequest, SignRequest>,
  Takes<DriverSignature, PromisedSignature>,
  Takes<DriverPublicKey, PromisedPublicKey>,
  Takes<MappedError, PromisedMapping>,
  Takes<SignerDriver<Login>, PromisedDriver<Login>>,
  Takes<SignerDriver, PromisedDriver<undefined>>,
  Takes<CallOptions, { readonly signal?: AbortSignal; readonly timeoutMs?: number }>,
  Gives<{ readonly code: KmsErrorCode }, KmsError>,
]

export const driverFunctions: {
  readonly createSigner: <A extends SigningAlgorithm, C>(
    driver: PromisedDriver<C>,
    algorithm: A,
    options: SignerOptions<C>,
  ) => Signer<A>
} = driver

type TestSigner<A extends SigningAlgorithm> = Signer<A> & {
  readonly calls: readonly { readonly operation: string; readonly bytes: number }[]
  readonly rotate: () => string
}
export const testingFunctions: {
  readonly createTestSigner: <A extends SigningAlgorithm = 'ECDSA_SHA_256'>(options?: {
    readonly algorithm?: A
    readonly keySpec?: KeySpec
    readonly privateKey?: string
    readonly fail?: readonly (KmsErrorCode | undefined)[]
    readonly capabilities?: Partial<SignerCapabilities>
    readonly name?: string
  }) => TestSigner<A>
} = testing

/** No arguments: a P-256 key. */
export const defaults = (): Signer<'ECDSA_SHA_256'> => testing.createTestSigner()
