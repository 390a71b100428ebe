// What @kmsign/core promises, written down a second time and compiled against the built packages.

import type {
  AlgorithmFor,
  AlgorithmInfo,
  AlgorithmsByKeySpec,
  ByteSource,
  Bytes,
  CallOptions,
  CredentialsContext,
  CredentialsSource,
  GetPublicKeyOptions,
  Jwk,
  KeySpec,
  KmsError,
  KmsErrorCode,
  KmsignEvents,
  PublicKey,
  PublicKeyInput,
  SignatureEncoding,
  Signer,
  SignerCapabilities,
  SignerOptions,
  SigningAlgorithm,
  SignOptions,
  SignResult,
  SignStreamOptions,
  Verifier,
  VerifierOptions,
  VerifyOptions,
} from '@kmsign/core'
import * as core from '@kmsign/core'

type Gives<Promised, Ours extends Promised> = [Promised, Ours]
type Takes<Ours, Promised extends Ours> = [Ours, Promised]

type Sha = 'SHA_256' | 'SHA_384' | 'SHA_512'
type Rsa = `RSA_${'PSS' | 'PKCS1'}_${Sha}`
type Pairs = Record<`RSA_${2048 | 3072 | 4096}`, Rsa> &
  Record<'EC_P256' | 'EC_P256K', 'ECDSA_SHA_256'> &
  Record<'EC_P384', 'ECDSA_SHA_384'> &
  Record<'EC_P521', 'ECDSA_SHA_512'> &
  Record<'EC_SM2', 'SM2_DSA'> &
  Record<'ED25519', 'ED25519'> &
  Record<`ML_DSA_${44 | 65 | 87}`, 'ML_DSA'>

export type Names = [
  Gives<Pairs, AlgorithmsByKeySpec>,
  Takes<AlgorithmsByKeySpec, Pairs>,
  // Unions may grow: what was promised must be in them.
  Takes<KeySpec, keyof Pairs>,
  Takes<SigningAlgorithm, Rsa | `ECDSA_${Sha}` | 'SM2_DSA' | 'ED25519' | 'ML_DSA'>,
  Takes<SignatureEncoding, 'der' | 'p1363' | 'raw'>,
  Gives<'ECDSA_SHA_384', AlgorithmFor<'EC_P384'>>,
  Gives<Rsa, AlgorithmFor<'RSA_2048' | 'RSA_4096'>>,
]

// Bytes are plain bytes with a buffer of their own, for every compiler.
export type Plain = [Gives<Uint8Array, Bytes>, Takes<Bytes, ReturnType<typeof Uint8Array.of>>]

interface PromisedInfo {
  readonly algorithm: SigningAlgorithm
  readonly keySpec: KeySpec
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | 'sm3'
  readonly digestBytes?: number
  readonly jose?: string
  readonly cose?: number
  readonly x509Oid?: string
}
interface PromisedKey {
  readonly keyId?: string
  readonly keyVersion?: string
  readonly keySpec: KeySpec
  readonly spki: Bytes
  readonly spkiSha256: string
  readonly toPem: () => string
  readonly toJwk: () => { readonly kty: string; readonly [member: string]: unknown } | undefined
}
interface PromisedResult<A extends SigningAlgorithm> {
  readonly signature: Bytes
  readonly encoding: SignatureEncoding
  readonly algorithm: A
  readonly provider: string
  readonly keyId: string
  readonly keyVersion?: string
  readonly pssSaltLength?: number
  readonly sm2UserId?: string
  readonly verified: boolean
  readonly requestId?: string
  readonly attempts: number
}
export type Values = [
  Gives<PromisedInfo, AlgorithmInfo>,
  Takes<AlgorithmInfo, PromisedInfo>,
  Gives<PromisedKey, PublicKey>,
  Takes<PublicKey, PromisedKey>,
  Gives<{ readonly kty: string; readonly [member: string]: unknown }, Jwk>,
  Takes<Jwk, { kty: string; crv: string }>,
  Gives<PromisedResult<'SM2_DSA'>, SignResult<'SM2_DSA'>>,
  Takes<SignResult<'SM2_DSA'>, PromisedResult<'SM2_DSA'>>,
  Takes<SignResult, PromisedResult<SigningAlgorithm>>,
  Takes<PublicKeyInput, PublicKey | Uint8Array | string | Jwk | import('node:crypto').KeyObject>,
]

interface PromisedCall {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}
interface PromisedSign extends PromisedCall {
  readonly encoding?: 'der' | 'p1363'
  readonly keyVersion?: string
}
interface PromisedVerify extends PromisedCall {
  readonly mode?: 'auto' | 'local' | 'remote'
  readonly encoding?: SignatureEncoding
  readonly keyVersion?: string
  readonly pssSaltLength?: number
}
type Progress = { readonly onProgress?: (progress: { readonly bytes: number }) => void }
type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | import('node:stream/web').ReadableStream<Uint8Array>
export type CallArguments = [
  Takes<CallOptions, PromisedCall>,
  Takes<SignOptions, PromisedSign>,
  Takes<SignStreamOptions, PromisedSign & Progress>,
  Takes<VerifyOptions, PromisedVerify>,
  Takes<GetPublicKeyOptions, PromisedCall & { readonly keyVersion?: string; readonly refresh?: boolean }>,
  Takes<ByteSource, Source | import('node:stream').Readable>,
]

