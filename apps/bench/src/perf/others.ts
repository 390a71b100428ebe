import { readFileSync } from 'node:fs'

/** Points in time, in the system's ticks of CPU time. */
export interface Ticks {
  /** Of all CPUs together, idle or not. */
  readonly all: number
  readonly busy: number
  /** Of this process and of those that it has started and seen the end of. */
  readonly own: number
  readonly cpus: number
}

/** Begins to watch; what it returns tells how many CPUs others have used since, on average. */
export function watchOthers(): () => number | undefined {
  const before = takeTicks()
  return () => {
    const now = takeTicks()
    return before && now && usedByOthers(before, now)
  }
}

/** undefined where time stands still, as in some sandboxes. */
export function usedByOthers(before: Ticks, now: Ticks): number | undefined {
  const elapsed = (now.all - before.all) / now.cpus
  if (!(elapsed > 0)) return undefined
  return Math.max(0, now.busy - before.busy - (now.own - before.own)) / elapsed
}

/** From `/proc/stat` and `/proc/self/stat`, as proc(5) describes them. */
export function ticksOf(system: string, self: string): Ticks {
  const [first = '', ...lines] = system.split('\n')
  const times = first.trim().split(/\s+/).slice(1, 9).map(Number)
  const [user = 0, nice = 0, kernel = 0, , , , , stolen = 0] = times
  // The name in parentheses may hold spaces and parentheses of its own.
  const fields = self.slice(self.lastIndexOf(')') + 2).split(' ')
  return {
    all: sum(times),
    // Interrupts are left out: on loopback most of them are for our own packets, and are no process's time.
    busy: user + nice + kernel + stolen,
    own: sum(fields.slice(11, 15).map(Number)),
    cpus: lines.filter((line) => /^cpu\d/.test(line)).length,
  }
}

function takeTicks(): Ticks | undefined {
  if (process.platform !== 'linux') return undefined
  return ticksOf(readFileSync('/proc/stat', 'utf8'), readFileSync('/proc/self/stat', 'utf8'))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
