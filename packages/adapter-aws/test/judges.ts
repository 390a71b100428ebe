import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { SigningAlgorithm } from '@kmsign/core'

export type Judged = Exclude<SigningAlgorithm, 'ML_DSA'>

/** Node's and openssl's names of the hashes. */
export const HASHES = {
  RSA_PSS_SHA_256: 'sha256',
  RSA_PSS_SHA_384: 'sha384',
  RSA_PSS_SHA_512: 'sha512',
  RSA_PKCS1_SHA_256: 'sha256',
  RSA_PKCS1_SHA_384: 'sha384',
  RSA_PKCS1_SHA_512: 'sha512',
  ECDSA_SHA_256: 'sha256',
  ECDSA_SHA_384: 'sha384',
  ECDSA_SHA_512: 'sha512',
  SM2_DSA: 'sm3',
  ED25519: undefined,
} as const satisfies Record<Judged, string | undefined>

export const digestOf = (algorithm: Judged, message: Uint8Array): Uint8Array =>
  new Uint8Array(
    createHash(HASHES[algorithm] ?? 'sha512')
      .update(message)
      .digest(),
  )

export const isPss = (algorithm: Judged) => algorithm.startsWith('RSA_PSS')
export const saltLength = (algorithm: Judged) => digestOf(algorithm, new Uint8Array()).length

/** What `node:crypto` says; it cannot judge SM2. PSS: with a salt exactly as long as the digest. */
export function nodeAccepts(algorithm: Judged, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key: KeyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength(algorithm) }
  return verify(HASHES[algorithm], message, isPss(algorithm) ? { key, ...pss } : key, signature)
}
