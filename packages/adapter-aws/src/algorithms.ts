import type { KeySpec, SigningAlgorithm } from '@kmsign/core'
import type { OfferedAlgorithm } from '@kmsign/core/driver'

/** Key specs of AWS KMS keys that sign: all of them. `EC_SM2` exists in China Regions only. */
export type AwsKeySpec = KeySpec

interface AlgorithmRow {
  /** `SigningAlgorithm` on the wire. */
  readonly wire: string
  readonly offered: OfferedAlgorithm
}

/**
 * Bytes of a RAW message: the text of the API reference says 0 to 4096, its machine-readable model says at least 1. An
 * empty message is therefore sent as a digest wherever there is one.
 */
const RAW = Object.freeze({ minBytes: 1, maxBytes: 4096 })
const exactly = (bytes: number) => Object.freeze({ minBytes: bytes, maxBytes: bytes })

const RAW_BYTES = { encodings: ['raw'] } as const
/** "The salt is as long as the digest" (developer guide, "Asymmetric key specs"). */
const PSS = { ...RAW_BYTES, pssSalt: 'digest' } as const
/** "DER-encoded, as defined by ANSI X9.62-2005 and RFC 3279" (Sign); SM2 is read by OpenSSL the same way. */
const R_AND_S = { encodings: ['der'] } as const

/** `wire` is `SigningAlgorithm` on the wire; `payloads` beside messages. */
const row = (wire: string, form: Omit<OfferedAlgorithm, 'payloads'>, payloads: OfferedAlgorithm['payloads']) =>
  Object.freeze({ wire, offered: Object.freeze({ ...form, payloads: Object.freeze({ message: RAW, ...payloads }) }) })
const hashed = (wire: string, form: Omit<OfferedAlgorithm, 'payloads'>, digestBytes: number) =>
  row(wire, form, { digest: exactly(digestBytes) })

const ROWS = {
  RSA_PSS_SHA_256: hashed('RSASSA_PSS_SHA_256', PSS, 32),
  RSA_PSS_SHA_384: hashed('RSASSA_PSS_SHA_384', PSS, 48),
  RSA_PSS_SHA_512: hashed('RSASSA_PSS_SHA_512', PSS, 64),
  RSA_PKCS1_SHA_256: hashed('RSASSA_PKCS1_V1_5_SHA_256', RAW_BYTES, 32),
  RSA_PKCS1_SHA_384: hashed('RSASSA_PKCS1_V1_5_SHA_384', RAW_BYTES, 48),
  RSA_PKCS1_SHA_512: hashed('RSASSA_PKCS1_V1_5_SHA_512', RAW_BYTES, 64),
  ECDSA_SHA_256: hashed('ECDSA_SHA_256', R_AND_S, 32),
  ECDSA_SHA_384: hashed('ECDSA_SHA_384', R_AND_S, 48),
  ECDSA_SHA_512: hashed('ECDSA_SHA_512', R_AND_S, 64),
  SM2_DSA: hashed('SM2DSA', R_AND_S, 32),
  // Pure Ed25519: "requires MessageType:RAW". ED25519_PH_SHA_512 hashes its digest again and is another scheme.
  ED25519: row('ED25519_SHA_512', RAW_BYTES, {}),
  ML_DSA: row('ML_DSA_SHAKE_256', RAW_BYTES, { mu: exactly(64) }),
} as const satisfies Record<SigningAlgorithm, AlgorithmRow>

/** `KeySpec` on the wire. */
const KEY_SPEC_NAMES = {
  RSA_2048: 'RSA_2048',
  RSA_3072: 'RSA_3072',
  RSA_4096: 'RSA_4096',
  EC_P256: 'ECC_NIST_P256',
  EC_P384: 'ECC_NIST_P384',
  EC_P521: 'ECC_NIST_P521',
  EC_P256K: 'ECC_SECG_P256K1',
  EC_SM2: 'SM2',
  ED25519: 'ECC_NIST_EDWARDS25519',
  ML_DSA_44: 'ML_DSA_44',
  ML_DSA_65: 'ML_DSA_65',
  ML_DSA_87: 'ML_DSA_87',
} as const satisfies Record<KeySpec, string>

const KEY_SPECS_BY_NAME: ReadonlyMap<unknown, KeySpec> = new Map(
  Object.entries(KEY_SPEC_NAMES).map(([keySpec, name]) => [name, keySpec as KeySpec]),
)

/** The names of all algorithms, in the order of the table. */
export const AWS_ALGORITHMS: readonly SigningAlgorithm[] = Object.freeze(Object.keys(ROWS) as SigningAlgorithm[])

/** The names of all key specs, in the order of the table. */
export const AWS_KEY_SPECS: readonly AwsKeySpec[] = Object.freeze(Object.keys(KEY_SPEC_NAMES) as AwsKeySpec[])

/** What the driver offers to core: messages (`RAW`), digests (`DIGEST`) and mu (`EXTERNAL_MU`). */
export const OFFERED_ALGORITHMS: Readonly<Record<SigningAlgorithm, OfferedAlgorithm>> = Object.freeze(
  Object.assign(Object.create(null), Object.fromEntries(AWS_ALGORITHMS.map((name) => [name, ROWS[name].offered]))),
)

/** The name that AWS has for an algorithm. */
export function wireAlgorithm(algorithm: SigningAlgorithm): string {
  return ROWS[algorithm].wire
}

/** The key spec that AWS calls `name`; undefined for one that does not sign, or is not known yet. */
export function keySpecOf(name: unknown): AwsKeySpec | undefined {
  return KEY_SPECS_BY_NAME.get(name)
}
