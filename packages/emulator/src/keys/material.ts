import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { generateMlDsa, type MlDsaPair, mlDsaPublicKeyDer } from './ml-dsa.ts'
import { generateSm2, type Sm2Pair, sm2PublicKeyDer } from './sm2.ts'
import { type EcSpecName, KEY_SPECS, type KeySpecName, type MlDsaSpecName, type RsaSpecName } from './specs.ts'

/** The secret part of a key, real and complete. */
export type KeyMaterial =
  | { readonly family: 'rsa'; readonly spec: RsaSpecName; readonly privateKey: KeyObject }
  | { readonly family: 'ec'; readonly spec: EcSpecName; readonly privateKey: KeyObject }
  | { readonly family: 'ed25519'; readonly spec: 'ED25519'; readonly privateKey: KeyObject }
  | { readonly family: 'sm2'; readonly spec: 'SM2'; readonly pair: Sm2Pair }
  | { readonly family: 'ml-dsa'; readonly spec: MlDsaSpecName; readonly pair: MlDsaPair }
  | { readonly family: 'symmetric'; readonly spec: 'AES_256'; readonly secret: Uint8Array }

/** Key material as it lies in a data directory. */
export interface StoredMaterial {
  readonly spec: KeySpecName
  /** Base64 of PKCS#8, of the SM2 private and public key, of the ML-DSA seed, or of the AES key. */
  readonly secret: string
}

const generate = promisify(generateKeyPair)

/** Slow for RSA, and off the main thread there. */
export async function generateMaterial(spec: KeySpecName): Promise<KeyMaterial> {
  const shape = KEY_SPECS[spec]
  if (shape.family === 'rsa') {
    const { privateKey } = await generate('rsa', { modulusLength: shape.bits })
    return { family: 'rsa', spec: spec as RsaSpecName, privateKey }
  }
  if (shape.family === 'ec') {
    const { privateKey } = await generate('ec', { namedCurve: shape.curve })
    return { family: 'ec', spec: spec as EcSpecName, privateKey }
  }
  if (shape.family === 'ed25519') {
    const { privateKey } = await generate('ed25519', undefined)
    return { family: 'ed25519', spec: 'ED25519', privateKey }
  }
  if (shape.family === 'sm2') return { family: 'sm2', spec: 'SM2', pair: generateSm2() }
  return fromSecret(spec, randomBytes(32))
}

export function exportMaterial(material: KeyMaterial): StoredMaterial {
  const { spec } = material
  return { spec, secret: secretBytes(material).toString('base64') }
}

export function importMaterial(stored: StoredMaterial): KeyMaterial {
  return fromSecret(stored.spec, Buffer.from(stored.secret, 'base64'))
}

/** SubjectPublicKeyInfo, or undefined for a symmetric key. */
export function publicKeyDer(material: KeyMaterial): Buffer | undefined {
  switch (material.family) {
    case 'sm2':
      return sm2PublicKeyDer(material.pair)
    case 'ml-dsa':
      return mlDsaPublicKeyDer(material.spec, material.pair)
    case 'symmetric':
      return undefined
    case 'rsa':
    case 'ec':
    case 'ed25519':
      return createPublicKey(material.privateKey).export({ format: 'der', type: 'spki' })
  }
}

function fromSecret(spec: KeySpecName, secret: Buffer): KeyMaterial {
  const shape = KEY_SPECS[spec]
  if (shape.family === 'symmetric') return { family: 'symmetric', spec: 'AES_256', secret }
  if (shape.family === 'ml-dsa') {
    const mlDsa = spec as MlDsaSpecName
    return { family: 'ml-dsa', spec: mlDsa, pair: generateMlDsa(mlDsa, secret) }
  }
  if (shape.family === 'sm2') {
    const pair = { privateKey: secret.subarray(0, 32).toString('hex'), publicKey: secret.subarray(32).toString('hex') }
    return { family: 'sm2', spec: 'SM2', pair }
  }
  const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })
  if (shape.family === 'rsa') return { family: 'rsa', spec: spec as RsaSpecName, privateKey }
  if (shape.family === 'ec') return { family: 'ec', spec: spec as EcSpecName, privateKey }
  return { family: 'ed25519', spec: 'ED25519', privateKey }
}

function secretBytes(material: KeyMaterial): Buffer {
  switch (material.family) {
    case 'symmetric':
      return Buffer.from(material.secret)
    case 'ml-dsa':
      return Buffer.from(material.pair.seed)
    case 'sm2':
      return Buffer.from(material.pair.privateKey + material.pair.publicKey, 'hex')
    case 'rsa':
    case 'ec':
    case 'ed25519':
      return material.privateKey.export({ format: 'der', type: 'pkcs8' })
  }
}
