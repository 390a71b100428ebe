import type { SignatureEncoding, SigningAlgorithm } from './algorithms.ts'
import type { Bytes } from './bytes.ts'
import type { KmsError, KmsErrorCode } from './errors.ts'
import type { PublicKey, PublicKeyInput } from './public-key.ts'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call at any moment; it then rejects with `signal.reason`, unchanged. */
  readonly signal?: AbortSignal
  /**
   * Milliseconds for the whole call: all attempts and the waits between them, counted from the moment the payload is
   * ready. Reading and hashing a stream do not count. Default: the signer's `timeoutMs`, else 20 000.
   */
  readonly timeoutMs?: number
}

/** Options of {@link Signer.sign} and {@link Signer.signDigest}. */
export interface SignOptions extends CallOptions {
  /** ECDSA and SM2 only; ignored for the rest. Default `der`. */
  readonly encoding?: 'der' | 'p1363'
  /** Refuses the signature with `KMS_KEY_VERSION_CHANGED` unless this version of the key made it. */
  readonly keyVersion?: string
}

/** Options of {@link Signer.signStream}. */
export interface SignStreamOptions extends SignOptions {
  /** Called after each chunk with the bytes read so far. */
  readonly onProgress?: (progress: { readonly bytes: number }) => void
}

/** Options of {@link Signer.verify}. A `SignResult` brings its own encoding, version, salt and SM2 id. */
export interface VerifyOptions extends CallOptions {
  /** `auto`: here if the public key can be had, else by the provider. Default `auto`. */
  readonly mode?: 'auto' | 'local' | 'remote'
  /** Of bare signature bytes. Default `der` for ECDSA and SM2, `raw` for the rest. */
  readonly encoding?: SignatureEncoding
  /** Which version of the key made the bare signature bytes. */
  readonly keyVersion?: string
  /** Bytes of PSS salt in the bare signature bytes. Default: what the provider documents, else the digest length. */
  readonly pssSaltLength?: number
}

/** Options of {@link Signer.getPublicKey}. */
export interface GetPublicKeyOptions extends CallOptions {
  /** Default: the version that the provider calls current. */
  readonly keyVersion?: string
  /** Asks the provider again instead of the cache. */
  readonly refresh?: boolean
}

