import type { Bench } from '../bench.ts'
import type { Child, Purpose } from '../children.ts'
import type { Target } from '../clients/client.ts'
import { type ClientName, HEAVY } from '../clients/create.ts'
import type { MedianUnit, Row } from '../row.ts'
import type { Slice } from '../slices.ts'
import { compare, median } from '../statistics.ts'

/** The measured part of a row. */
export type Measured = Pick<Row, 'value' | 'spread' | 'medians' | 'medianUnit' | 'missing'>

/** Every client in its own process, all alive at once, each warmed up. */
export async function openClients<N extends ClientName>(
  bench: Bench,
  names: readonly N[],
  purpose: Exclude<Purpose, 'server'> = 'client',
): Promise<Map<N, Child>> {
  const target: Target = await bench.children.start('server').ask('serve', undefined)
  const opened = new Map<N, Child>()
  for (const client of names) {
    bench.progress(`warming up ${client}`)
    const child = bench.children.start(purpose)
    const calls = HEAVY.has(client) ? bench.effort.warmCalls >> 2 : bench.effort.warmCalls
    await child.ask('open', { client, target, calls })
    opened.set(client, child)
  }
  return opened
}

/** What all clients showed at one level, round by round. */
export type Rounds<N> = (name: N, what: keyof Slice) => readonly number[]

const ALONE = 1

/** Short slices in rotated order, so that what the machine does meanwhile meets all alike. */
export async function interleave<N extends ClientName>(
  bench: Bench,
  clients: ReadonlyMap<N, Child>,
  level: number,
): Promise<Rounds<N>> {
  const { rounds, sliceMs } = level === ALONE ? bench.effort.alone : bench.effort
  const found = new Map<N, Slice[]>([...clients.keys()].map((name) => [name, []]))
  const order = [...clients]
  for (let round = 0; round <= rounds; round += 1) {
    bench.progress(`${level} at once, round ${round} of ${rounds}`)
    for (let step = 0; step < order.length; step += 1) {
      const [name, child] = order[(step + round) % order.length] ?? []
      if (name === undefined || child === undefined) continue
      const slice = await child.ask('slice', { concurrency: level, ms: sliceMs })
      // In the first round connections are opened.
      if (round > 0) found.get(name)?.push(slice)
    }
  }
  return (name, what) => (found.get(name) ?? []).map((slice) => slice[what])
}

/** One client over another, with their medians. */
export function ratio<N extends string>(
  rounds: (name: N) => readonly number[],
  above: N,
  below: N,
  medianUnit: MedianUnit,
): Measured {
  const medians = { [above]: median(rounds(above)), [below]: median(rounds(below)) }
  return { ...compare(rounds(above), rounds(below)), medians, medianUnit }
}

/** CPU per call of one client over that of another. */
export function cpuRatio<N extends string>(rounds: Rounds<N>, above: N, below: N): Measured {
  return ratio((name: N) => rounds(name, 'cpuMicros'), above, below, 'µs of CPU')
}
