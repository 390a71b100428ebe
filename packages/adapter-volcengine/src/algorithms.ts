import type { AlgorithmFor } from '@kmsign/core'
import type { OfferedAlgorithm } from '@kmsign/core/driver'

/** Key specs of Volcengine keys that sign ("Key types", docs/6476/71338). `EC_SM2` is HSM only there. */
export type VolcengineKeySpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'EC_P256'
  | 'EC_P256K'
  | 'EC_P384'
  | 'EC_P521'
  | 'EC_SM2'

/** The ten algorithms of `AsymmetricSign`; they travel under these very names. */
export type VolcengineAlgorithm = AlgorithmFor<VolcengineKeySpec>

type AlgorithmRow = Omit<OfferedAlgorithm, 'payloads'> & { readonly digestBytes: number }

const RSA_PSS = { encodings: ['raw'], pssSalt: 'undocumented' } as const
const RSA_PKCS1 = { encodings: ['raw'] } as const
/** The encoding of r and s is nowhere stated. */
const R_AND_S = { encodings: ['der', 'p1363'] } as const

/** Digest sizes: "AsymmetricSign", docs/6476/1337045. */
const ROWS = {
  RSA_PSS_SHA_256: { ...RSA_PSS, digestBytes: 32 },
  RSA_PSS_SHA_384: { ...RSA_PSS, digestBytes: 48 },
  RSA_PSS_SHA_512: { ...RSA_PSS, digestBytes: 64 },
  RSA_PKCS1_SHA_256: { ...RSA_PKCS1, digestBytes: 32 },
  RSA_PKCS1_SHA_384: { ...RSA_PKCS1, digestBytes: 48 },
  RSA_PKCS1_SHA_512: { ...RSA_PKCS1, digestBytes: 64 },
  ECDSA_SHA_256: { ...R_AND_S, digestBytes: 32 },
  ECDSA_SHA_384: { ...R_AND_S, digestBytes: 48 },
  ECDSA_SHA_512: { ...R_AND_S, digestBytes: 64 },
  SM2_DSA: { ...R_AND_S, digestBytes: 32 },
} as const satisfies Record<VolcengineAlgorithm, AlgorithmRow>

const KEY_SPECS = {
  RSA_2048: true,
  RSA_3072: true,
  RSA_4096: true,
  EC_P256: true,
  EC_P256K: true,
  EC_P384: true,
  EC_P521: true,
  EC_SM2: true,
} as const satisfies Record<VolcengineKeySpec, true>

/**
 * Bytes of a RAW message. The page says "length range 1-4096" and not of what; read as base64 text it ends at 3072 bytes.
 * Up to there both readings agree; beyond it DIGEST gives the same signature.
 */
const RAW_BYTES = Object.freeze({ minBytes: 1, maxBytes: 3072 })

/** The names of all algorithms, in the order of the table. */
export const VOLCENGINE_ALGORITHMS = Object.freeze(Object.keys(ROWS) as VolcengineAlgorithm[])

/** The names of all key specs, in the order of the table. */
export const VOLCENGINE_KEY_SPECS = Object.freeze(Object.keys(KEY_SPECS) as VolcengineKeySpec[])

/** What the driver offers to core: messages (`RAW`) and digests (`DIGEST`). */
export const OFFERED_ALGORITHMS: Readonly<Record<VolcengineAlgorithm, OfferedAlgorithm>> = offered()

/** Whether a value names an algorithm of this adapter; for configuration that comes from outside. */
export function isVolcengineAlgorithm(value: unknown): value is VolcengineAlgorithm {
  return typeof value === 'string' && Object.hasOwn(ROWS, value)
}

function offered(): Readonly<Record<VolcengineAlgorithm, OfferedAlgorithm>> {
  const table: Record<string, OfferedAlgorithm> = Object.create(null)
  for (const name of VOLCENGINE_ALGORITHMS) {
    const { digestBytes, ...row } = ROWS[name]
    const digest = Object.freeze({ minBytes: digestBytes, maxBytes: digestBytes })
    table[name] = Object.freeze({ ...row, payloads: Object.freeze({ message: RAW_BYTES, digest }) })
  }
  return Object.freeze(table) as Readonly<Record<VolcengineAlgorithm, OfferedAlgorithm>>
}
