import type { KeyObject } from 'node:crypto'
import type { KeySpec } from '@kmsign/core'
import { newKey } from './engine.ts'

const TYPES: { readonly [K in KeySpec]?: string } = {
  RSA_2048: 'rsa-2048',
  RSA_3072: 'rsa-3072',
  RSA_4096: 'rsa-4096',
  EC_P256: 'ecdsa-p256',
  EC_P384: 'ecdsa-p384',
  EC_P521: 'ecdsa-p521',
  ED25519: 'ed25519',
}

const made = new Map<string, Promise<KeyObject>>()

/** The engine's name of a key spec and a key of it. RSA keys take seconds to make, so those of one slot are the same. */
export async function keyOf(keySpec: KeySpec, slot: number): Promise<[type: string, key: KeyObject]> {
  const type = TYPES[keySpec] ?? ''
  if (!type.startsWith('rsa')) return [type, await newKey(type)]
  const id = `${type} ${slot}`
  const known = made.get(id) ?? newKey(type)
  made.set(id, known)
  return [type, await known]
}
