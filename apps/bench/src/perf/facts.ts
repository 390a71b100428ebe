import { availableParallelism, cpus, loadavg } from 'node:os'
import { findPins, type Pins } from './pinning.ts'
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

export function takeFacts(): Facts {
  const [load = 0] = loadavg()
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    ...{ load, pins: findPins(), versions: peerVersions() },
  }
}

/** Processes that want to run, per core: beyond this they show in the figures. */
const BUSY = 0.3

export function isBusy({ load, cores }: Facts): boolean {
  return load > cores * BUSY
}
