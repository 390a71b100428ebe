import {
  constants,
  createECDH,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
  verify,
} from 'node:crypto'
import { type KeySpec, type SigningAlgorithm, verifySignature } from '@kmsign/core'
import type { PayloadKind } from '@kmsign/core/driver'
import { curveOf, writeDer } from '../../src/ecdsa-signature.ts'

/** DigestInfo of SHA-256 (RFC 8017 §9.2). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

const made = new Map<string, KeyObject>()

/** A private key; the RSA ones are made once, by `slot`. */
export function newKey(keySpec: KeySpec, slot: string): KeyObject {
  if (keySpec === 'EC_P256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  if (keySpec === 'ED25519') return generateKeyPairSync('ed25519').privateKey
  const known = made.get(slot) ?? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  made.set(slot, known)
  return known
}

export function pemOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

/** What the reference backend signs with, as its documents would say: DER, PSS with a salt of 32 bytes. */
export function makeSignature(key: KeyObject, algorithm: SigningAlgorithm, kind: PayloadKind, payload: Uint8Array) {
  if (kind === 'message') return new Uint8Array(sign(hashOf(algorithm), payload, { key, ...paddingOf(algorithm) }))
  if (algorithm === 'ECDSA_SHA_256') return signDigestP256(key, payload)
  const info = Buffer.concat([DIGEST_INFO, payload])
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info))
}

export async function checkSignature(
  key: KeyObject,
  algorithm: SigningAlgorithm,
  kind: PayloadKind,
  payload: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (kind === 'message')
    return verify(hashOf(algorithm), payload, { key: createPublicKey(key), ...paddingOf(algorithm) }, signature)
  return verifySignature({ algorithm, publicKey: pemOf(key), digest: payload, signature })
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

function hashOf(algorithm: SigningAlgorithm): 'sha256' | null {
  return algorithm === 'ED25519' ? null : 'sha256'
}

function paddingOf(algorithm: SigningAlgorithm) {
  return algorithm.startsWith('RSA_PSS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
}

/** ECDSA over a ready digest (FIPS 186-5 §6.4), which node:crypto does not do: only k·G comes from it. */
function signDigestP256(key: KeyObject, digest: Uint8Array): Uint8Array {
  const order = curveOf('EC_P256')?.order ?? 0n
  const secret = toNumber(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
  const once = createECDH('prime256v1')
  const r = toNumber(once.generateKeys().subarray(1, 33)) % order
  const inverse = power(toNumber(once.getPrivateKey()), order - 2n, order)
  const s = (inverse * ((toNumber(digest) + r * secret) % order)) % order
  return writeDer({ r, s })
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
