import type { Bench } from '../bench.ts'
import { type ClientName, HEAVY } from '../clients/create.ts'
import { atMost, type Row } from '../row.ts'
import { type Measured, openClients, ratio } from './section.ts'

const COUNTED_CALLS = 400

/** Bytes per call and client, in processes with room for them. */
export async function countBytesOf<N extends ClientName>(bench: Bench, names: readonly N[]) {
  const found = new Map<N, readonly number[]>()
  for (const [name, child] of await openClients(bench, names, 'counted')) {
    bench.progress(`bytes of ${name}`)
    found.set(name, await child.ask('bytes', { calls: HEAVY.has(name) ? COUNTED_CALLS >> 2 : COUNTED_CALLS }))
  }
  const rounds = (name: N) => found.get(name) ?? []
  return (above: N, below: N): Measured => {
    const disturbed = [above, below].find((name) => rounds(name).length === 0)
    if (disturbed === undefined) return ratio(rounds, above, below, 'bytes')
    return { value: Number.NaN, missing: `garbage was collected in every repetition of ${disturbed}` }
  }
}

/** What one signature allocates. */
export async function bytes(bench: Bench): Promise<Row[]> {
  const over = await countBytesOf(bench, ['bare', 'rawSocket', 'volcengine', 'ncp', 'openapi'])
  const [goal, stretch] = [atMost(1.1), atMost(0.9)]
  return [
    { what: 'Bytes allocated ÷ bare request, volcengine', ...over('volcengine', 'bare'), goal, stretch },
    { what: 'Bytes allocated ÷ bare request, ncp', ...over('ncp', 'bare'), goal, stretch },
    { what: 'Bytes of a raw socket ÷ bare request', ...over('rawSocket', 'bare') },
    { what: 'Bytes of openapi ÷ ours', ...over('openapi', 'volcengine') },
  ]
}
