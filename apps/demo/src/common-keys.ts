import type { AlgorithmFor, KeySpec } from '@kmsign/core'

/** One key of each kind that Volcengine and AWS both have; for RSA every algorithm once, and every size once. */
export const COMMON_KEYS = [
  ['RSA_2048', 'RSA_PSS_SHA_256'],
  ['RSA_2048', 'RSA_PSS_SHA_384'],
  ['RSA_2048', 'RSA_PSS_SHA_512'],
  ['RSA_2048', 'RSA_PKCS1_SHA_256'],
  ['RSA_2048', 'RSA_PKCS1_SHA_384'],
  ['RSA_2048', 'RSA_PKCS1_SHA_512'],
  ['RSA_3072', 'RSA_PSS_SHA_256'],
  ['RSA_4096', 'RSA_PKCS1_SHA_512'],
  ['EC_P256', 'ECDSA_SHA_256'],
  ['EC_P256K', 'ECDSA_SHA_256'],
  ['EC_P384', 'ECDSA_SHA_384'],
  ['EC_P521', 'ECDSA_SHA_512'],
  ['EC_SM2', 'SM2_DSA'],
] as const satisfies readonly (readonly [KeySpec, AlgorithmFor<KeySpec>])[]
