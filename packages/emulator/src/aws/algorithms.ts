import { HASH_BYTES, type KeySpecName, type Scheme } from '../keys/specs.ts'

export type AwsKeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'KEY_AGREEMENT'

interface SpecRow {
  readonly spec: KeySpecName
  readonly usages: readonly AwsKeyUsage[]
  readonly signing: readonly AwsAlgorithm[]
  readonly encryption: readonly string[]
}

const RSA_SIGNING = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
] as const
const RSA_ENCRYPTION = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const
const rsa = (spec: KeySpecName): SpecRow => {
  return { spec, usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'], signing: RSA_SIGNING, encryption: RSA_ENCRYPTION }
}
const nist = (spec: KeySpecName, algorithm: AwsAlgorithm): SpecRow => {
  return { spec, usages: ['SIGN_VERIFY', 'KEY_AGREEMENT'], signing: [algorithm], encryption: [] }
}
const signer = (spec: KeySpecName, signing: readonly AwsAlgorithm[]): SpecRow => {
  return { spec, usages: ['SIGN_VERIFY'], signing, encryption: [] }
}

/** Key specs of CreateKey, with usages and algorithms. */
const KEY_SPECS = {
  SYMMETRIC_DEFAULT: { spec: 'AES_256', usages: ['ENCRYPT_DECRYPT'], signing: [], encryption: ['SYMMETRIC_DEFAULT'] },
  RSA_2048: rsa('RSA_2048'),
  RSA_3072: rsa('RSA_3072'),
  RSA_4096: rsa('RSA_4096'),
  ECC_NIST_P256: nist('EC_P256', 'ECDSA_SHA_256'),
  ECC_NIST_P384: nist('EC_P384', 'ECDSA_SHA_384'),
  ECC_NIST_P521: nist('EC_P521', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: signer('EC_P256K', ['ECDSA_SHA_256']),
  ECC_NIST_EDWARDS25519: signer('ED25519', ['ED25519_SHA_512', 'ED25519_PH_SHA_512']),
  SM2: {
    spec: 'SM2',
    usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'],
    signing: ['SM2DSA'],
    encryption: ['SM2PKE'],
  },
  ML_DSA_44: signer('ML_DSA_44', ['ML_DSA_SHAKE_256']),
  ML_DSA_65: signer('ML_DSA_65', ['ML_DSA_SHAKE_256']),
  ML_DSA_87: signer('ML_DSA_87', ['ML_DSA_SHAKE_256']),
} as const satisfies Readonly<Record<string, SpecRow>>

export type AwsKeySpec = keyof typeof KEY_SPECS
export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

interface AlgorithmRow {
  readonly scheme: Scheme
  readonly types: readonly MessageType[]
  /** Length of a digest or of mu. */
  readonly digest: number
}

/** Salt as long as the digest, DER, and the default SM2 id: documented for AWS. */
const pss = (hash: 'sha256' | 'sha384' | 'sha512'): AlgorithmRow => {
  return { scheme: { kind: 'rsa-pss', hash, salt: 'digest' }, types: ['RAW', 'DIGEST'], digest: HASH_BYTES[hash] }
}
const pkcs1 = (hash: 'sha256' | 'sha384' | 'sha512'): AlgorithmRow => {
  return { scheme: { kind: 'rsa-pkcs1', hash }, types: ['RAW', 'DIGEST'], digest: HASH_BYTES[hash] }
}
const ecdsa = (hash: 'sha256' | 'sha384' | 'sha512'): AlgorithmRow => {
  return { scheme: { kind: 'ecdsa', hash, encoding: 'der' }, types: ['RAW', 'DIGEST'], digest: HASH_BYTES[hash] }
}

export const ALGORITHMS = {
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1('sha256'),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1('sha384'),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1('sha512'),
  RSASSA_PSS_SHA_256: pss('sha256'),
  RSASSA_PSS_SHA_384: pss('sha384'),
  RSASSA_PSS_SHA_512: pss('sha512'),
  ECDSA_SHA_256: ecdsa('sha256'),
  ECDSA_SHA_384: ecdsa('sha384'),
  ECDSA_SHA_512: ecdsa('sha512'),
  ED25519_SHA_512: { scheme: { kind: 'ed25519' }, types: ['RAW'], digest: 0 },
  // Takes a digest and hashes it again: Ed25519ph over the 64 bytes.
  ED25519_PH_SHA_512: { scheme: { kind: 'ed25519ph' }, types: ['DIGEST'], digest: 64 },
  SM2DSA: {
    scheme: { kind: 'sm2', encoding: 'der', userId: '1234567812345678', za: true },
    types: ['RAW', 'DIGEST'],
    digest: 32,
  },
  ML_DSA_SHAKE_256: { scheme: { kind: 'ml-dsa' }, types: ['RAW', 'EXTERNAL_MU'], digest: 64 },
} as const satisfies Readonly<Record<string, AlgorithmRow>>

export type AwsAlgorithm =
  | (typeof RSA_SIGNING)[number]
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512'
  | 'SM2DSA'
  | 'ML_DSA_SHAKE_256'

export function algorithmRow(name: AwsAlgorithm): AlgorithmRow {
  return ALGORITHMS[name]
}

export function specRow(name: AwsKeySpec): SpecRow {
  return KEY_SPECS[name]
}

export function isAlgorithm(name: unknown): name is AwsAlgorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}

export function isKeySpec(name: unknown): name is AwsKeySpec {
  return typeof name === 'string' && Object.hasOwn(KEY_SPECS, name)
}
