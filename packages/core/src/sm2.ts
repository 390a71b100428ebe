import { createHash } from 'node:crypto'
import { isUint8Array } from 'node:util/types'
import { type Bytes, copyBytes, describeType } from './bytes.ts'
import { createKmsError } from './errors.ts'
import type { Field } from './options.ts'
import type { PublicKey } from './public-key.ts'

/** What GB/T 35276 and every provider use unless told otherwise. */
const DEFAULT_USER_ID = '1234567812345678'
/** ENTL counts the bits of the id in two bytes. */
const MAX_USER_ID_BYTES = 8191
/** a, b, Gx and Gy of the curve (GB/T 32918.5), as they go into ZA. */
const CURVE = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
)
const POINT_BYTES = 64
/** The SM2 user id as an option: text (UTF-8) or bytes, at most 8 191 bytes; copied. */
export const sm2UserIdField: Field<Bytes> = (value, path, report) => {
  if (!isUint8Array(value) && typeof value !== 'string') {
    return void report(path, `expected a text or bytes, got ${describeType(value)}`)
  }
  // Half of a surrogate pair has no UTF-8: it would silently become another id.
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) return void report(path, 'is not well-formed Unicode')
  const bytes = copyBytes(typeof value === 'string' ? Buffer.from(value, 'utf8') : value)
  if (bytes.length <= MAX_USER_ID_BYTES) return bytes
  report(path, `expected at most ${MAX_USER_ID_BYTES} bytes`)
}

/**
 * The bytes of an SM2 user id, in a buffer of their own. Default `1234567812345678`; the empty id is an id of its own.
 *
 * @throws KmsError `KMS_INVALID_CONFIG`
 */
export function parseSm2UserId(value: string | Uint8Array | undefined): Bytes {
  const issues: { path: string; message: string }[] = []
  const report = (path: string, message: string) => void issues.push({ path, message })
  const id = sm2UserIdField(value ?? DEFAULT_USER_ID, 'sm2UserId', report)
  if (id === undefined) throw createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
  return id
}

/**
 * ZA = SM3(ENTL ‖ id ‖ a ‖ b ‖ Gx ‖ Gy ‖ Px ‖ Py), 32 bytes: binds user id and key into every SM2 signature.
 *
 * @throws KmsError `KMS_KEY_MISMATCH` for a key that is not SM2.
 */
export function sm2Za(publicKey: PublicKey, userId: Uint8Array): Bytes {
  if (publicKey.keySpec !== 'EC_SM2') {
    const detail = `SM2_DSA needs an EC_SM2 key, this one is ${publicKey.keySpec}`
    throw createKmsError('KMS_KEY_MISMATCH', { operation: 'configure', detail })
  }
  const bits = userId.length * 8
  const za = createHash('sm3')
    .update(Uint8Array.of(bits >> 8, bits & 0xff))
    .update(userId)
    .update(CURVE)
  return copyBytes(za.update(publicKey.spki.subarray(-POINT_BYTES)).digest())
}

/** e = SM3(ZA ‖ M), 32 bytes: what SM2 calls the digest of a message. */
export function sm2Digest(publicKey: PublicKey, message: Uint8Array, userId: Uint8Array): Bytes {
  return copyBytes(createHash('sm3').update(sm2Za(publicKey, userId)).update(message).digest())
}
