import { ECDH } from 'node:crypto'
import type { KeySpec } from './algorithms.ts'
import { type Bytes, byteAt, copyBytes } from './bytes.ts'
import { DER, type DerElement, derElement, derInteger, readElement, readPositive, readSequence } from './der.ts'
import { isEd25519Point } from './ed25519-point.ts'
import { createKmsError, type KmsError } from './errors.ts'

/** A public key taken apart: DER SubjectPublicKeyInfo in its one canonical form, and what is in it. */
export interface Spki {
  readonly keySpec: KeySpec
  readonly spki: Bytes
  /** EC and SM2: x then y. Ed25519 and ML-DSA: the raw key. RSA: the modulus. */
  readonly key: Uint8Array
  /** RSA only. */
  readonly exponent?: Uint8Array
}

const RSA_ENCRYPTION = '300d06092a864886f70d0101010500'
const RSA_PSS_OID = '06092a864886f70d01010a'

interface FixedKey {
  /** AlgorithmIdentifier, hexadecimal DER (RFC 5480, RFC 8410, RFC 9881; GB/T 35275 for SM2). */
  readonly algorithm: string
  readonly keyBytes: number
  /** Name of the curve for node:crypto, where keys are points and may be compressed. */
  readonly curve?: string
}

const FIXED_KEYS: ReadonlyMap<KeySpec, FixedKey> = new Map<KeySpec, FixedKey>([
  ['EC_P256', { algorithm: '301306072a8648ce3d020106082a8648ce3d030107', keyBytes: 64, curve: 'prime256v1' }],
  ['EC_P384', { algorithm: '301006072a8648ce3d020106052b81040022', keyBytes: 96, curve: 'secp384r1' }],
  ['EC_P521', { algorithm: '301006072a8648ce3d020106052b81040023', keyBytes: 132, curve: 'secp521r1' }],
  ['EC_P256K', { algorithm: '301006072a8648ce3d020106052b8104000a', keyBytes: 64, curve: 'secp256k1' }],
  ['EC_SM2', { algorithm: '301306072a8648ce3d020106082a811ccf5501822d', keyBytes: 64, curve: 'SM2' }],
  ['ED25519', { algorithm: '300506032b6570', keyBytes: 32 }],
  ['ML_DSA_44', { algorithm: '300b0609608648016503040311', keyBytes: 1312 }],
  ['ML_DSA_65', { algorithm: '300b0609608648016503040312', keyBytes: 1952 }],
  ['ML_DSA_87', { algorithm: '300b0609608648016503040313', keyBytes: 2592 }],
])
const BY_ALGORITHM: ReadonlyMap<string, KeySpec> = new Map([...FIXED_KEYS].map(([spec, key]) => [key.algorithm, spec]))
const RSA_SPECS: ReadonlyMap<number, KeySpec> = new Map([
  [256, 'RSA_2048'],
  [384, 'RSA_3072'],
  [512, 'RSA_4096'],
])
/** OpenSSL's own limit for large moduli; everything in use is far below. */
const MAX_EXPONENT_BYTES = 8

/** The refusal of a key that cannot be read or used. Never shows what it read. */
export function unusableKey(detail: string): KmsError<'KMS_INVALID_ARGUMENT'> {
  return createKmsError('KMS_INVALID_ARGUMENT', { operation: 'configure', detail: `the public key ${detail}` })
}

/**
 * Reads DER SubjectPublicKeyInfo strictly, to its last byte.
 *
 * Two forms are turned into the usual one, so that one key has one fingerprint: compressed curve points, and keys
 * marked id-RSASSA-PSS, which become plain RSA keys (their restriction binds who signs, and the algorithm is chosen
 * here anyway).
 *
 * @throws KmsError `KMS_INVALID_ARGUMENT`
 */
export function readSpki(der: Uint8Array): Spki {
  const [algorithm, bits, ...more] = readSequence(der) ?? []
  const wellFormed = algorithm?.tag === DER.SEQUENCE && bits?.tag === DER.BIT_STRING && der[bits.start] === 0
  if (!wellFormed || more.length > 0) throw unusableKey('is not DER SubjectPublicKeyInfo')
  const name = hexOf(der, algorithm.offset, algorithm.end)
  const key = der.subarray(bits.start + 1, bits.end)
  const keySpec = BY_ALGORITHM.get(name)
  if (keySpec !== undefined) return fixedSpki(keySpec, key)
  if (name === RSA_ENCRYPTION || isPssIdentifier(der, algorithm)) return readRsaKey(key)
  throw unusableKey('is of a type or on a curve that is not supported')
}

