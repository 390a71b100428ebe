import type { OfferedAlgorithm } from '@kmsign/core/driver'

/** Key specs of NCP keys that sign: key types `RSA2048` and `ECDSA` (API guide "Create key", 2026-10-08). */
export type NcpKeySpec = 'RSA_2048' | 'EC_P256'

/**
 * What an NCP key may turn out to sign. NCP documents neither hash nor padding nor encoding, and a request names no
 * algorithm: the name given here is a declaration, which the public key confirms or refutes.
 */
export type NcpAlgorithm = 'RSA_PSS_SHA_256' | 'RSA_PKCS1_SHA_256' | 'ECDSA_SHA_256'

/** What the documented "8 KB" bounds: the bytes to sign, or their base64 text. */
export type MessageLimit = 'decoded' | 'encoded'

type AlgorithmRow = Omit<OfferedAlgorithm, 'payloads'>

const ROWS = {
  RSA_PSS_SHA_256: { encodings: ['raw'], pssSalt: 'undocumented' },
  RSA_PKCS1_SHA_256: { encodings: ['raw'] },
  ECDSA_SHA_256: { encodings: ['der', 'p1363'] },
} as const satisfies Record<NcpAlgorithm, AlgorithmRow>

const ALGORITHMS_BY_KEY_SPEC = {
  RSA_2048: ['RSA_PSS_SHA_256', 'RSA_PKCS1_SHA_256'],
  EC_P256: ['ECDSA_SHA_256'],
} as const satisfies Record<NcpKeySpec, readonly NcpAlgorithm[]>

/**
 * Bytes of the message. The guide's Sign page says "up to 8 KB", once of the data and once of its base64 text; read as
 * the text, 8192 characters hold 6144 bytes. An empty message is not spoken of, so it is left to the service.
 */
const MAX_MESSAGE_BYTES = { decoded: 8192, encoded: 6144 } as const satisfies Record<MessageLimit, number>

/** The names of all algorithms, in the order of the table. */
export const NCP_ALGORITHMS = Object.freeze(Object.keys(ROWS) as NcpAlgorithm[])

/** The names of all key specs, in the order of the table. */
export const NCP_KEY_SPECS = Object.freeze(Object.keys(ALGORITHMS_BY_KEY_SPEC) as NcpKeySpec[])

/** Whether a value names an algorithm of this adapter; for configuration that comes from outside. */
export function isNcpAlgorithm(value: unknown): value is NcpAlgorithm {
  return typeof value === 'string' && Object.hasOwn(ROWS, value)
}

/** The algorithms that fit a key spec. */
export function algorithmsOf(keySpec: NcpKeySpec): readonly NcpAlgorithm[] {
  return ALGORITHMS_BY_KEY_SPEC[keySpec]
}

/** What the driver offers to core: messages only, because NCP has no digest mode. */
export function offeredAlgorithms(limit: MessageLimit): Readonly<Record<NcpAlgorithm, OfferedAlgorithm>> {
  const payloads = Object.freeze({ message: Object.freeze({ minBytes: 0, maxBytes: MAX_MESSAGE_BYTES[limit] }) })
  const offered: Record<string, OfferedAlgorithm> = Object.create(null)
  for (const name of NCP_ALGORITHMS) offered[name] = Object.freeze({ ...ROWS[name], payloads })
  return Object.freeze(offered) as Readonly<Record<NcpAlgorithm, OfferedAlgorithm>>
}
