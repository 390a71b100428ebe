import { describeType } from './bytes.ts'
import { createKmsError } from './errors.ts'
import { nearest } from './nearest.ts'

type RsaAlgorithm =
  | 'RSA_PSS_SHA_256'
  | 'RSA_PSS_SHA_384'
  | 'RSA_PSS_SHA_512'
  | 'RSA_PKCS1_SHA_256'
  | 'RSA_PKCS1_SHA_384'
  | 'RSA_PKCS1_SHA_512'

/** Which algorithms a key of each spec can use. May grow in a minor version: keep a default branch. */
export interface AlgorithmsByKeySpec {
  /** RSA with a modulus of 2048 bits (RFC 8017). */
  RSA_2048: RsaAlgorithm
  /** RSA with a modulus of 3072 bits. */
  RSA_3072: RsaAlgorithm
  /** RSA with a modulus of 4096 bits. */
  RSA_4096: RsaAlgorithm
  /** NIST P-256, secp256r1 (FIPS 186-5). */
  EC_P256: 'ECDSA_SHA_256'
  /** NIST P-384. */
  EC_P384: 'ECDSA_SHA_384'
  /** NIST P-521. */
  EC_P521: 'ECDSA_SHA_512'
  /** secp256k1. */
  EC_P256K: 'ECDSA_SHA_256'
  /** The curve of SM2 (GB/T 32918, RFC 8998). */
  EC_SM2: 'SM2_DSA'
  /** Edwards25519 (RFC 8032). */
  ED25519: 'ED25519'
  /** ML-DSA, category 2 (FIPS 204). */
  ML_DSA_44: 'ML_DSA'
  /** ML-DSA, category 3. */
  ML_DSA_65: 'ML_DSA'
  /** ML-DSA, category 5. */
  ML_DSA_87: 'ML_DSA'
}
/** Type and size of a key. */
export type KeySpec = keyof AlgorithmsByKeySpec
/** The algorithms of one key spec. */
export type AlgorithmFor<K extends KeySpec> = AlgorithmsByKeySpec[K]
/** A signature scheme with its hash. ECDSA does not name the curve: that is the key spec's part. */
export type SigningAlgorithm = AlgorithmsByKeySpec[KeySpec]

/** Facts of one pair of algorithm and key spec; a member is absent where the standard has no name for it. */
export interface AlgorithmInfo {
  /** The scheme and hash. */
  readonly algorithm: SigningAlgorithm
  /** The type and size of the key. */
  readonly keySpec: KeySpec
  /** By its name in `node:crypto`; absent where the scheme hashes by itself. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | 'sm3'
  /** Bytes that `signDigest` takes: the hash, for SM2 e = SM3(ZA ‖ M), for ML-DSA the external mu. */
  readonly digestBytes?: number
  /** JOSE `alg` (RFC 7518, 8812, 9864, 9964). The PS names hold for a salt as long as the digest only. */
  readonly jose?: string
  /** COSE algorithm number (RFC 9053, 8230, 8812, 9864), the counterpart of `jose`. */
  readonly cose?: number
  /** Object identifier of the X.509 signature AlgorithmIdentifier. */
  readonly x509Oid?: string
}

/**
 * How a signature is written. `der`: ASN.1 SEQUENCE of r and s. `p1363`: r and s at fixed width, one after the other.
 * `raw`: the scheme's only form (RSA: as long as the modulus; Ed25519: 64 bytes; ML-DSA).
 */
export type SignatureEncoding = 'der' | 'p1363' | 'raw'

/** What goes to the provider. SM2: `digest` is e = SM3(ZA ‖ M). ML-DSA: `mu` is the external mu of FIPS 204. */
export type PayloadKind = 'message' | 'digest' | 'mu'

/** The family of a scheme: how a signature is made and checked. */
export type SignatureScheme = 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'eddsa' | 'sm2' | 'ml-dsa'