/** From the bytes inside the BIT STRING of an RSA key, which are also those of a PEM `RSA PUBLIC KEY` (RFC 8017 A.1.1). */
export function readRsaKey(der: Uint8Array): Spki {
  const [first, second, ...more] = readSequence(der) ?? []
  const modulus = readPositive(der, first)
  const exponent = readPositive(der, second)
  if (modulus === undefined || exponent === undefined || more.length > 0) throw unusableKey('is not a DER RSA key')
  return rsaSpki(modulus, exponent)
}

/** From modulus and public exponent, big-endian without leading zeros. */
export function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Spki {
  const keySpec = RSA_SPECS.get(modulus.length)
  if (keySpec === undefined || byteAt(modulus, 0) < 0x80)
    throw unusableKey('is RSA of another size than 2048, 3072 or 4096 bits')
  if (!isOdd(modulus)) throw unusableKey('has an even modulus')
  // With exponent 1 every signature is its own message.
  const isOne = exponent.length === 1 && exponent[0] === 1
  if (exponent.length > MAX_EXPONENT_BYTES || !isOdd(exponent) || isOne) {
    throw unusableKey('has a public exponent that is not supported')
  }
  const key = derElement(DER.SEQUENCE, derInteger(modulus), derInteger(exponent))
  return { keySpec, spki: wrapKey(RSA_ENCRYPTION, key), key: copyBytes(modulus), exponent: copyBytes(exponent) }
}

/** From a key of fixed length: a SEC 1 point, or the raw key. */
export function fixedSpki(keySpec: KeySpec, bytes: Uint8Array): Spki {
  const facts = FIXED_KEYS.get(keySpec)
  const key = facts?.curve === undefined ? copyBytes(bytes) : uncompressed(bytes, facts.curve, facts.keyBytes)
  if (facts === undefined || key?.length !== facts.keyBytes) throw unusableKey('has the wrong length or form')
  if (keySpec === 'ED25519' && !isEd25519Point(key)) throw unusableKey('is not a usable point of its curve')
  const point = facts.curve === undefined ? key : Buffer.concat([Uint8Array.of(4), key])
  return { keySpec, spki: wrapKey(facts.algorithm, point), key }
}

/**
 * Whether DER bytes begin like a private key: PKCS#8, SEC 1, PKCS#1 and PKCS#12 all open with a one-byte version, an
 * encrypted PKCS#8 holds an OCTET STRING where a public key has a BIT STRING.
 */
export function isPrivateDer(der: Uint8Array): boolean {
  const outer = readElement(der, 0)
  const first = outer?.tag === DER.SEQUENCE ? readElement(der, outer.start, outer.end) : undefined
  if (first === undefined) return false
  if (first.tag === DER.INTEGER) return first.end - first.start === 1
  return first.tag === DER.SEQUENCE && readElement(der, first.end, outer?.end)?.tag === DER.OCTET_STRING
}

function wrapKey(algorithm: string, key: Uint8Array): Bytes {
  const bits = derElement(DER.BIT_STRING, Uint8Array.of(0), key)
  return copyBytes(derElement(DER.SEQUENCE, Buffer.from(algorithm, 'hex'), bits))
}

/** x then y of a SEC 1 point; undefined for a compressed point that is not on the curve. */
function uncompressed(point: Uint8Array, curve: string, keyBytes: number): Uint8Array | undefined {
  if (point.length === keyBytes + 1 && point[0] === 4) return copyBytes(point.subarray(1))
  if (point.length !== keyBytes / 2 + 1 || (point[0] !== 2 && point[0] !== 3)) return undefined
  try {
    return copyBytes(ECDH.convertKey(point, curve) as Buffer).subarray(1)
  } catch {
    return undefined
  }
}

function isPssIdentifier(der: Uint8Array, algorithm: DerElement): boolean {
  return hexOf(der, algorithm.start, algorithm.end).startsWith(RSA_PSS_OID)
}

function isOdd(bytes: Uint8Array): boolean {
  return (byteAt(bytes, bytes.length - 1) & 1) === 1
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('hex')
}
