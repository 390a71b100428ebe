import { createHash, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import type { Tampering } from '../message.ts'
import { signEcdsa, verifyEcdsa } from './ecdsa.ts'
import { generateMaterial, type KeyMaterial } from './material.ts'
import { signMlDsa, verifyMlDsa } from './ml-dsa.ts'
import { signRsa, verifyRsa } from './rsa.ts'
import { signSm2, verifySm2 } from './sm2.ts'
import type { Payload, Scheme } from './specs.ts'

/** Signs with a real key; thrown only when scheme and key do not fit, which every provider checks before. */
export function signPayload(material: KeyMaterial, scheme: Scheme, payload: Payload): Buffer {
  if (material.family === 'rsa' && (scheme.kind === 'rsa-pss' || scheme.kind === 'rsa-pkcs1')) {
    return signRsa(material.privateKey, scheme, payload)
  }
  if (material.family === 'ec' && scheme.kind === 'ecdsa') {
    return signEcdsa(material.privateKey, material.spec, scheme, payload)
  }
  if (material.family === 'sm2' && scheme.kind === 'sm2') return signSm2(material.pair, scheme, payload)
  if (material.family === 'ml-dsa' && scheme.kind === 'ml-dsa') return signMlDsa(material.spec, material.pair, payload)
  if (material.family === 'ed25519' && scheme.kind === 'ed25519') {
    return nodeSign(null, payload.bytes, material.privateKey)
  }
  if (material.family === 'ed25519' && scheme.kind === 'ed25519ph') {
    return Buffer.from(ed25519ph.sign(payload.bytes, ed25519Seed(material)))
  }
  throw new Error(`A ${material.spec} key cannot sign with ${scheme.kind}`)
}

export function verifyPayload(
  material: KeyMaterial,
  scheme: Scheme,
  payload: Payload,
  signature: Uint8Array,
  options: { readonly exactSalt?: boolean } = {},
): boolean {
  if (material.family === 'rsa' && (scheme.kind === 'rsa-pss' || scheme.kind === 'rsa-pkcs1')) {
    return verifyRsa(material.privateKey, scheme, payload, signature, options.exactSalt)
  }
  if (material.family === 'ec' && scheme.kind === 'ecdsa') {
    return verifyEcdsa(material.privateKey, material.spec, scheme, payload, signature)
  }
  if (material.family === 'sm2' && scheme.kind === 'sm2') return verifySm2(material.pair, scheme, payload, signature)
  if (material.family === 'ml-dsa' && scheme.kind === 'ml-dsa') {
    return verifyMlDsa(material.spec, material.pair, payload, signature)
  }
  if (material.family === 'ed25519' && scheme.kind === 'ed25519') {
    return nodeVerify(null, payload.bytes, createPublicKey(material.privateKey), signature)
  }
  if (material.family === 'ed25519' && scheme.kind === 'ed25519ph') {
    return verifyEd25519ph(material, payload.bytes, signature)
  }
  return false
}

/** Signs as a scripted fault wants it: over a second hash, by another key of the same kind, or with one bit flipped. */
export async function signTampered(
  material: KeyMaterial,
  scheme: Scheme,
  payload: Payload,
  tampering: Tampering | undefined,
): Promise<Buffer> {
  const key = tampering === 'swap-signature' ? await strangerTo(material) : material
  const signed = tampering === 'double-hash' ? hashedOnce(scheme, payload) : payload
  const signature = signPayload(key, scheme, signed)
  if (tampering !== 'corrupt-signature') return signature
  // The last byte belongs to s, to RSA's number or to the hint, so the encoding stays well-formed.
  const last = signature.length - 1
  signature[last] = (signature[last] ?? 0) ^ 1
  return signature
}

const strangers = new Map<string, Promise<KeyMaterial>>()

function strangerTo(material: KeyMaterial): Promise<KeyMaterial> {
  const known = strangers.get(material.spec)
  if (known) return known
  const stranger = generateMaterial(material.spec)
  strangers.set(material.spec, stranger)
  return stranger
}

function hashedOnce(scheme: Scheme, payload: Payload): Payload {
  const hash = 'hash' in scheme ? scheme.hash : scheme.kind === 'sm2' ? 'sm3' : 'sha512'
  return { kind: payload.kind, bytes: createHash(hash).update(payload.bytes).digest() }
}

/** PKCS#8 of Ed25519 ends with the 32-byte seed (RFC 8410). */
function ed25519Seed(material: Extract<KeyMaterial, { family: 'ed25519' }>): Uint8Array {
  return material.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
}

function verifyEd25519ph(
  material: Extract<KeyMaterial, { family: 'ed25519' }>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const publicKey = createPublicKey(material.privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  try {
    return ed25519ph.verify(signature, message, publicKey)
  } catch {
    return false
  }
}
