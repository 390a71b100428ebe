import { HASH_BYTES, type HashName, type KeySpecName, type Scheme } from '../keys/specs.ts'
import type { VolcengineSettings } from './settings.ts'

/** Key specs of `docs/6476/71338` with the usages each may have. SYMMETRIC_128 is SM4, which this emulator lacks. */
export const KEY_SPECS = {
  SYMMETRIC_256: { spec: 'AES_256', usages: ['ENCRYPT_DECRYPT'], hsmOnly: false },
  RSA_2048: { spec: 'RSA_2048', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'], hsmOnly: false },
  RSA_3072: { spec: 'RSA_3072', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'], hsmOnly: false },
  RSA_4096: { spec: 'RSA_4096', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'], hsmOnly: false },
  EC_P256: { spec: 'EC_P256', usages: ['SIGN_VERIFY'], hsmOnly: false },
  EC_P256K: { spec: 'EC_P256K', usages: ['SIGN_VERIFY'], hsmOnly: false },
  EC_P384: { spec: 'EC_P384', usages: ['SIGN_VERIFY'], hsmOnly: false },
  EC_P521: { spec: 'EC_P521', usages: ['SIGN_VERIFY'], hsmOnly: false },
  EC_SM2: { spec: 'SM2', usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'], hsmOnly: true },
} as const satisfies Record<string, { spec: KeySpecName; usages: readonly KeyUsage[]; hsmOnly: boolean }>

export type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY'
export type VolcengineKeySpec = keyof typeof KEY_SPECS

interface Algorithm {
  readonly kind: 'rsa-pss' | 'rsa-pkcs1' | 'ecdsa' | 'sm2'
  readonly hash: HashName | 'sm3'
  /** Specs by the inferred table; for ECDSA a setting widens it to any curve. */
  readonly specs: readonly VolcengineKeySpec[]
}

const RSA = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const

const ALGORITHMS = {
  RSA_PSS_SHA_256: { kind: 'rsa-pss', hash: 'sha256', specs: RSA },
  RSA_PSS_SHA_384: { kind: 'rsa-pss', hash: 'sha384', specs: RSA },
  RSA_PSS_SHA_512: { kind: 'rsa-pss', hash: 'sha512', specs: RSA },
  RSA_PKCS1_SHA_256: { kind: 'rsa-pkcs1', hash: 'sha256', specs: RSA },
  RSA_PKCS1_SHA_384: { kind: 'rsa-pkcs1', hash: 'sha384', specs: RSA },
  RSA_PKCS1_SHA_512: { kind: 'rsa-pkcs1', hash: 'sha512', specs: RSA },
  ECDSA_SHA_256: { kind: 'ecdsa', hash: 'sha256', specs: ['EC_P256', 'EC_P256K'] },
  ECDSA_SHA_384: { kind: 'ecdsa', hash: 'sha384', specs: ['EC_P384'] },
  ECDSA_SHA_512: { kind: 'ecdsa', hash: 'sha512', specs: ['EC_P521'] },
  SM2_DSA: { kind: 'sm2', hash: 'sm3', specs: ['EC_SM2'] },
} as const satisfies Record<string, Algorithm>

export type VolcengineAlgorithm = keyof typeof ALGORITHMS

export function isAlgorithm(name: string): name is VolcengineAlgorithm {
  return Object.hasOwn(ALGORITHMS, name)
}

export function digestBytes(name: VolcengineAlgorithm): number {
  const { hash } = ALGORITHMS[name]
  return hash === 'sm3' ? 32 : HASH_BYTES[hash]
}

export function fits(name: VolcengineAlgorithm, spec: VolcengineKeySpec, settings: VolcengineSettings): boolean {
  const row: Algorithm = ALGORITHMS[name]
  const anyCurve = settings.curveHashes === 'any' && row.kind === 'ecdsa'
  return row.specs.includes(spec) || (anyCurve && KEY_SPECS[spec].spec.startsWith('EC_'))
}

export function schemeOf(name: VolcengineAlgorithm, settings: VolcengineSettings): Scheme {
  const row = ALGORITHMS[name]
  switch (row.kind) {
    case 'rsa-pss':
      return { kind: 'rsa-pss', hash: row.hash, salt: settings.salt }
    case 'rsa-pkcs1':
      return { kind: 'rsa-pkcs1', hash: row.hash }
    case 'ecdsa':
      return { kind: 'ecdsa', hash: row.hash, encoding: settings.ecdsaEncoding }
    case 'sm2':
      return {
        kind: 'sm2',
        encoding: settings.sm2Encoding,
        userId: settings.sm2UserId,
        za: settings.sm2Raw === 'za',
      }
  }
}