/** What holds for an algorithm whatever the key. */
export interface AlgorithmFacts {
  readonly scheme: SignatureScheme
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | 'sm3'
  readonly digestBytes?: number
  /** Payload kinds that give the same signature. */
  readonly payloads: readonly PayloadKind[]
  /** The first is the default. */
  readonly encodings: readonly [SignatureEncoding, ...SignatureEncoding[]]
}

/** One row of the table: everything the code below it needs, so that it never compares names. */
export interface AlgorithmRow extends AlgorithmInfo, AlgorithmFacts {
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | 'sm3'
  readonly digestBytes?: number
  readonly defaultEncoding: SignatureEncoding
  /** ECDSA, SM2: bytes of r and of s in `p1363`. */
  readonly coordinateBytes?: number
  /** RSA: bytes of the modulus, and so of every signature. */
  readonly modulusBytes?: number
  /** Bytes of a `raw` signature. */
  readonly signatureBytes?: number
}

const HASHED = ['message', 'digest'] as const
const TWO_NUMBERS = ['der', 'p1363'] as const
const RAW = ['raw'] as const

const SHA_256 = { hash: 'sha256', digestBytes: 32 } as const
const SHA_384 = { hash: 'sha384', digestBytes: 48 } as const
const SHA_512 = { hash: 'sha512', digestBytes: 64 } as const

const PKCS1 = { scheme: 'rsa-pkcs1', payloads: HASHED, encodings: RAW } as const
const PSS = { scheme: 'rsa-pss', payloads: HASHED, encodings: RAW } as const
const ECDSA = { scheme: 'ecdsa', payloads: HASHED, encodings: TWO_NUMBERS } as const

const ALGORITHMS = {
  RSA_PSS_SHA_256: { ...PSS, ...SHA_256 },
  RSA_PSS_SHA_384: { ...PSS, ...SHA_384 },
  RSA_PSS_SHA_512: { ...PSS, ...SHA_512 },
  RSA_PKCS1_SHA_256: { ...PKCS1, ...SHA_256 },
  RSA_PKCS1_SHA_384: { ...PKCS1, ...SHA_384 },
  RSA_PKCS1_SHA_512: { ...PKCS1, ...SHA_512 },
  ECDSA_SHA_256: { ...ECDSA, ...SHA_256 },
  ECDSA_SHA_384: { ...ECDSA, ...SHA_384 },
  ECDSA_SHA_512: { ...ECDSA, ...SHA_512 },
  SM2_DSA: { scheme: 'sm2', payloads: HASHED, encodings: TWO_NUMBERS, hash: 'sm3', digestBytes: 32 },
  ED25519: { scheme: 'eddsa', payloads: ['message'], encodings: RAW },
  ML_DSA: { scheme: 'ml-dsa', payloads: ['message', 'mu'], encodings: RAW, digestBytes: 64 },
} as const satisfies Record<SigningAlgorithm, AlgorithmFacts>

/** What a key spec adds to an algorithm: bytes, JOSE and COSE names, X.509 OID. */
type PairFacts = readonly [
  /** RSA: of the modulus. ECDSA, SM2: of r and of s. Others: of the signature. */
  bytes: number,
  x509Oid: string,
  jose?: string,
  cose?: number,
]

/** RSA signatures have no form but the modulus' length. PSS has one OID; its parameters name hash and salt. */
const rsa = (modulusBytes: number): Record<RsaAlgorithm, PairFacts> => ({
  RSA_PSS_SHA_256: [modulusBytes, '1.2.840.113549.1.1.10', 'PS256', -37],
  RSA_PSS_SHA_384: [modulusBytes, '1.2.840.113549.1.1.10', 'PS384', -38],
  RSA_PSS_SHA_512: [modulusBytes, '1.2.840.113549.1.1.10', 'PS512', -39],
  RSA_PKCS1_SHA_256: [modulusBytes, '1.2.840.113549.1.1.11', 'RS256', -257],
  RSA_PKCS1_SHA_384: [modulusBytes, '1.2.840.113549.1.1.12', 'RS384', -258],
  RSA_PKCS1_SHA_512: [modulusBytes, '1.2.840.113549.1.1.13', 'RS512', -259],
})

