// Every key spec with every factory: what compiles and what must not.

import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner } from '@kmsign/adapter-ncp'
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
import type { Signer } from '@kmsign/core'

// The algorithm that was given is that of the signer.
interface ByKeySpec {
  readonly RSA_2048: Signer<'RSA_PSS_SHA_256'>
  readonly RSA_3072: Signer<'RSA_PKCS1_SHA_384'>
  readonly RSA_4096: Signer<'RSA_PSS_SHA_512'>
  readonly EC_P256: Signer<'ECDSA_SHA_256'>
  readonly EC_P256K: Signer<'ECDSA_SHA_256'>
  readonly EC_P384: Signer<'ECDSA_SHA_384'>
  readonly EC_P521: Signer<'ECDSA_SHA_512'>
  readonly EC_SM2: Signer<'SM2_DSA'>
  readonly ED25519: Signer<'ED25519'>
  readonly ML_DSA_44: Signer<'ML_DSA'>
  readonly ML_DSA_65: Signer<'ML_DSA'>
  readonly ML_DSA_87: Signer<'ML_DSA'>
}
type Ncp = Pick<ByKeySpec, 'RSA_2048' | 'EC_P256'>
type Volcengine = Omit<ByKeySpec, 'ED25519' | `ML_DSA_${44 | 65 | 87}`>