type Signature = Uint8Array | SignResult
type Sign<In, Out extends SigningAlgorithm, Options = PromisedSign> = (
  input: In,
  options?: Options,
) => Promise<PromisedResult<Out>>
type Verify<In> = (input: In, signature: Signature, options?: PromisedVerify) => Promise<boolean>
interface PromisedCapabilities {
  readonly digest: boolean
  readonly maxMessageBytes?: number
  readonly remoteVerify: boolean
  readonly publicKey: boolean
}
/** Members are properties and not methods, so that their arguments are compared strictly. */
interface PromisedSigner<A extends SigningAlgorithm> {
  readonly provider: string
  readonly keyId: string
  readonly algorithm: A
  readonly name: string
  readonly capabilities: PromisedCapabilities
  readonly sign: Sign<Uint8Array, A>
  readonly signDigest: Sign<Uint8Array, A>
  readonly signStream: Sign<Source, A, PromisedSign & Progress>
  readonly verify: Verify<Uint8Array>
  readonly verifyDigest: Verify<Uint8Array>
  readonly verifyStream: Verify<Source>
  readonly getPublicKey: (
    options?: PromisedCall & { readonly keyVersion?: string; readonly refresh?: boolean },
  ) => Promise<PublicKey>
  readonly close: (options?: { readonly timeoutMs?: number }) => Promise<void>
}
interface PromisedVerifier {
  readonly publicKey: PublicKey
  readonly verify: (message: Uint8Array, signature: Signature) => Promise<boolean>
  readonly verifyDigest: (digest: Uint8Array, signature: Signature) => Promise<boolean>
  readonly verifyStream: (source: Source, signature: Signature) => Promise<boolean>
}
interface PromisedVerifierOptions {
  readonly algorithm: SigningAlgorithm
  readonly publicKey: PublicKeyInput
  readonly encoding?: SignatureEncoding
  readonly pssSaltLength?: number | 'any'
  readonly sm2UserId?: string | Uint8Array
}
export type Objects = [
  Gives<PromisedCapabilities, SignerCapabilities>,
  Takes<SignerCapabilities, PromisedCapabilities>,
  Gives<PromisedSigner<'ED25519'>, Signer<'ED25519'>>,
  // A signer that a user wrote, for a test, can stand in for ours.
  Takes<Signer<'ED25519'>, PromisedSigner<'ED25519'>>,
  Gives<Signer, Signer<'ED25519'>>,
  Gives<PromisedVerifier, Verifier>,
  Takes<VerifierOptions, PromisedVerifierOptions>,
]

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

interface Login {
  readonly user: string
}
interface PromisedSignerOptions {
  readonly credentials?:
    | Login
    | ((context: {
        readonly signal: AbortSignal
        readonly reason: 'first' | 'expiring' | 'rejected'
      }) => Promise<Login & { readonly expiresAt?: Date }>)
  readonly name?: string
  readonly publicKey?: PublicKeyInput | { readonly byVersion: Readonly<Record<string, PublicKeyInput>> }
  readonly integrity?: 'auto' | 'require' | 'off'
  readonly timeoutMs?: number
  readonly attemptTimeoutMs?: number
  readonly maxAttempts?: number
  readonly rateLimit?: {
    readonly perSecond?: number
    readonly burst?: number
    readonly concurrency?: number
    readonly maxQueue?: number
  }
  readonly sm2UserId?: string | Uint8Array
  readonly baseUrl?: string | URL
  readonly allowInsecureHttp?: boolean
  readonly proxy?: string | URL
  readonly tls?: { readonly ca?: string | readonly string[]; readonly cert?: string; readonly key?: string }
  readonly clock?: () => number
}
export type OptionsAndEvents = [
  Gives<PromisedEvents, KmsignEvents>,
  Takes<SignerOptions<Login>, PromisedSignerOptions>,
  Gives<{ readonly signal: AbortSignal; readonly reason: 'first' | 'expiring' | 'rejected' }, CredentialsContext>,
  Takes<CredentialsSource<Login>, NonNullable<PromisedSignerOptions['credentials']>>,
]

type DigestTarget = {
  readonly algorithm: SigningAlgorithm
  readonly publicKey?: PublicKeyInput
  readonly sm2UserId?: string | Uint8Array
}
type Checked = { readonly signature: Uint8Array } & ({ readonly message: Uint8Array } | { readonly digest: Uint8Array })
interface Functions {
  readonly algorithmInfo: (algorithm: SigningAlgorithm, keySpec: KeySpec) => AlgorithmInfo
  readonly algorithmsFor: <K extends KeySpec>(keySpec: K) => readonly AlgorithmFor<K>[]
  readonly isSigningAlgorithm: (value: unknown) => value is SigningAlgorithm
  readonly isKeySpec: (value: unknown) => value is KeySpec
  readonly joseAlgorithm: (algorithm: SigningAlgorithm, keySpec: KeySpec, salt?: number) => string | undefined
  readonly parsePublicKey: (input: PublicKeyInput) => PublicKey
  readonly createVerifier: (options: PromisedVerifierOptions) => Verifier
  readonly verifySignature: (options: PromisedVerifierOptions & Checked) => Promise<boolean>
  readonly digestStream: (
    source: Source,
    targets: readonly DigestTarget[],
    options?: { readonly signal?: AbortSignal } & Progress,
  ) => Promise<Bytes[]>
  readonly ecdsaSignatureToP1363: (der: Uint8Array, keySpec: KeySpec) => Bytes
  readonly ecdsaSignatureToDer: (p1363: Uint8Array, keySpec: KeySpec) => Bytes
  readonly isKmsError: <C extends KmsErrorCode = KmsErrorCode>(error: unknown, ...codes: C[]) => error is KmsError<C>
  readonly KMS_ERRORS: Readonly<
    Record<
      KmsErrorCode,
      {
        readonly retry: 'never' | 'once' | 'backoff'
        readonly fault: Fault
        readonly meaning: string
        readonly remedy: string
      }
    >
  >
  readonly subscribe: <N extends keyof KmsignEvents>(name: N, listener: (event: KmsignEvents[N]) => void) => () => void
}
export const functions: Functions = core
