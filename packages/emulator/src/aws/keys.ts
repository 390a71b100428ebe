import { randomUUID } from 'node:crypto'
import type { StoredMaterial } from '../keys/material.ts'
import { type KeySlot, newKeySlot, storedKeySlot } from '../keys/vault.ts'
import type { Store } from '../store.ts'
import { type AwsKeySpec, type AwsKeyUsage, specRow } from './algorithms.ts'

export type AwsKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport'

export interface AwsKey {
  readonly id: string
  readonly arn: string
  readonly spec: AwsKeySpec
  readonly usage: AwsKeyUsage
  readonly description: string
  readonly origin: 'AWS_KMS' | 'EXTERNAL'
  readonly createdAt: number
  readonly slot: KeySlot
  state: AwsKeyState
  deletionAt: number | undefined
}

type NewKey = Pick<AwsKey, 'spec' | 'usage' | 'description' | 'origin'>

export interface AwsKeys {
  all(): readonly AwsKey[]
  add(options: NewKey, arnPrefix: string, now: number): AwsKey
  byId(id: string): AwsKey | undefined
  save(key: AwsKey): void
  aliasTarget(alias: string): string | undefined
  setAlias(alias: string, keyId: string): void
}

type StoredKey = Omit<AwsKey, 'slot'> & { readonly material: StoredMaterial }

export function openAwsKeys(store: Store): AwsKeys {
  const keys = new Map(
    (store.load('aws-key-') as StoredKey[]).map(({ material, ...key }) => [
      key.id,
      { ...key, deletionAt: key.deletionAt, slot: storedKeySlot(material) } as AwsKey,
    ]),
  )
  const stored = store.load('aws-aliases') as readonly Record<string, string>[]
  const aliases = new Map(Object.entries(stored[0] ?? {}))
  const save = (key: AwsKey): void => {
    const { slot, ...fields } = key
    const material = slot.stored()
    if (material) store.save(`aws-key-${key.id}`, { ...fields, material })
  }
  return {
    save,
    all: () => [...keys.values()],
    byId: (id) => keys.get(id),
    add(options, arnPrefix, now) {
      const id = randomUUID()
      const slot = newKeySlot(specRow(options.spec).spec, () => save(key))
      const state = options.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled'
      const key: AwsKey = {
        ...options,
        id,
        arn: `${arnPrefix}key/${id}`,
        createdAt: now,
        slot,
        state,
        deletionAt: undefined,
      }
      keys.set(id, key)
      return key
    },
    aliasTarget: (alias) => aliases.get(alias),
    setAlias(alias, keyId) {
      aliases.set(alias, keyId)
      store.save('aws-aliases', Object.fromEntries(aliases))
    },
  }
}
