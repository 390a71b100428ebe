import type { SigningAlgorithm } from '@kmsign/core'
import type { OfferedAlgorithm, SignerDriver } from '@kmsign/core/driver'

/** Key specs of transit keys that sign. */
export type TransitKeySpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096' | 'EC_P256' | 'EC_P384' | 'EC_P521' | 'ED25519'

/** Algorithms of this adapter. */
export type TransitAlgorithm =
  | 'RSA_PSS_SHA_256'
  | 'RSA_PSS_SHA_384'
  | 'RSA_PSS_SHA_512'
  | 'RSA_PKCS1_SHA_256'
  | 'RSA_PKCS1_SHA_384'
  | 'RSA_PKCS1_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'ED25519'

/** What a request says of the algorithm; the type of the key decides the rest. */
export interface WireForm {
  /** Last step of the path; left out for Ed25519, which takes no hash. */
  readonly hash?: 'sha2-256' | 'sha2-384' | 'sha2-512'
  readonly parameters: Readonly<Record<string, string>>
}

interface AlgorithmRow {
  readonly wire: WireForm
  readonly digestBytes?: number
  readonly offer: Omit<OfferedAlgorithm, 'payloads'>
}

// The engine's own default salt is as long as fits; JOSE and X.509 want the length of the digest.
const PSS = { signature_algorithm: 'pss', salt_length: 'hash' }
const PKCS1 = { signature_algorithm: 'pkcs1v15' }
// `jws` would change the base64 alphabet with the encoding; core converts better.
const ASN1 = { marshaling_algorithm: 'asn1' }

const ROWS = {
  RSA_PSS_SHA_256: rsa('sha2-256', 32, PSS),
  RSA_PSS_SHA_384: rsa('sha2-384', 48, PSS),
  RSA_PSS_SHA_512: rsa('sha2-512', 64, PSS),
  RSA_PKCS1_SHA_256: rsa('sha2-256', 32, PKCS1),
  RSA_PKCS1_SHA_384: rsa('sha2-384', 48, PKCS1),
  RSA_PKCS1_SHA_512: rsa('sha2-512', 64, PKCS1),
  ECDSA_SHA_256: ecdsa('sha2-256', 32),
  ECDSA_SHA_384: ecdsa('sha2-384', 48),
  ECDSA_SHA_512: ecdsa('sha2-512', 64),
  ED25519: { wire: { parameters: {} }, offer: { encodings: ['raw'] } },
} as const satisfies Record<TransitAlgorithm, AlgorithmRow>

/** `type` of a key, as its metadata has it. */
const KEY_TYPES = {
  'rsa-2048': 'RSA_2048',
  'rsa-3072': 'RSA_3072',
  'rsa-4096': 'RSA_4096',
  'ecdsa-p256': 'EC_P256',
  'ecdsa-p384': 'EC_P384',
  'ecdsa-p521': 'EC_P521',
  ed25519: 'ED25519',
} as const satisfies Record<string, TransitKeySpec>

/** The names of all algorithms, in the order of the table. */
export const TRANSIT_ALGORITHMS = Object.freeze(Object.keys(ROWS) as TransitAlgorithm[])

/** The names of all key specs, in the order of the table. */
export const TRANSIT_KEY_SPECS: readonly TransitKeySpec[] = Object.freeze(Object.values(KEY_TYPES))

/** How a request names an algorithm that was offered; core asks for no other. */
export function wireForm(algorithm: SigningAlgorithm): WireForm {
  return ROWS[algorithm as TransitAlgorithm].wire
}

/** The key spec of a key type; undefined for keys that do not sign. */
export function keySpecOf(type: unknown): TransitKeySpec | undefined {
  return typeof type === 'string' && Object.hasOwn(KEY_TYPES, type)
    ? KEY_TYPES[type as keyof typeof KEY_TYPES]
    : undefined
}

/** What the driver offers to core. An empty message is signed like any other. */
export function offeredAlgorithms(maxMessageBytes: number): SignerDriver['algorithms'] {
  const message = Object.freeze({ minBytes: 0, maxBytes: maxMessageBytes })
  const rows = Object.entries<AlgorithmRow>(ROWS).map(([name, { digestBytes, offer }]) => {
    const digest = digestBytes !== undefined && { digest: { minBytes: digestBytes, maxBytes: digestBytes } }
    return [name, Object.freeze({ ...offer, payloads: Object.freeze({ message, ...digest }) })]
  })
  return Object.freeze(Object.fromEntries(rows))
}

function rsa(hash: NonNullable<WireForm['hash']>, digestBytes: number, parameters: WireForm['parameters']) {
  const pss = parameters === PSS && { pssSalt: 'digest' as const }
  return { wire: { hash, parameters }, digestBytes, offer: { encodings: ['raw'] as const, ...pss } }
}

function ecdsa(hash: NonNullable<WireForm['hash']>, digestBytes: number) {
  return { wire: { hash, parameters: ASN1 }, digestBytes, offer: { encodings: ['der'] as const } }
}
