import type { Bench } from '../bench.ts'
import { VERIFIES_PER_CALL } from '../clients/bare.ts'
import { atMost, type Bound, type Row } from '../row.ts'
import { compare, median } from '../statistics.ts'
import { cpuRatio, interleave, openClients, type Rounds } from './section.ts'

const CLIENTS = [
  ...(['volcengine', 'volcengineChecked', 'verifyRsa'] as const),
  ...(['volcengineEc', 'volcengineEcChecked', 'verifyEc'] as const),
]
type Client = (typeof CLIENTS)[number]

const KEYS = [
  { key: 'RSA-2048', off: 'volcengine', checked: 'volcengineChecked', verify: 'verifyRsa', goal: atMost(1.8) },
  { key: 'P-256', off: 'volcengineEc', checked: 'volcengineEcChecked', verify: 'verifyEc', goal: atMost(2.8) },
] as const
const AT_ONCE = 64

/** What checking every signature costs, with the public key at hand. */
export async function integrity(bench: Bench): Promise<Row[]> {
  const rounds = await interleave(bench, await openClients(bench, CLIENTS), AT_ONCE)
  return KEYS.flatMap((key) => rowsOf(rounds, key))
}

interface Key {
  readonly key: string
  readonly off: Client
  readonly checked: Client
  readonly verify: Client
  readonly goal: Bound
}

function rowsOf(rounds: Rounds<Client>, { key, off, checked, verify, goal }: Key): Row[] {
  const [without, withCheck] = [rounds(off, 'cpuMicros'), rounds(checked, 'cpuMicros')]
  const bare = rounds(verify, 'cpuMicros').map((micros) => micros / VERIFIES_PER_CALL)
  const more = withCheck.map((micros, round) => micros - (without[round] ?? Number.NaN))
  return [
    { what: `Checked ÷ unchecked, CPU, ${key}, ${AT_ONCE} at once`, ...cpuRatio(rounds, checked, off), goal },
    {
      what: `(checked − unchecked) ÷ bare crypto.verify, CPU, ${key}`,
      ...compare(more, bare),
      stretch: atMost(1.05),
      medians: { difference: median(more), verify: median(bare) },
      medianUnit: 'µs of CPU',
    },
  ]
}
