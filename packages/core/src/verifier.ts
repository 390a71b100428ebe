import { isUint8Array } from 'node:util/types'
import type { SignatureEncoding } from './algorithms.ts'
import { type AlgorithmRow, algorithmFacts, SIGNING_ALGORITHMS, type SigningAlgorithm } from './algorithms.ts'
import { MAX_BUFFERED_BYTES, readAll, readChunks } from './byte-source.ts'
import { assertBytes, type Bytes, copyBytes, describeType } from './bytes.ts'
import { checkSignature, type Payload, type SignatureRule, supportsVerification } from './check-signature.ts'
import type { ByteSource, SignResult } from './contract.ts'
import { createDigester, noDigest, usableRow } from './digest.ts'
import { createKmsError, isKmsError } from './errors.ts'
import { type Field, flag, oneOf, optional, parseOptions, type Report, required } from './options.ts'
import { type PublicKey, type PublicKeyInput, parsePublicKey } from './public-key.ts'
import { parseSm2UserId, sm2UserIdField } from './sm2.ts'

/** Offline verification with a stored key, parsed once. Frozen; may be shared by any number of concurrent calls. */
export interface Verifier {
  /** The key it verifies with. */
  readonly publicKey: PublicKey
  /**
   * True or false; a malformed signature is false. A `SignResult` brings its own encoding, salt and SM2 id, and is false
   * when it is of another algorithm.
   *
   * @throws TypeError for arguments that are not bytes.
   */
  verify(message: Uint8Array, signature: Uint8Array | SignResult): Promise<boolean>
  /**
   * As {@link Verifier.verify}, from a digest made elsewhere; for SM2 that is e = SM3(ZA ‖ M).
   *
   * @throws KmsError `KMS_INVALID_ARGUMENT` for a digest of the wrong length; `KMS_UNSUPPORTED` for Ed25519, which has no
   *   digest, and for ML-DSA, whose mu Node cannot verify.
   */
  verifyDigest(digest: Uint8Array, signature: Uint8Array | SignResult): Promise<boolean>
  /**
   * As {@link Verifier.verify}, reading a source once and hashing as it goes. Ed25519 and ML-DSA need the whole message
   * and buffer up to 64 MiB.
   *
   * @throws KmsError `KMS_MESSAGE_TOO_LARGE` beyond that; the source is closed.
   */
  verifyStream(source: ByteSource, signature: Uint8Array | SignResult): Promise<boolean>
}

/** Options of {@link createVerifier}. `undefined` counts as absent. */
export interface VerifierOptions {
  /** Must fit the key. */
  readonly algorithm: SigningAlgorithm
  /** PEM, DER, JWK or a `PublicKey`. */
  readonly publicKey: PublicKeyInput
  /** Of bare signature bytes; ECDSA and SM2 only, ignored for the rest. Default `der`. */
  readonly encoding?: SignatureEncoding
  /** RSA-PSS: bytes of salt that bare signature bytes must have, or `any`. Default: the digest length, exactly. */
  readonly pssSaltLength?: number | 'any'
  /** SM2: text (UTF-8) or bytes, at most 8 191 bytes. Default `1234567812345678`. */
  readonly sm2UserId?: string | Uint8Array
  /**
   * `EC_P256K` (secp256k1) only: true takes s up to half of the curve's order, as Bitcoin and Ethereum do, and nothing
   * else. Default false: a cloud KMS makes both; {@link ecdsaSignatureToLowS} turns one into the other.
   */
  readonly lowS?: boolean
}

/** Options of {@link verifySignature}: those of a verifier, the signature, and either the message or its digest. */
export type VerifySignatureOptions = VerifierOptions & { readonly signature: Uint8Array } & (
    | { readonly message: Uint8Array }
    | { readonly digest: Uint8Array }
  )

interface EitherPayload {
  readonly signature: Uint8Array
  readonly message?: Uint8Array
  readonly digest?: Uint8Array
}

/** The longest salt there is: RSA-4096 with SHA-256. */
const MAX_SALT_BYTES = 512 - 32 - 2

/**
 * A verifier for one algorithm and one key. No network, no clock; the key is parsed once.
 *
 * @throws TypeError for a private key.
 * @throws KmsError `KMS_INVALID_CONFIG` with every wrong option at once; `KMS_KEY_MISMATCH` for a key that the algorithm
 *   cannot use; `KMS_UNSUPPORTED` for ML-DSA on a Node without it.
 * @example
 * const verifier = createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: pem })
 * await verifier.verify(message, signature)
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { algorithm, publicKey, ...rest } = parseOptions(undefined, options, FIELDS, refuseImpossible)
  // parseOptions throws when a required option is missing.
  const row = rowOf(algorithm as SigningAlgorithm, publicKey as PublicKey)
  const rule: SignatureRule = { ...rest, row, encoding: rest.encoding ?? row.defaultEncoding }
  return createRuleVerifier(publicKey as PublicKey, rule)
}

/**
 * Verifies one signature. To verify many with one key, keep a {@link createVerifier}.
 *
 * @throws TypeError unless there is exactly one of `message` and `digest`; otherwise as {@link createVerifier} and
 *   {@link Verifier.verifyDigest}.
 */
