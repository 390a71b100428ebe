import { exportMaterial, generateMaterial, importMaterial, type KeyMaterial, type StoredMaterial } from './material.ts'
import type { KeySpecName } from './specs.ts'

/** One key's material, possibly still being made. */
export interface KeySlot {
  readonly spec: KeySpecName
  material(): Promise<KeyMaterial>
  /** What a data directory keeps; undefined while the key is being made. */
  stored(): StoredMaterial | undefined
}

/** Starts making a key and returns at once; `ready` is called when it can be written down. */
export function newKeySlot(spec: KeySpecName, ready: () => void = () => undefined): KeySlot {
  let stored: StoredMaterial | undefined
  const material = generateMaterial(spec).then((made) => {
    stored = exportMaterial(made)
    ready()
    return made
  })
  // Whoever asks for the key gets the failure; nobody asking must not end the process.
  material.catch(() => undefined)
  return { spec, material: () => material, stored: () => stored }
}

/** A key read back from a data directory; parsed when it is first used. */
export function storedKeySlot(stored: StoredMaterial): KeySlot {
  let material: KeyMaterial | undefined
  const load = (): KeyMaterial => {
    material ??= importMaterial(stored)
    return material
  }
  return { spec: stored.spec, material: async () => load(), stored: () => stored }
}