// COSE: ES256 −7, ES384 −35 and ES512 −36 are what verifiers know today and what the JOSE names stand for; RFC 9864 asks
// for the fully specified −9, −51 and −52 in new protocols. Ed25519 has no such past: −19, as its JOSE name.
const PAIRS: { readonly [K in KeySpec]: Record<AlgorithmsByKeySpec[K], PairFacts> } = {
  RSA_2048: rsa(256),
  RSA_3072: rsa(384),
  RSA_4096: rsa(512),
  EC_P256: { ECDSA_SHA_256: [32, '1.2.840.10045.4.3.2', 'ES256', -7] },
  EC_P384: { ECDSA_SHA_384: [48, '1.2.840.10045.4.3.3', 'ES384', -35] },
  EC_P521: { ECDSA_SHA_512: [66, '1.2.840.10045.4.3.4', 'ES512', -36] },
  EC_P256K: { ECDSA_SHA_256: [32, '1.2.840.10045.4.3.2', 'ES256K', -47] },
  EC_SM2: { SM2_DSA: [32, '1.2.156.10197.1.501'] },
  ED25519: { ED25519: [64, '1.3.101.112', 'Ed25519', -19] },
  ML_DSA_44: { ML_DSA: [2420, '2.16.840.1.101.3.4.3.17', 'ML-DSA-44', -48] },
  ML_DSA_65: { ML_DSA: [3309, '2.16.840.1.101.3.4.3.18', 'ML-DSA-65', -49] },
  ML_DSA_87: { ML_DSA: [4627, '2.16.840.1.101.3.4.3.19', 'ML-DSA-87', -50] },
}

/** Every key spec, in the order of the table. */
export const KEY_SPECS: readonly KeySpec[] = Object.freeze(Object.keys(PAIRS) as KeySpec[])
/** Every signing algorithm, in the order of the table. */
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = Object.freeze(
  Object.keys(ALGORITHMS) as SigningAlgorithm[],
)
const FACTS: ReadonlyMap<unknown, AlgorithmFacts> = new Map(
  Object.entries(ALGORITHMS).map(([name, facts]) => [name, Object.freeze({ ...facts })]),
)
const ROWS: ReadonlyMap<unknown, readonly AlgorithmRow[]> = new Map(
  KEY_SPECS.map((keySpec) => [keySpec, Object.freeze(toRows(keySpec))]),
)
const INFOS = new WeakMap<AlgorithmRow, AlgorithmInfo>()

/**
 * Facts of one pair. Frozen.
 *
 * @throws TypeError for a name that is unknown.
 * @throws KmsError `KMS_INVALID_CONFIG` for two known names that do not go together.
 */
export function algorithmInfo(algorithm: SigningAlgorithm, keySpec: KeySpec): AlgorithmInfo {
  const row = legalRow(algorithm, keySpec)
  const known = INFOS.get(row)
  if (known !== undefined) return known
  const info = Object.freeze(toInfo(row))
  INFOS.set(row, info)
  return info
}

/**
 * The algorithms that a key of this spec can use. Frozen.
 *
 * @throws TypeError for an unknown key spec.
 */
export function algorithmsFor<K extends KeySpec>(keySpec: K): readonly AlgorithmFor<K>[] {
  assertKnown(keySpec, isKeySpec(keySpec), 'keySpec', KEY_SPECS)
  return Object.freeze(rowsForKeySpec(keySpec).map((row) => row.algorithm as AlgorithmFor<K>))
}

/** Whether a value is the name of an algorithm of this version. Never throws. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return FACTS.has(value)
}

/** Whether a value is the name of a key spec of this version. Never throws. */
export function isKeySpec(value: unknown): value is KeySpec {
  return ROWS.has(value)
}

/**
 * The JOSE `alg` of a pair. Undefined where JOSE has no name (SM2), and for RSA-PSS unless `pssSaltLength`, in bytes, is
 * the digest length: RFC 7518 §3.5 allows no other.
 *
 * @throws As {@link algorithmInfo}.
 */