export const ncp: () => Ncp = () => ({
  RSA_2048: createNcpSigner({ keyTag: 'tag', keySpec: 'RSA_2048', algorithm: 'RSA_PSS_SHA_256' }),
  EC_P256: createNcpSigner({ keyTag: 'tag', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_256' }),
})
export const volcengine: () => Volcengine = () => ({
  RSA_2048: createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_2048', algorithm: 'RSA_PSS_SHA_256' }),
  RSA_3072: createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_3072', algorithm: 'RSA_PKCS1_SHA_384' }),
  RSA_4096: createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_4096', algorithm: 'RSA_PSS_SHA_512' }),
  EC_P256: createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_256' }),
  EC_P256K: createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P256K', algorithm: 'ECDSA_SHA_256' }),
  EC_P384: createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P384', algorithm: 'ECDSA_SHA_384' }),
  EC_P521: createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P521', algorithm: 'ECDSA_SHA_512' }),
  EC_SM2: createVolcengineSigner({ keyId: 'id', keySpec: 'EC_SM2', algorithm: 'SM2_DSA' }),
})
export const aws: () => ByKeySpec = () => ({
  RSA_2048: createAwsSigner({ keyId: 'id', keySpec: 'RSA_2048', algorithm: 'RSA_PSS_SHA_256' }),
  RSA_3072: createAwsSigner({ keyId: 'id', keySpec: 'RSA_3072', algorithm: 'RSA_PKCS1_SHA_384' }),
  RSA_4096: createAwsSigner({ keyId: 'id', keySpec: 'RSA_4096', algorithm: 'RSA_PSS_SHA_512' }),
  EC_P256: createAwsSigner({ keyId: 'id', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_256' }),
  EC_P256K: createAwsSigner({ keyId: 'id', keySpec: 'EC_P256K', algorithm: 'ECDSA_SHA_256' }),
  EC_P384: createAwsSigner({ keyId: 'id', keySpec: 'EC_P384', algorithm: 'ECDSA_SHA_384' }),
  EC_P521: createAwsSigner({ keyId: 'id', keySpec: 'EC_P521', algorithm: 'ECDSA_SHA_512' }),
  EC_SM2: createAwsSigner({ keyId: 'id', keySpec: 'EC_SM2', algorithm: 'SM2_DSA' }),
  ED25519: createAwsSigner({ keyId: 'id', keySpec: 'ED25519', algorithm: 'ED25519' }),
  ML_DSA_44: createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_44', algorithm: 'ML_DSA' }),
  ML_DSA_65: createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_65', algorithm: 'ML_DSA' }),
  ML_DSA_87: createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_87', algorithm: 'ML_DSA' }),
})

type Refused = Record<keyof ByKeySpec, () => unknown>

// None of these may compile: an algorithm that the key has not, a key that the provider has not.
export const ncpRefuses: Refused = {
  // @ts-expect-error an RSA key makes no ECDSA signatures
  RSA_2048: () => createNcpSigner({ keyTag: 'tag', keySpec: 'RSA_2048', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error a P-256 key signs with SHA-256
  EC_P256: () => createNcpSigner({ keyTag: 'tag', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error the provider has no such key
  RSA_3072: () => createNcpSigner({ keyTag: 'tag', keySpec: 'RSA_3072', algorithm: 'RSA_PKCS1_SHA_256' }),
  // @ts-expect-error the provider has no such key
  RSA_4096: () => createNcpSigner({ keyTag: 'tag', keySpec: 'RSA_4096', algorithm: 'RSA_PSS_SHA_256' }),
  // @ts-expect-error the provider has no such key
  EC_P256K: () => createNcpSigner({ keyTag: 'tag', keySpec: 'EC_P256K', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error the provider has no such key
  EC_P384: () => createNcpSigner({ keyTag: 'tag', keySpec: 'EC_P384', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error the provider has no such key
  EC_P521: () => createNcpSigner({ keyTag: 'tag', keySpec: 'EC_P521', algorithm: 'ECDSA_SHA_512' }),
  // @ts-expect-error the provider has no such key
  EC_SM2: () => createNcpSigner({ keyTag: 'tag', keySpec: 'EC_SM2', algorithm: 'SM2_DSA' }),
  // @ts-expect-error the provider has no such key
  ED25519: () => createNcpSigner({ keyTag: 'tag', keySpec: 'ED25519', algorithm: 'ED25519' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_44: () => createNcpSigner({ keyTag: 'tag', keySpec: 'ML_DSA_44', algorithm: 'ML_DSA' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_65: () => createNcpSigner({ keyTag: 'tag', keySpec: 'ML_DSA_65', algorithm: 'ML_DSA' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_87: () => createNcpSigner({ keyTag: 'tag', keySpec: 'ML_DSA_87', algorithm: 'ML_DSA' }),
}
export const volcengineRefuses: Refused = {
  // @ts-expect-error an RSA key makes no ECDSA signatures
  RSA_2048: () => createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_2048', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error an RSA key makes no Ed25519 signatures
  RSA_3072: () => createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_3072', algorithm: 'ED25519' }),
  // @ts-expect-error an RSA key makes no SM2 signatures
  RSA_4096: () => createVolcengineSigner({ keyId: 'id', keySpec: 'RSA_4096', algorithm: 'SM2_DSA' }),
  // @ts-expect-error a P-256 key signs with SHA-256
  EC_P256: () => createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error a secp256k1 key signs with SHA-256
  EC_P256K: () => createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P256K', algorithm: 'ECDSA_SHA_512' }),
  // @ts-expect-error a P-384 key signs with SHA-384
  EC_P384: () => createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P384', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error a P-521 key signs with SHA-512
  EC_P521: () => createVolcengineSigner({ keyId: 'id', keySpec: 'EC_P521', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error an SM2 key makes no ECDSA signatures
  EC_SM2: () => createVolcengineSigner({ keyId: 'id', keySpec: 'EC_SM2', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error the provider has no such key
  ED25519: () => createVolcengineSigner({ keyId: 'id', keySpec: 'ED25519', algorithm: 'ED25519' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_44: () => createVolcengineSigner({ keyId: 'id', keySpec: 'ML_DSA_44', algorithm: 'ML_DSA' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_65: () => createVolcengineSigner({ keyId: 'id', keySpec: 'ML_DSA_65', algorithm: 'ML_DSA' }),
  // @ts-expect-error the provider has no such key
  ML_DSA_87: () => createVolcengineSigner({ keyId: 'id', keySpec: 'ML_DSA_87', algorithm: 'ML_DSA' }),
}
export const awsRefuses: Refused = {
  // @ts-expect-error an RSA key makes no ECDSA signatures
  RSA_2048: () => createAwsSigner({ keyId: 'id', keySpec: 'RSA_2048', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error an RSA key makes no Ed25519 signatures
  RSA_3072: () => createAwsSigner({ keyId: 'id', keySpec: 'RSA_3072', algorithm: 'ED25519' }),
  // @ts-expect-error an RSA key makes no SM2 signatures
  RSA_4096: () => createAwsSigner({ keyId: 'id', keySpec: 'RSA_4096', algorithm: 'SM2_DSA' }),
  // @ts-expect-error a P-256 key signs with SHA-256
  EC_P256: () => createAwsSigner({ keyId: 'id', keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error a secp256k1 key signs with SHA-256
  EC_P256K: () => createAwsSigner({ keyId: 'id', keySpec: 'EC_P256K', algorithm: 'ECDSA_SHA_512' }),
  // @ts-expect-error a P-384 key signs with SHA-384
  EC_P384: () => createAwsSigner({ keyId: 'id', keySpec: 'EC_P384', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error a P-521 key signs with SHA-512
  EC_P521: () => createAwsSigner({ keyId: 'id', keySpec: 'EC_P521', algorithm: 'ECDSA_SHA_384' }),
  // @ts-expect-error an SM2 key makes no ECDSA signatures
  EC_SM2: () => createAwsSigner({ keyId: 'id', keySpec: 'EC_SM2', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error an Ed25519 key makes no ECDSA signatures
  ED25519: () => createAwsSigner({ keyId: 'id', keySpec: 'ED25519', algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error an ML-DSA key makes no Ed25519 signatures
  ML_DSA_44: () => createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_44', algorithm: 'ED25519' }),
  // @ts-expect-error an ML-DSA key makes no RSA signatures
  ML_DSA_65: () => createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_65', algorithm: 'RSA_PSS_SHA_256' }),
  // @ts-expect-error an ML-DSA key makes no ECDSA signatures
  ML_DSA_87: () => createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_87', algorithm: 'ECDSA_SHA_512' }),
}
