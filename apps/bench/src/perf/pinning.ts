import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The CPUs that server and clients keep to, so that they neither wander nor stand in each other's way. */
export interface Pins {
  readonly server: number
  readonly clients: number
}

/** None where the system has no `taskset` or there is one CPU only. */
export function findPins(): Pins | undefined {
  const allowed = allowedCpus()
  const [server, clients] = [allowed[0], allowed.at(-1)]
  if (server === undefined || clients === undefined || server === clients) return undefined
  return spawnSync('taskset', ['-c', String(clients), 'true']).status === 0 ? { server, clients } : undefined
}

/** Linux writes `Cpus_allowed_list: 0-3,8`. */
function allowedCpus(): readonly number[] {
  if (process.platform !== 'linux') return []
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