export function joseAlgorithm(
  algorithm: SigningAlgorithm,
  keySpec: KeySpec,
  pssSaltLength?: number,
): string | undefined {
  const row = legalRow(algorithm, keySpec)
  return row.scheme === 'rsa-pss' && pssSaltLength !== row.digestBytes ? undefined : row.jose
}

/** The row of a pair; undefined where the two do not go together. */
export function algorithmRow(algorithm: SigningAlgorithm, keySpec: KeySpec): AlgorithmRow | undefined {
  return rowsForKeySpec(keySpec).find((row) => row.algorithm === algorithm)
}

/** All rows of a key spec; none for a name that is unknown. */
export function rowsForKeySpec(keySpec: KeySpec): readonly AlgorithmRow[] {
  return ROWS.get(keySpec) ?? []
}

/** All rows of an algorithm, one for each key spec that can use it. */
export function rowsForAlgorithm(algorithm: SigningAlgorithm): readonly AlgorithmRow[] {
  return KEY_SPECS.flatMap((keySpec) => algorithmRow(algorithm, keySpec) ?? [])
}

/**
 * What holds for an algorithm whatever the key. Frozen.
 *
 * @throws TypeError for an unknown name.
 */
export function algorithmFacts(algorithm: SigningAlgorithm): AlgorithmFacts {
  const facts = FACTS.get(algorithm)
  if (facts === undefined) throw unknownName(algorithm, 'algorithm', SIGNING_ALGORITHMS)
  return facts
}

function legalRow(algorithm: SigningAlgorithm, keySpec: KeySpec): AlgorithmRow {
  assertKnown(algorithm, isSigningAlgorithm(algorithm), 'algorithm', SIGNING_ALGORITHMS)
  assertKnown(keySpec, isKeySpec(keySpec), 'keySpec', KEY_SPECS)
  const row = algorithmRow(algorithm, keySpec)
  if (row !== undefined) return row
  const legal = algorithmsFor(keySpec).join(', ')
  const issues = [{ path: 'algorithm', message: `${algorithm} does not fit a ${keySpec} key; it can use ${legal}` }]
  throw createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
}

function assertKnown(value: unknown, known: boolean, what: string, names: readonly string[]): void {
  if (!known) throw unknownName(value, what, names)
}

function unknownName(value: unknown, what: string, names: readonly string[]): TypeError {
  if (typeof value !== 'string') return new TypeError(`${what} must be a string, got ${describeType(value)}.`)
  const hint = nearest(value, names)
  return new TypeError(
    `Unknown ${what}${hint === undefined ? '' : `; did you mean '${hint}'?`} Known: ${names.join(', ')}.`,
  )
}

function toRows(keySpec: KeySpec): AlgorithmRow[] {
  return Object.entries<PairFacts>(PAIRS[keySpec]).map(([name, [bytes, x509Oid, jose, cose]]) => {
    const algorithm = name as SigningAlgorithm
    const facts = ALGORITHMS[algorithm]
    const [defaultEncoding] = facts.encodings
    const named = jose === undefined || cose === undefined ? { x509Oid } : { x509Oid, jose, cose }
    return Object.freeze({ algorithm, keySpec, ...facts, ...sizes(facts, bytes), ...named, defaultEncoding })
  })
}

function sizes({ scheme, encodings }: AlgorithmFacts, bytes: number) {
  if (encodings[0] !== 'raw') return { coordinateBytes: bytes }
  return scheme.startsWith('rsa') ? { signatureBytes: bytes, modulusBytes: bytes } : { signatureBytes: bytes }
}

function toInfo({ algorithm, keySpec, hash, digestBytes, jose, cose, x509Oid }: AlgorithmRow): AlgorithmInfo {
  const info = { algorithm, keySpec, hash, digestBytes, jose, cose, x509Oid }
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined)) as unknown as AlgorithmInfo
}
