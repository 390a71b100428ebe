import { randomUUID } from 'node:crypto'
import type { StoredMaterial } from '../keys/material.ts'
import { type KeySlot, newKeySlot, storedKeySlot } from '../keys/vault.ts'
import type { Store } from '../store.ts'
import { KEY_SPECS, type KeyUsage, type VolcengineKeySpec } from './algorithms.ts'

export type VolcengineKeyState = 'Enable' | 'Disable' | 'PendingDelete' | 'Archived' | 'PendingImport'

export interface Keyring {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly type: string
  readonly projectName: string
  readonly createdAt: number
  updatedAt: number
  description: string
}

export interface VolcengineKey {
  readonly id: string
  readonly region: string
  readonly keyringId: string
  readonly keyringName: string
  readonly spec: VolcengineKeySpec
  readonly usage: KeyUsage
  readonly protectionLevel: 'SOFTWARE' | 'HSM'
  readonly origin: 'CloudKMS' | 'External'
  readonly multiRegion: boolean
  readonly tags: readonly { readonly Key: string; readonly Value: string }[]
  readonly createdAt: number
  readonly slot: KeySlot
  name: string
  description: string
  updatedAt: number
  state: VolcengineKeyState
  stateBeforeDeletion: VolcengineKeyState
  deletionAt: number | undefined
}

export type NewKey = Pick<
  VolcengineKey,
  'name' | 'description' | 'spec' | 'usage' | 'protectionLevel' | 'origin' | 'multiRegion' | 'tags'
>
type NewKeyring = Pick<Keyring, 'region' | 'name' | 'type' | 'projectName' | 'description'>

/** Keyrings and keys of all regions; every look-up is within one region. */
export interface VolcengineKeys {
  keyrings(region: string): readonly Keyring[]
  keys(region: string): readonly VolcengineKey[]
  /** By key id alone, for the programmatic side, which knows no region. */
  byId(id: string): VolcengineKey | undefined
  addKeyring(options: NewKeyring, now: number): Keyring
  addKey(keyring: Keyring, options: NewKey, now: number): VolcengineKey
  save(key: VolcengineKey): void
}

type StoredKey = Omit<VolcengineKey, 'slot'> & { readonly material: StoredMaterial }

export function openVolcengineKeys(store: Store): VolcengineKeys {
  const keyrings = new Map((store.load('volcengine-keyring-') as Keyring[]).map((ring) => [ring.id, ring]))
  const keys = new Map(
    (store.load('volcengine-key-') as StoredKey[]).map(({ material, ...key }) => [
      key.id,
      { ...key, deletionAt: key.deletionAt, slot: storedKeySlot(material) } as VolcengineKey,
    ]),
  )
  const save = (key: VolcengineKey): void => {
    const { slot, ...fields } = key
    const material = slot.stored()
    if (material) store.save(`volcengine-key-${key.id}`, { ...fields, material })
  }
  return {
    save,
    keyrings: (region) => [...keyrings.values()].filter((ring) => ring.region === region),
    keys: (region) => [...keys.values()].filter((key) => key.region === region),
    byId: (id) => keys.get(id),
    addKeyring(options, now) {
      const ring: Keyring = { ...options, id: randomUUID(), createdAt: now, updatedAt: now }
      keyrings.set(ring.id, ring)
      store.save(`volcengine-keyring-${ring.id}`, ring)
      return ring
    },
    addKey(ring, options, now) {
      const key: VolcengineKey = {
        ...options,
        id: randomUUID(),
        region: ring.region,
        keyringId: ring.id,
        keyringName: ring.name,
        createdAt: now,
        updatedAt: now,
        slot: newKeySlot(KEY_SPECS[options.spec].spec, () => save(key)),
        state: options.origin === 'External' ? 'PendingImport' : 'Enable',
        stateBeforeDeletion: 'Enable',
        deletionAt: undefined,
      }
      keys.set(key.id, key)
      return key
    },
  }
}
