import { createHash, createPublicKey } from 'node:crypto'
import type { SigningAlgorithm } from '@kmsign/core'

/** y² = x³ + ax + b and the base point of SM2 (GB/T 32918.5), as ZA takes them. */
const SM2_CURVE = Buffer.from(
  [
    'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc',
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93',
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7',
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  ].join(''),
  'hex',
)
const SM2_USER_ID = Buffer.from('1234567812345678', 'utf8')

/** The digest that `signDigest` takes for a message, made from the standards: a hash, SM2's e, ML-DSA's mu. */
export function digestOf(algorithm: SigningAlgorithm, message: Uint8Array, publicKeyPem: string): Uint8Array {
  if (algorithm === 'SM2_DSA') return hash('sm3', sm2Prefix(publicKeyPem), message)
  if (algorithm === 'ML_DSA') return mlDsaMu(publicKeyPem, message)
  return hash(hashOf(algorithm) ?? 'sha256', message)
}

/** Node's name of the hash inside an algorithm; undefined where there is none to choose. */
export function hashOf(algorithm: SigningAlgorithm): string | undefined {
  const bits = /SHA_(\d+)$/.exec(algorithm)?.[1]
  return bits === undefined ? undefined : `sha${bits}`
}

/** ZA: what SM2 puts before the message, from the default user id and the public key (GB/T 32918.2 §5.5). */
export function sm2Prefix(publicKeyPem: string): Uint8Array {
  const idBits = Buffer.alloc(2)
  idBits.writeUInt16BE(SM2_USER_ID.length * 8)
  // The uncompressed point, without its first byte, is the end of the SPKI.
  return hash('sm3', idBits, SM2_USER_ID, SM2_CURVE, derOf(publicKeyPem).subarray(-64))
}

/** External mu with an empty context (FIPS 204 §6.2). */
function mlDsaMu(publicKeyPem: string, message: Uint8Array): Uint8Array {
  const shake = (...parts: Uint8Array[]) => {
    const state = createHash('shake256', { outputLength: 64 })
    for (const part of parts) state.update(part)
    return state.digest()
  }
  const der = derOf(publicKeyPem)
  // SEQUENCE, AlgorithmIdentifier of 13 bytes and the head of a BIT STRING are 22 bytes for all three sizes.
  return new Uint8Array(shake(shake(der.subarray(22)), Buffer.of(0, 0), message))
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
}

function hash(name: string, ...parts: Uint8Array[]): Uint8Array {
  const state = createHash(name)
  for (const part of parts) state.update(part)
  return new Uint8Array(state.digest())
}

/** The SPKI of a public key in PEM, as Node writes it where it can read the key. */
export function spkiOf(pem: string): Uint8Array {
  try {
    return new Uint8Array(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
  } catch {
    return new Uint8Array(derOf(pem))
  }
}