export async function verifySignature(options: VerifySignatureOptions): Promise<boolean> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${describeType(options)}.`)
  }
  const { signature, message, digest, ...verifierOptions } = options as VerifierOptions & EitherPayload
  if ((message === undefined) === (digest === undefined)) {
    throw new TypeError('Exactly one of message and digest is required.')
  }
  assertBytes(signature, 'signature')
  const verifier = createVerifier(verifierOptions)
  if (message !== undefined) return verifier.verify(message, signature)
  return digest !== undefined && verifier.verifyDigest(digest, signature)
}

const keyField: Field<PublicKey> = (value, path, report) => {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) {
    return void report(path, `expected a public key, got ${describeType(value)}`)
  }
  try {
    return parsePublicKey(value as PublicKeyInput)
  } catch (error) {
    if (!isKmsError(error)) throw error
    report(path, 'the key cannot be read, is not on its curve, or is of a type or size that is not supported')
  }
}

const saltField: Field<number | 'any'> = (value, path, report) => {
  if (value === 'any') return value
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SALT_BYTES) return value
  report(path, `expected 'any' or a whole number from 0 to ${MAX_SALT_BYTES}`)
}

const FIELDS = {
  algorithm: required(oneOf(SIGNING_ALGORITHMS)),
  publicKey: required(keyField),
  encoding: optional(oneOf(['der', 'p1363', 'raw'])),
  pssSaltLength: optional(saltField),
  sm2UserId: optional(sm2UserIdField),
  lowS: optional(flag),
}

/** `raw` would never fit an ECDSA or SM2 signature, nor low s another curve, so these are mistakes and not verdicts. */
function refuseImpossible(
  { algorithm, publicKey, encoding, lowS }: { readonly [K in keyof typeof FIELDS]?: ReturnType<(typeof FIELDS)[K]> },
  report: Report,
): void {
  if (lowS === true && publicKey !== undefined && publicKey.keySpec !== 'EC_P256K') {
    report('lowS', 'is for EC_P256K keys only')
  }
  if (algorithm === undefined || encoding !== 'raw' || algorithmFacts(algorithm).encodings[0] === 'raw') return
  report('encoding', `expected 'der' or 'p1363' for ${algorithm}`)
}

function rowOf(algorithm: SigningAlgorithm, publicKey: PublicKey): AlgorithmRow {
  const row = usableRow(algorithm, publicKey)
  if (supportsVerification(row, 'message')) return row
  const detail = `this version of Node.js cannot verify ${algorithm}`
  throw createKmsError('KMS_UNSUPPORTED', { operation: 'configure', detail })
}

function createRuleVerifier(publicKey: PublicKey, rule: SignatureRule): Verifier {
  const check = async (payload: Payload, claim: Claim | undefined) =>
    claim !== undefined && checkSignature(publicKey, payload, claim.signature, claim.rule)
  return Object.freeze({
    publicKey,
    async verify(message: Uint8Array, signature: Uint8Array | SignResult) {
      assertBytes(message, 'message')
      return check({ kind: 'message', bytes: message }, readClaim(signature, rule))
    },
    async verifyDigest(digest: Uint8Array, signature: Uint8Array | SignResult) {
      assertBytes(digest, 'digest')
      return check(digestPayload(digest, rule.row), readClaim(signature, rule))
    },
    async verifyStream(source: ByteSource, signature: Uint8Array | SignResult) {
      const claim = readClaim(signature, rule)
      const payload = await readPayload(source, publicKey, claim?.rule ?? rule)
      return check(payload, claim)
    },
  })
}

/** A signature with the rule for it. */
interface Claim {
  /** A copy: the caller may use the buffer again while a source is read or a check is loaded. */
  readonly signature: Uint8Array
  readonly rule: SignatureRule
}

/** Reads a signature argument; undefined for a result of another algorithm. */
function readClaim(signature: Uint8Array | SignResult, rule: SignatureRule): Claim | undefined {
  if (isUint8Array(signature)) return { signature: copyBytes(signature), rule }
  if (typeof signature !== 'object' || signature === null) {
    throw new TypeError(`signature must be a Uint8Array or a SignResult, got ${describeType(signature)}.`)
  }
  assertBytes(signature.signature, 'signature.signature')
  if (signature.algorithm !== rule.row.algorithm) return undefined
  const { encoding, pssSaltLength = rule.pssSaltLength, sm2UserId } = signature
  const userId = sm2UserId === undefined ? rule.sm2UserId : parseSm2UserId(sm2UserId)
  return { signature: copyBytes(signature.signature), rule: { ...rule, encoding, pssSaltLength, sm2UserId: userId } }
}

function digestPayload(digest: Uint8Array, { algorithm, digestBytes, payloads }: AlgorithmRow): Payload {
  const kind = payloads.find((payload) => payload !== 'message')
  if (kind === undefined || digestBytes === undefined) throw noDigest(algorithm, 'verify')
  // Curves are loaded on demand, and the caller may use the buffer again meanwhile.
  if (digest.length === digestBytes) return { kind, bytes: copyBytes(digest) }
  const detail = `a digest for ${algorithm} has ${digestBytes} bytes, got ${digest.length}`
  throw createKmsError('KMS_INVALID_ARGUMENT', { operation: 'verify', detail })
}

async function readPayload(source: ByteSource, publicKey: PublicKey, rule: SignatureRule): Promise<Payload> {
  const { row, sm2UserId } = rule
  if (!row.payloads.includes('digest')) return { kind: 'message', bytes: await readMessage(source, row) }
  const digester = createDigester(row.algorithm, { publicKey, sm2UserId })
  for await (const chunk of readChunks(source)) digester.update(chunk)
  return { kind: 'digest', bytes: digester.digest() }
}

async function readMessage(source: ByteSource, { algorithm }: AlgorithmRow): Promise<Bytes> {
  return readAll(readChunks(source), MAX_BUFFERED_BYTES, () => {
    const detail = `${algorithm} is verified from memory, up to ${MAX_BUFFERED_BYTES} bytes`
    return createKmsError('KMS_MESSAGE_TOO_LARGE', { operation: 'verify', detail })
  })
}
