// What @kmsign/core promises of names, values and functions, written down a second time and compiled against the built
// packages. What it promises of signers is in signers.ts, of errors and events in errors.ts.

import type {
  AlgorithmFor,
  AlgorithmInfo,
  AlgorithmsByKeySpec,
  Bytes,
  Jwk,
  KeySpec,
  KmsError,
  KmsErrorCode,
  KmsignEvents,
  PublicKey,
  PublicKeyInput,
  SignatureEncoding,
  SigningAlgorithm,
  Verifier,
  VerifierOptions,
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
export type Values = [
  Gives<PromisedInfo, AlgorithmInfo>,
  Takes<AlgorithmInfo, PromisedInfo>,
  Gives<PromisedKey, PublicKey>,
  Takes<PublicKey, PromisedKey>,
  Gives<{ readonly kty: string; readonly [member: string]: unknown }, Jwk>,
  Takes<Jwk, { kty: string; crv: string }>,
  Takes<PublicKeyInput, PublicKey | Uint8Array | string | Jwk | import('node:crypto').KeyObject>,
]

type Progress = { readonly onProgress?: (progress: { readonly bytes: number }) => void }
type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | import('node:stream/web').ReadableStream<Uint8Array>
interface PromisedVerifierOptions {
  readonly algorithm: SigningAlgorithm
  readonly publicKey: PublicKeyInput
  readonly encoding?: SignatureEncoding
  readonly pssSaltLength?: number | 'any'
  readonly sm2UserId?: string | Uint8Array
}
export type Verifying = Takes<VerifierOptions, PromisedVerifierOptions>

type Fault = 'caller' | 'provider' | 'transport'
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
