import { randomBytes } from 'node:crypto'
import type { StoredMaterial } from '../keys/material.ts'
import type { KeySpecName } from '../keys/specs.ts'
import { type KeySlot, newKeySlot, storedKeySlot } from '../keys/vault.ts'
import type { Store } from '../store.ts'
import type { NcpKeySettings } from './settings.ts'

export const KEY_TYPES = { RSA2048: 'RSA_2048', ECDSA: 'EC_P256', AES256: 'AES_256' } as const satisfies Record<
  string,
  KeySpecName
>
export type NcpKeyType = keyof typeof KEY_TYPES
export type NcpKeyStatus = 'ENABLE' | 'DISABLE' | 'REVOKE'

export interface NcpKeyVersion {
  readonly version: number
  readonly registerDate: number
  readonly slot: KeySlot
  /** The version's own state; the key's state lies over it and leaves it alone. */
  status: 'ENABLE' | 'DISABLE'
}

export interface NcpKey {
  readonly keyId: number
  readonly keyTag: string
  readonly keyType: NcpKeyType
  readonly protectionType: 'BASIC' | 'COMMON_HSM'
  readonly isConvergent: boolean
  readonly registerDate: number
  readonly settings: NcpKeySettings
  readonly versions: NcpKeyVersion[]
  keyName: string
  memo: string
  status: NcpKeyStatus
  isAutoRotation: boolean
  rotationPeriod: number
  destroyDate: number | undefined
  /** Generation of the token generator; undefined while there is none. */
  generator: number | undefined
  /** Never falls, so that tokens of a removed generator stay dead when a new one is made. */
  lastGeneration: number
}

export type NewNcpKey = Pick<
  NcpKey,
  'keyType' | 'keyName' | 'protectionType' | 'memo' | 'isConvergent' | 'isAutoRotation' | 'rotationPeriod' | 'settings'
>

type StoredKey = Omit<NcpKey, 'versions'> & {
  readonly versions: readonly (Omit<NcpKeyVersion, 'slot'> & { readonly material: StoredMaterial })[]
}

export interface NcpKeys {
  all(): readonly NcpKey[]
  find(keyTag: string): NcpKey | undefined
  create(options: NewNcpKey, now: number): NcpKey
  rotate(key: NcpKey, now: number): number
  /** Writes the key down after its fields were changed. */
  save(key: NcpKey): void
  remove(key: NcpKey): void
}

export function openNcpKeys(store: Store): NcpKeys {
  const keys = new Map<string, NcpKey>()
  for (const stored of store.load('ncp-key-') as readonly StoredKey[]) keys.set(stored.keyTag, revive(stored))
  const save = (key: NcpKey): void => {
    const record = toStored(key)
    if (record && keys.has(key.keyTag)) store.save(`ncp-key-${key.keyTag}`, record)
  }
  const addVersion = (key: NcpKey, now: number): number => {
    const version = (key.versions.at(-1)?.version ?? 0) + 1
    const slot = newKeySlot(KEY_TYPES[key.keyType], () => save(key))
    key.versions.push({ version, registerDate: now, slot, status: 'ENABLE' })
    return version
  }
  return {
    save,
    all: () => [...keys.values()],
    find: (keyTag) => keys.get(keyTag),
    create(options, now) {
      const keyId = Math.max(100_000, ...[...keys.values()].map((key) => key.keyId)) + 1
      const key: NcpKey = { ...options, keyId, keyTag: newKeyTag(), registerDate: now, versions: [], ...FRESH }
      keys.set(key.keyTag, key)
      addVersion(key, now)
      return key
    },
    rotate: addVersion,
    remove(key) {
      keys.delete(key.keyTag)
      store.remove(`ncp-key-${key.keyTag}`)
    },
  }
}

/** The version that signs: the newest. */
export function currentVersion(key: NcpKey): number {
  return key.versions.at(-1)?.version ?? 0
}

const FRESH = { status: 'ENABLE', destroyDate: undefined, generator: undefined, lastGeneration: 0 } as const

/** 52 characters of lower-case base 36, like the sample in the documents. */
function newKeyTag(): string {
  return Array.from(randomBytes(52), (byte) => (byte % 36).toString(36)).join('')
}

function toStored(key: NcpKey): StoredKey | undefined {
  const versions = key.versions.flatMap(({ slot, ...version }) => {
    const material = slot.stored()
    return material ? [{ ...version, material }] : []
  })
  return versions.length === key.versions.length ? { ...key, versions } : undefined
}

function revive(stored: StoredKey): NcpKey {
  const versions = stored.versions.map(({ material, ...version }) => ({ ...version, slot: storedKeySlot(material) }))
  return { ...stored, destroyDate: stored.destroyDate, generator: stored.generator, versions }
}
