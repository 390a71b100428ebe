import type { Bench } from '../bench.ts'
import { atLeast, atMost, type Row } from '../row.ts'
import { cpuRatio, interleave, openClients, type Rounds, ratio } from './section.ts'

const CLIENTS = ['bare', 'rawSocket', 'volcengine', 'ncp', 'fetch', 'openapi', 'sdkCore', 'awsSdk'] as const
type Client = (typeof CLIENTS)[number]

/** Calls at once, with goal and stretch against @volcengine/openapi. */
const LEVELS = [
  { level: 1, cpu: [5, 7], throughput: [3.5, 4.5] },
  { level: 16, cpu: [8, 11], throughput: [7, 10] },
  { level: 64, cpu: [8, 11], throughput: [8, 11] },
] as const
const MANY = { level: 256, throughput: [6, 8] } as const

/** Signatures over HTTP beside the least that a request costs, and beside what a user would pick instead. */
export async function calls(bench: Bench): Promise<Row[]> {
  const clients = await openClients(bench, CLIENTS)
  const rows: Row[] = []
  for (const { level, cpu, throughput } of LEVELS) {
    const rounds = await interleave(bench, clients, level)
    rows.push(...cpuRows(rounds, `${level} at once`, cpu), throughputRow(rounds, level, throughput))
  }
  const two = new Map([...clients].filter(([name]) => name === 'volcengine' || name === 'openapi'))
  rows.push(throughputRow(await interleave(bench, two, MANY.level), MANY.level, MANY.throughput))
  return rows
}

function cpuRows(rounds: Rounds<Client>, at: string, [goal, stretch]: readonly [number, number]): Row[] {
  const cpu = (above: Client, below: Client) => cpuRatio(rounds, above, below)
  return [
    {
      what: `CPU ÷ bare request, volcengine, ${at}`,
      ...cpu('volcengine', 'bare'),
      goal: atMost(1.25),
      stretch: atMost(1.05),
    },
    { what: `CPU ÷ bare request, ncp, ${at}`, ...cpu('ncp', 'bare'), goal: atMost(1.2), stretch: atMost(1.05) },
    { what: `CPU of a raw socket ÷ bare request, ${at}`, ...cpu('rawSocket', 'bare') },
    {
      what: `CPU of openapi ÷ ours, ${at}`,
      ...cpu('openapi', 'volcengine'),
      goal: atLeast(goal),
      stretch: atLeast(stretch),
    },
    { what: `CPU of sdk-core ÷ ours, ${at}`, ...cpu('sdkCore', 'volcengine') },
    { what: `CPU of the AWS SDK ÷ ours, ${at}`, ...cpu('awsSdk', 'volcengine') },
    { what: `CPU of fetch ÷ ours, ${at}`, ...cpu('fetch', 'volcengine') },
  ]
}

function throughputRow(rounds: Rounds<Client>, level: number, [goal, stretch]: readonly [number, number]): Row {
  const perSecond = (name: Client) => rounds(name, 'callsPerSecond')
  return {
    what: `Throughput ÷ openapi, ${level} at once`,
    ...ratio(perSecond, 'volcengine', 'openapi', 'calls per second'),
    goal: atLeast(goal),
    stretch: atLeast(stretch),
  }
}
