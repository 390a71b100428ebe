import { createHash, type Hash } from 'node:crypto'
import {
  type AlgorithmFacts,
  type AlgorithmRow,
  algorithmFacts,
  algorithmRow,
  type SigningAlgorithm,
} from './algorithms.ts'
import { readChunks } from './byte-source.ts'
import { assertBytes, type Bytes, copyBytes, describeType } from './bytes.ts'
import type { ByteSource } from './contract.ts'
import { createKmsError, type KmsError, type KmsOperation } from './errors.ts'
import { type PublicKey, type PublicKeyInput, parsePublicKey } from './public-key.ts'
import { parseSm2UserId, sm2Za } from './sm2.ts'
import { readSpki } from './spki.ts'

/** What some algorithms bind into their digest. */
export interface DigestOptions {
  /** SM2 and ML-DSA need it; ignored for the rest. */
  readonly publicKey?: PublicKey | undefined
  /** SM2 only. Default `1234567812345678`. */
  readonly sm2UserId?: string | Uint8Array | undefined
}

/** One digest in the making. */
export interface Digester {
  update(chunk: Uint8Array): void
  /** Ends it; the same digest when asked again. */
  digest(): Bytes
}

/** One target of {@link digestStream}. */
export interface DigestTarget {
  readonly algorithm: SigningAlgorithm
  /** SM2 and ML-DSA need it; ignored for the rest. */
  readonly publicKey?: PublicKeyInput
  /** SM2 only. Default `1234567812345678`. */
  readonly sm2UserId?: string | Uint8Array
}

const SHAKE_256 = { name: 'shake256', options: { outputLength: 64 } } as const

/**
 * Reads a source once and gives one digest per target, in their order: what `signDigest` and `verifyDigest` take. RSA and
 * ECDSA: the hash. SM2: e = SM3(ZA ‖ M). ML-DSA: the external mu.
 *
 * @throws TypeError for a source or chunk that is not bytes, and where SM2 or ML-DSA comes without its public key.
 * @throws KmsError `KMS_UNSUPPORTED` for Ed25519, which has no digest; `KMS_KEY_MISMATCH` for a key of another type.
 * @example
 * const [digest] = await digestStream(createReadStream('release.tar'), [{ algorithm: 'ECDSA_SHA_256' }])
 */
export async function digestStream(
  source: ByteSource,
  targets: readonly DigestTarget[],
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: { readonly bytes: number }) => void } = {},
): Promise<Bytes[]> {
  if (!Array.isArray(targets)) throw new TypeError(`targets must be an array, got ${describeType(targets)}.`)
  const digesters = openTargets(targets)
  const distinct = new Set(digesters)
  let bytes = 0
  for await (const chunk of readChunks(source, options.signal)) {
    for (const digester of distinct) digester.update(chunk)
    bytes += chunk.length
    options.onProgress?.({ bytes })
  }
  return digesters.map((digester) => digester.digest())
}

/** The digest of a message in memory. Throws as {@link createDigester}. */
export function digestMessage(algorithm: SigningAlgorithm, message: Uint8Array, options: DigestOptions = {}): Bytes {
  const digester = createDigester(algorithm, options)
  digester.update(message)
  return digester.digest()
}

/**
 * A digest that is fed chunk by chunk.
 *
 * @throws TypeError for SM2 or ML-DSA without a public key.
 * @throws KmsError `KMS_UNSUPPORTED` for Ed25519; `KMS_KEY_MISMATCH` for a key of another type.
 */
export function createDigester(algorithm: SigningAlgorithm, options: DigestOptions = {}): Digester {
  const hash = openHash(algorithm, algorithmFacts(algorithm), options)
  let digest: Buffer | undefined
  return {
    update(chunk) {
      assertBytes(chunk, 'chunk')
      hash.update(chunk)
    },
    digest() {
      digest ??= hash.digest()
      return copyBytes(digest)
    },
  }
}

/** The digester of each target; those with the same hash share one. */
function openTargets(targets: readonly DigestTarget[]): Digester[] {
  const shared = new Map<string, Digester>()
  return targets.map((target) => {
    const { hash, scheme } = algorithmFacts(target.algorithm)
    const known = hash && shared.get(hash)
    if (known) return known
    const publicKey = target.publicKey === undefined ? undefined : parsePublicKey(target.publicKey)
    const digester = createDigester(target.algorithm, { publicKey, sm2UserId: target.sm2UserId })
    if (hash !== undefined && scheme !== 'sm2') shared.set(hash, digester)
    return digester
  })
}

function openHash(algorithm: SigningAlgorithm, facts: AlgorithmFacts, options: DigestOptions): Hash {
  if (facts.scheme === 'sm2') {
    const key = boundKey(algorithm, options.publicKey)
    return createHash('sm3').update(sm2Za(key, parseSm2UserId(options.sm2UserId)))
  }
  if (facts.scheme === 'ml-dsa') return openMu(boundKey(algorithm, options.publicKey))
  if (facts.hash !== undefined) return createHash(facts.hash)
  throw noDigest(algorithm, 'configure')
}

/** The refusal of a digest where there is none. */
export function noDigest(algorithm: SigningAlgorithm, operation: KmsOperation): KmsError<'KMS_UNSUPPORTED'> {
  return createKmsError('KMS_UNSUPPORTED', {
    operation,
    detail: `${algorithm} signs messages only, it has no digest`,
  })
}

/**
 * The row of an algorithm for a key.
 *
 * @throws KmsError `KMS_KEY_MISMATCH` for a key that the algorithm cannot use.
 */
export function usableRow(algorithm: SigningAlgorithm, { keySpec }: PublicKey): AlgorithmRow {
  const row = algorithmRow(algorithm, keySpec)
  if (row !== undefined) return row
  const detail = `${algorithm} cannot be used with a ${keySpec} key`
  throw createKmsError('KMS_KEY_MISMATCH', { operation: 'configure', detail })
}

/** mu = SHAKE256(SHAKE256(pk, 64) ‖ 0x00 ‖ 0x00 ‖ M, 64): pure ML-DSA with an empty context (FIPS 204 §5.4, §6.2). */
function openMu(key: PublicKey): Hash {
  const keyHash = createHash(SHAKE_256.name, SHAKE_256.options).update(readSpki(key.spki).key).digest()
  return createHash(SHAKE_256.name, SHAKE_256.options).update(keyHash).update(Uint8Array.of(0, 0))
}

function boundKey(algorithm: SigningAlgorithm, key: PublicKey | undefined): PublicKey {
  if (key === undefined) throw new TypeError(`publicKey is required: ${algorithm} binds the key into its digest.`)
  usableRow(algorithm, key)
  return key
}
