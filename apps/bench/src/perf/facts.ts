import { availableParallelism, cpus } from 'node:os'
import type { Pins } from './pinning.ts'
import { peerVersions } from './versions.ts'

/** Under what circumstances was measured. */
export interface Facts {
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** How many CPUs other processes used during the run, on average; undefined where the system does not tell. */
  readonly others: number | undefined
  readonly pins: Pins | undefined
  readonly versions: ReturnType<typeof peerVersions>
}

export function takeFacts(pins: Pins | undefined, others: number | undefined): Facts {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    ...{ others, pins, versions: peerVersions() },
  }
}

/** The share of all CPUs beyond which others show in the figures. */
const BUSY = 0.1

export function isBusy({ others, cores }: Pick<Facts, 'others' | 'cores'>): boolean {
  return others !== undefined && others > cores * BUSY
}

/** What others used, in words. */
export function usedText({ others, cores }: Pick<Facts, 'others' | 'cores'>): string {
  return others === undefined ? 'an unknown share of the CPUs' : `${others.toFixed(2)} of ${cores} CPUs`
}
