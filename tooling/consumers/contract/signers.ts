// What @kmsign/core promises of signers, verifiers and what they take.

import type {
  ByteSource,
  Bytes,
  CallOptions,
  CredentialsContext,
  CredentialsSource,
  GetPublicKeyOptions,
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
  VerifyOptions,
} from '@kmsign/core'

type Gives<Promised, Ours extends Promised> = [Promised, Ours]
type Takes<Ours, Promised extends Ours> = [Ours, Promised]

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
export type Results = [
  Gives<PromisedResult<'SM2_DSA'>, SignResult<'SM2_DSA'>>,
  Takes<SignResult<'SM2_DSA'>, PromisedResult<'SM2_DSA'>>,
  Takes<SignResult, PromisedResult<SigningAlgorithm>>,
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
export type Objects = [
  Gives<PromisedCapabilities, SignerCapabilities>,
  Takes<SignerCapabilities, PromisedCapabilities>,
  Gives<PromisedSigner<'ED25519'>, Signer<'ED25519'>>,
  // A signer that a user wrote, for a test, can stand in for ours.
  Takes<Signer<'ED25519'>, PromisedSigner<'ED25519'>>,
  Gives<Signer, Signer<'ED25519'>>,
  Gives<PromisedVerifier, Verifier>,
]

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
export type Options = [
  Takes<SignerOptions<Login>, PromisedSignerOptions>,
  Gives<{ readonly signal: AbortSignal; readonly reason: 'first' | 'expiring' | 'rejected' }, CredentialsContext>,
  Takes<CredentialsSource<Login>, NonNullable<PromisedSignerOptions['credentials']>>,
]
