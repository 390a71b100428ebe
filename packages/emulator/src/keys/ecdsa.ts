import type { KeyObject } from 'node:crypto'
import { createPublicKey, sign, verify } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { decodeSignature, encodeSignature } from './der.ts'
import { type EcSpecName, KEY_SPECS, type Payload, type Scheme } from './specs.ts'

type EcdsaScheme = Extract<Scheme, { kind: 'ecdsa' }>

const CURVES = { EC_P256: p256, EC_P384: p384, EC_P521: p521, EC_P256K: secp256k1 } as const

/** The library verifies low-S only, and hashes what it is given, unless it is told otherwise. */
const READY_DIGEST = { lowS: false, prehash: false, format: 'compact' } as const

/** Messages go through `crypto.sign`; a ready digest it would hash again, so that one goes through the curve library. */
export function signEcdsa(key: KeyObject, spec: EcSpecName, scheme: EcdsaScheme, payload: Payload): Buffer {
  if (payload.kind === 'message') {
    const dsaEncoding = scheme.encoding === 'der' ? 'der' : 'ieee-p1363'
    return sign(scheme.hash, payload.bytes, { key, dsaEncoding })
  }
  const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
  const pair = Buffer.from(CURVES[spec].sign(payload.bytes, padded(secret, KEY_SPECS[spec].size), READY_DIGEST))
  return scheme.encoding === 'der' ? encodeSignature(pair) : pair
}

export function verifyEcdsa(
  key: KeyObject,
  spec: EcSpecName,
  scheme: EcdsaScheme,
  payload: Payload,
  signature: Uint8Array,
): boolean {
  const { size } = KEY_SPECS[spec]
  const pair = scheme.encoding === 'der' ? decodeSignature(signature, size) : Buffer.from(signature)
  if (pair?.length !== 2 * size) return false
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  if (payload.kind === 'message') {
    return verify(scheme.hash, payload.bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, pair)
  }
  return verifyDigest(publicKey, spec, payload.bytes, pair)
}

function verifyDigest(publicKey: KeyObject, spec: EcSpecName, digest: Uint8Array, pair: Uint8Array): boolean {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const { size } = KEY_SPECS[spec]
  const halves = [x, y].map((half) => padded(Buffer.from(half, 'base64url'), size))
  const point = Buffer.concat([Buffer.from([4]), ...halves])
  try {
    return CURVES[spec].verify(pair, digest, point, READY_DIGEST)
  } catch {
    return false
  }
}

function padded(bytes: Uint8Array, size: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, size - bytes.length)), bytes])
}
