import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Named records that outlive the process when a directory was given, and nothing at all otherwise. */
export interface Store {
  load(prefix: string): readonly unknown[]
  save(name: string, record: unknown): void
  remove(name: string): void
}

export const MEMORY_ONLY: Store = Object.freeze({
  load: () => [],
  save: () => undefined,
  remove: () => undefined,
})

/**
 * One JSON file per record, readable by its owner alone: it holds private keys. A record is written beside its name
 * and renamed over it, so that a reader or a crash sees the old one or the new one. Writes are synchronous because key
 * states change through synchronous calls.
 */
export function openStore(directory: string): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
  const path = (name: string): string => join(directory, `${safeName(name)}.json`)
  return {
    load(prefix) {
      return readdirSync(directory)
        .filter((file) => file.startsWith(prefix) && file.endsWith('.json'))
        .sort()
        .map((file) => readRecord(join(directory, file)))
    },
    save(name, record) {
      const target = path(name)
      const fresh = `${target}.${randomUUID()}.tmp`
      writeFileSync(fresh, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true })
      renameSync(fresh, target)
    },
    remove(name) {
      rmSync(path(name), { force: true })
    },
  }
}

function readRecord(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`The record ${path} cannot be read`, { cause: error })
  }
}

function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, (character) => `%${(character.codePointAt(0) ?? 0).toString(16)}`)
}
