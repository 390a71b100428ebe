import type { KeySpec } from './algorithms.ts'
import { copyBytes } from './bytes.ts'
import { dropLeadingZeros } from './der.ts'
import { privateKeyError } from './pem.ts'
import { fixedSpki, rsaSpki, type Spki, unusableKey } from './spki.ts'

/** JSON Web Key (RFC 7517); `AKP` for ML-DSA (RFC 9964). */
export interface Jwk {
  /** Key type: `RSA`, `EC`, `OKP` or `AKP`. */
  readonly kty: string
  readonly [member: string]: unknown
}

/** Members that only private and secret keys have, over all key types. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

interface JwkShape {
  readonly kty: string
  /** The member that names the curve or parameter set, and its value. */
  readonly name: readonly ['crv' | 'alg', string]
  /** Members that hold the key, in order, and the bytes of each. */
  readonly members: readonly string[]
  readonly memberBytes: number
}

const ec = (crv: string, memberBytes: number): JwkShape => ({
  kty: 'EC',
  name: ['crv', crv],
  members: ['x', 'y'],
  memberBytes,
})
const mlDsa = (alg: string, memberBytes: number): JwkShape => ({
  kty: 'AKP',
  name: ['alg', alg],
  members: ['pub'],
  memberBytes,
})

/** First byte of a SEC 1 point whose x and y follow. */
const UNCOMPRESSED = Uint8Array.of(4)

/** No row for SM2: JOSE does not know it. RSA has no fixed length and is handled apart. */
const SHAPES: ReadonlyMap<KeySpec, JwkShape> = new Map<KeySpec, JwkShape>([
  ['EC_P256', ec('P-256', 32)],
  ['EC_P384', ec('P-384', 48)],
  ['EC_P521', ec('P-521', 66)],
  ['EC_P256K', ec('secp256k1', 32)],
  ['ED25519', { kty: 'OKP', name: ['crv', 'Ed25519'], members: ['x'], memberBytes: 32 }],
  ['ML_DSA_44', mlDsa('ML-DSA-44', 1312)],
  ['ML_DSA_65', mlDsa('ML-DSA-65', 1952)],
  ['ML_DSA_87', mlDsa('ML-DSA-87', 2592)],
])

/**
 * A public key from a JWK. Members that say nothing about the key itself (`kid`, `use`, …) are ignored.
 *
 * @throws TypeError for private keys.
 * @throws KmsError `KMS_INVALID_ARGUMENT`
 */
export function readJwk(jwk: Jwk): Spki {
  if (jwk.kty === 'oct' || PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined)) throw privateKeyError()
  if (jwk.kty === 'RSA') {
    return rsaSpki(dropLeadingZeros(memberBytes(jwk, 'n')), dropLeadingZeros(memberBytes(jwk, 'e')))
  }
  for (const [keySpec, shape] of SHAPES) {
    const [member, value] = shape.name
    if (jwk.kty !== shape.kty || jwk[member] !== value) continue
    const parts = shape.members.map((name) => memberBytes(jwk, name, shape.memberBytes))
    return fixedSpki(keySpec, Buffer.concat(shape.kty === 'EC' ? [UNCOMPRESSED, ...parts] : parts))
  }
  throw unusableKey('is a JWK of a type or on a curve that is not supported')
}

/** The JWK of a key; undefined where JOSE has none. Frozen. */
export function writeJwk({ keySpec, key, exponent }: Spki): Jwk | undefined {
  if (exponent !== undefined) return Object.freeze({ kty: 'RSA', n: base64url(key), e: base64url(exponent) })
  const shape = SHAPES.get(keySpec)
  if (shape === undefined) return undefined
  const parts = shape.members.map((member, index) => {
    const start = index * shape.memberBytes
    return [member, base64url(key.subarray(start, start + shape.memberBytes))]
  })
  return Object.freeze({ kty: shape.kty, [shape.name[0]]: shape.name[1], ...Object.fromEntries(parts) })
}

/** Base64url without padding, and nothing else (RFC 7515 §2). */
function memberBytes(jwk: Jwk, member: string, length?: number): Uint8Array {
  const text = jwk[member]
  if (typeof text !== 'string') throw unusableKey(`is a JWK without a text in '${member}'`)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text || bytes.length !== (length ?? bytes.length)) {
    throw unusableKey(`is a JWK whose '${member}' is not base64url of the right length`)
  }
  return copyBytes(bytes)
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