interface WebReadable {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** Anything that yields bytes: a Node stream, an async or plain iterable, a web `ReadableStream`. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | WebReadable

/** A signature with everything a verifier has to know. Frozen. */
export interface SignResult<A extends SigningAlgorithm = SigningAlgorithm> {
  /** In the encoding that `encoding` names. */
  readonly signature: Bytes
  /** `der` unless asked otherwise for ECDSA and SM2, `raw` for the rest. */
  readonly encoding: SignatureEncoding
  /** The signer's. */
  readonly algorithm: A
  /** The signer's. */
  readonly provider: string
  /** The key as the provider resolved it. */
  readonly keyId: string
  /** Where the provider versions keys: the version that signed. */
  readonly keyVersion?: string
  /** RSA-PSS: bytes of salt; set when the provider documents it or it was measured here, never assumed. */
  readonly pssSaltLength?: number
  /** SM2: the user id that went into ZA. */
  readonly sm2UserId?: string
  /** True only if the signature was checked against the public key before it was returned. */
  readonly verified: boolean
  /** The provider's id of the request that made the signature. */
  readonly requestId?: string
  /** Sign requests that were sent for this result. */
  readonly attempts: number
}

/** What a signer can do; what swapping it for another would lose. */
export interface SignerCapabilities {
  /** `signDigest` works. */
  readonly digest: boolean
  /** Above this many bytes `sign` fails; absent: no limit, because the provider signs digests. */
  readonly maxMessageBytes?: number
  /** `verify` with mode `remote` works. */
  readonly remoteVerify: boolean
  /** The public key can be fetched or is pinned. */
  readonly publicKey: boolean
}

/**
 * One key with one algorithm. Consuming code names neither, which is what makes clouds swappable.
 *
 * Every method rejects with a {@link KmsError}, with a `TypeError` for a wrong argument, or with the reason of the
 * caller's own signal. Signers are frozen and may be shared by any number of concurrent calls.
 */
export interface Signer<A extends SigningAlgorithm = SigningAlgorithm> {
  /** `ncp`, `volcengine`, `aws`, `local` or what a third-party adapter calls itself. */
  readonly provider: string
  /** The key's name as configured. */
  readonly keyId: string
  /** The scheme and hash that it signs with. */
  readonly algorithm: A
  /** Label in events, errors and metrics. */
  readonly name: string
  /** What this signer can do, known before any call. */
  readonly capabilities: SignerCapabilities
  /**
   * Signs a message of any length the provider or its digest mode allows.
   *
   * @throws KmsError `KMS_MESSAGE_TOO_LARGE` over the provider's limit where no digest mode gives the same signature;
   *   `KMS_KEY_*`, `KMS_UNAUTHENTICATED`, `KMS_PERMISSION_DENIED`, `KMS_THROTTLED`, `KMS_TIMEOUT`, `KMS_INTEGRITY` and
   *   the other codes of `KMS_ERRORS`.
   */
  sign(message: Uint8Array, options?: SignOptions): Promise<SignResult<A>>
  /**
   * Signs a digest made elsewhere; exactly the algorithm's digest length. For SM2 the digest is e = SM3(ZA ‖ M), for
   * ML-DSA the 64 bytes of mu.
   *
   * @throws KmsError `KMS_INVALID_ARGUMENT` for another length, before any request; `KMS_UNSUPPORTED` where the provider
   *   has no digest mode.
   */
  signDigest(digest: Uint8Array, options?: SignOptions): Promise<SignResult<A>>
  /**
   * Reads a source once, hashing as it goes, and signs. Without a digest mode it buffers up to the provider's limit and
   * signs the message; at the first byte beyond it fails with `KMS_MESSAGE_TOO_LARGE` and closes the source.
   */
  signStream(source: ByteSource, options?: SignStreamOptions): Promise<SignResult<A>>
  /** True or false; a malformed signature is false. An error means that no answer could be had. */
  verify(message: Uint8Array, signature: Uint8Array | SignResult, options?: VerifyOptions): Promise<boolean>
  /** As {@link Signer.verify}, from a digest made elsewhere. */
  verifyDigest(digest: Uint8Array, signature: Uint8Array | SignResult, options?: VerifyOptions): Promise<boolean>
  /** As {@link Signer.verify}, reading a source once. */
  verifyStream(source: ByteSource, signature: Uint8Array | SignResult, options?: VerifyOptions): Promise<boolean>
  /**
   * The public key, cached by resolved key id and version; `refresh` asks again.
   *
   * @throws KmsError `KMS_UNSUPPORTED` where the provider has no such operation and none is pinned.
   */
  getPublicKey(options?: GetPublicKeyOptions): Promise<PublicKey>
  /**
   * Refuses new calls with `KMS_SIGNER_CLOSED`, lets running ones finish within `timeoutMs` (default 5 000; 0: at once), then ends
   * them with the same code. Idempotent.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

/** What a credentials function is told. */
export interface CredentialsContext {
  /** Aborted when nobody waits for the answer any more; one caller's own abort does not end it for the others. */
  readonly signal: AbortSignal
  /** `first`: none yet. `expiring`: the ones in hand end soon. `rejected`: the provider refused the ones in hand. */
  readonly reason: 'first' | 'expiring' | 'rejected'
}

/**
 * Credentials, or a function that gets them. The function is called once for many waiting calls and for all signers
 * that were given the same function; its answer is kept until shortly before `expiresAt`, else until rejected.
 */
export type CredentialsSource<C> = C | ((context: CredentialsContext) => Promise<C & { readonly expiresAt?: Date }>)

/** An SM2 user id, as text (UTF-8) or bytes. */
export type Sm2UserId = string | Uint8Array

/** Options of every signer factory. Plain JSON except functions. `undefined` counts as absent. */
export interface SignerOptions<C> {
  /** Default: the adapter's own, usually from the environment. */
  readonly credentials?: CredentialsSource<C>
  /** Label in events, errors and metrics. Default: provider and key. */
  readonly name?: string
  /** Pins the public key (it is never fetched), for all versions or per version. */
  readonly publicKey?: PublicKeyInput | { readonly byVersion: Readonly<Record<string, PublicKeyInput>> }
  /**
   * `auto`: every signature is checked against the public key before it is returned, when that key can be had.
   * `require`: it must be had. `off`: no check and no request for it. Default `auto`.
   */
  readonly integrity?: 'auto' | 'require' | 'off'
  /** Milliseconds for a whole call. Default 20 000. */
  readonly timeoutMs?: number
  /** Milliseconds for one attempt. Default 5 000. */
  readonly attemptTimeoutMs?: number
  /** Requests per provider operation, the first included. Default 3. */
  readonly maxAttempts?: number
  /**
   * A limit on this process, shared by all signers of one scope: requests per second, how many of them at once in a
   * burst, how many in flight, how many calls may wait. A full queue fails at once with `KMS_THROTTLED`.
   */
  readonly rateLimit?: {
    readonly perSecond?: number
    readonly burst?: number
    readonly concurrency?: number
    readonly maxQueue?: number
  }
  /** SM2 user id, text (UTF-8) or bytes, at most 8 191 bytes. Default `1234567812345678`. */
  readonly sm2UserId?: Sm2UserId
  /** Scheme, host and port, for another endpoint or an emulator. Default: the provider's for the zone or region. */
  readonly baseUrl?: string | URL
  /** Allows `http:` to a host that is not loopback. Default false. */
  readonly allowInsecureHttp?: boolean
  /** Proxy URL, or `env` for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Default: none. */
  readonly proxy?: string | URL | 'env'
  /** PEM: private certificate authorities; a client certificate and its key. */
  readonly tls?: { readonly ca?: string | readonly string[]; readonly cert?: string; readonly key?: string }
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number
}

/** Diagnostics events and their messages. None holds a secret, a message byte or a signature. */
export interface KmsignEvents {
  /** A call has ended, well or not. `durationMs` is all of it, `attempts` as in the result or error. */
  'kmsign:call': {
    readonly signer: string
    readonly provider: string
    readonly operation: KmsError['operation']
    readonly durationMs: number
    readonly attempts: number
    /** Absent for a success, and for a call that ended with something else than a `KmsError`. */
    readonly code?: KmsErrorCode
    /** The caller's own signal ended the call. */
    readonly aborted?: true
  }
  /** One request to the provider has ended. `attempt` is 1 for the first; no `code` means success. */
  'kmsign:attempt': {
    readonly signer: string
    readonly provider: string
    readonly attempt: number
    readonly durationMs: number
    readonly httpStatus?: number
    readonly code?: KmsErrorCode
    /** How long the call will wait before the next attempt; absent when there is none. */
    readonly waitMs?: number
  }
  /** A credentials function has answered or failed. */
  'kmsign:credentials': {
    readonly signer: string
    readonly provider: string
    readonly reason: CredentialsContext['reason']
    readonly durationMs: number
    readonly failed: boolean
  }
  /** A signature was returned with `verified: false`; `why` is one sentence. */
  'kmsign:unverified': { readonly signer: string; readonly provider: string; readonly why: string }
}
