/** Every kind of key that any of the providers has, under one name each. */
export const KEY_SPECS = {
  RSA_2048: { family: 'rsa', bits: 2048 },
  RSA_3072: { family: 'rsa', bits: 3072 },
  RSA_4096: { family: 'rsa', bits: 4096 },
  EC_P256: { family: 'ec', curve: 'prime256v1', size: 32 },
  EC_P384: { family: 'ec', curve: 'secp384r1', size: 48 },
  EC_P521: { family: 'ec', curve: 'secp521r1', size: 66 },
  EC_P256K: { family: 'ec', curve: 'secp256k1', size: 32 },
  ED25519: { family: 'ed25519' },
  SM2: { family: 'sm2' },
  ML_DSA_44: { family: 'ml-dsa', oid: '0609608648016503040311' },
  ML_DSA_65: { family: 'ml-dsa', oid: '0609608648016503040312' },
  ML_DSA_87: { family: 'ml-dsa', oid: '0609608648016503040313' },
  AES_256: { family: 'symmetric' },
} as const

export type KeySpecName = keyof typeof KEY_SPECS
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512'
type EcdsaEncoding = 'der' | 'p1363'
export type RsaSpecName = 'RSA_2048' | 'RSA_3072' | 'RSA_4096'
export type EcSpecName = 'EC_P256' | 'EC_P384' | 'EC_P521' | 'EC_P256K'
export type MlDsaSpecName = 'ML_DSA_44' | 'ML_DSA_65' | 'ML_DSA_87'

export const HASH_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

/** How a key is put to use; made by the providers' algorithm tables. */
export type Scheme =
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly salt: 'digest' | 'max' | 'zero' }
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'ecdsa'; readonly hash: HashName; readonly encoding: EcdsaEncoding }
  /** `za: false` is SM3 of the bare message, which no standard describes. */
  | { readonly kind: 'sm2'; readonly encoding: EcdsaEncoding; readonly userId: string; readonly za: boolean }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'ed25519ph' }
  | { readonly kind: 'ml-dsa' }

/** What is signed: `digest` is a ready hash, SM2's e, or ML-DSA's 64-byte mu. */
export interface Payload {
  readonly kind: 'message' | 'digest'
  readonly bytes: Uint8Array
}
