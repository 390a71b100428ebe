import { availableParallelism, cpus } from 'node:os'
import type { Pins } from './pinning.ts'
import { peerVersions } from './versions.ts'

/** Under what circumstances was measured. */
export interface Facts {
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** How many processes wanted to run in the minute before. */
  readonly load: number
  readonly pins: Pins | undefined
  readonly versions: ReturnType<typeof peerVersions>
}

export function factsOf(pins: Pins | undefined, load = 0): Facts {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    ...{ load, pins, versions: peerVersions() },
  }
}
