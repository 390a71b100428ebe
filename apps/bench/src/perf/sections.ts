import type { Bench } from './bench.ts'
import type { Child } from './children.ts'
import { type ClientName, HEAVY, type Target } from './clients.ts'
import { coldRows } from './cold.ts'
import { digestRows } from './file-digest.ts'
import type { Row } from './row.ts'
import type { Slice } from './slices.ts'
import { pairedRatio } from './statistics.ts'

export type SectionName = keyof typeof SECTIONS

export const SECTIONS = { calls, bytes, aws, integrity, crypto, cold: coldRows, digest: digestRows } satisfies Record<
  string,
  (bench: Bench) => Promise<readonly Row[]>
>

/** Every client in its own process, all alive at once, each warmed up. */
async function openClients<N extends ClientName>(bench: Bench, names: readonly N[]): Promise<Map<N, Child>> {
  const target: Target = await bench.children.start().ask('serve', undefined)
  const opened = new Map<N, Child>()
  for (const client of names) {
    bench.progress(`warming up ${client}`)
    const child = bench.children.start()
    const calls = HEAVY.has(client) ? bench.effort.warmCalls >> 2 : bench.effort.warmCalls
    await child.ask('open', { client, target, calls })
    opened.set(client, child)
  }
  return opened
}

type Slices<N> = Map<N, Slice[]>

/** Short slices in rotated order, so that what the machine does meanwhile meets all alike. */
async function interleave<N extends ClientName>(bench: Bench, clients: Map<N, Child>, level: number) {
  const found: Slices<N> = new Map([...clients.keys()].map((name) => [name, []]))
  const order = [...clients]
  for (let round = 0; round < bench.effort.rounds; round += 1) {
    bench.progress(`${level} at once, round ${round + 1} of ${bench.effort.rounds}`)
    for (let step = 0; step < order.length; step += 1) {
      const [name, child] = order[(step + round) % order.length] ?? []
      if (name === undefined || child === undefined) continue
      found.get(name)?.push(await child.ask('slice', { concurrency: level, ms: bench.effort.sliceMs }))
    }
  }
  return (what: keyof Slice, above: N, below: N) =>
    pairedRatio(
      (found.get(above) ?? []).map((slice) => slice[what]),
      (found.get(below) ?? []).map((slice) => slice[what]),
    )
}

const CALL_CLIENTS = ['bare', 'volcengine', 'ncp', 'fetch', 'openapi', 'sdkCore', 'awsSdk'] as const
const LEVELS = [
  { level: 1, cpu: 5, throughput: 3.5 },
  { level: 16, cpu: 8, throughput: 7 },
  { level: 64, cpu: 8, throughput: 8 },
  { level: 256, cpu: undefined, throughput: 6 },
] as const

async function calls(bench: Bench): Promise<Row[]> {
  const clients = await openClients(bench, CALL_CLIENTS)
  const rows: Row[] = []
  for (const { level, cpu, throughput } of LEVELS) {
    const ratio = await interleave(bench, clients, level)
    const at = `${level} at once`
    if (cpu !== undefined) {
      rows.push(
        {
          what: `CPU ÷ bare request, volcengine, ${at}`,
          value: ratio('cpuMicros', 'volcengine', 'bare'),
          goal: { atMost: 1.25 },
        },
        { what: `CPU ÷ bare request, ncp, ${at}`, value: ratio('cpuMicros', 'ncp', 'bare'), goal: { atMost: 1.2 } },
        {
          what: `CPU of openapi ÷ ours, ${at}`,
          value: ratio('cpuMicros', 'openapi', 'volcengine'),
          goal: { atLeast: cpu },
        },
        { what: `CPU of sdk-core ÷ ours, ${at}`, value: ratio('cpuMicros', 'sdkCore', 'volcengine') },
        { what: `CPU of the AWS SDK ÷ ours, ${at}`, value: ratio('cpuMicros', 'awsSdk', 'volcengine') },
        { what: `CPU of fetch ÷ ours, ${at}`, value: ratio('cpuMicros', 'fetch', 'volcengine') },
      )
    }
    const value = ratio('callsPerSecond', 'volcengine', 'openapi')
    rows.push({ what: `Throughput ÷ openapi, ${at}`, value, goal: { atLeast: throughput } })
  }
  return rows
}

const COUNTED_CALLS = 400

async function bytesOf<N extends ClientName>(bench: Bench, names: readonly N[]): Promise<Record<N, number>> {
  const found: [N, number][] = []
  for (const [name, child] of await openClients(bench, names)) {
    bench.progress(`bytes of ${name}`)
    found.push([name, await child.ask('bytes', { calls: HEAVY.has(name) ? COUNTED_CALLS >> 2 : COUNTED_CALLS })])
  }
  return Object.fromEntries(found) as Record<N, number>
}

async function bytes(bench: Bench): Promise<Row[]> {
  const { bare, volcengine, ncp, openapi } = await bytesOf(bench, ['bare', 'volcengine', 'ncp', 'openapi'])
  return [
    { what: 'Bytes allocated ÷ bare request, volcengine', value: volcengine / bare, goal: { atMost: 1.1 } },
    { what: 'Bytes allocated ÷ bare request, ncp', value: ncp / bare, goal: { atMost: 1.1 } },
    { what: 'Bytes of openapi ÷ ours', value: openapi / volcengine, goal: { atLeast: 7 } },
  ]
}

async function aws(bench: Bench): Promise<Row[]> {
  const ratio = await interleave(bench, await openClients(bench, ['aws', 'awsSdk']), 16)
  const counted = await bytesOf(bench, ['aws', 'awsSdk'])
  return [
    { what: 'adapter-aws ÷ bare SignCommand, CPU', value: ratio('cpuMicros', 'aws', 'awsSdk'), goal: { atMost: 1.05 } },
    { what: 'adapter-aws ÷ bare SignCommand, bytes', value: counted.aws / counted.awsSdk, goal: { atMost: 1.03 } },
  ]
}

const CHECKED_CLIENTS = ['volcengine', 'volcengineChecked', 'volcengineEc', 'volcengineEcChecked'] as const

async function integrity(bench: Bench): Promise<Row[]> {
  const ratio = await interleave(bench, await openClients(bench, CHECKED_CLIENTS), 64)
  return [
    {
      what: 'Checked ÷ unchecked, CPU, RSA-2048, 64 at once',
      value: ratio('cpuMicros', 'volcengineChecked', 'volcengine'),
    },
    {
      what: 'Checked ÷ unchecked, CPU, P-256, 64 at once',
      value: ratio('cpuMicros', 'volcengineEcChecked', 'volcengineEc'),
    },
  ]
}

async function crypto(bench: Bench): Promise<Row[]> {
  const run = async (suite: 'signers' | 'verify' | 'sm2') => {
    bench.progress(`comparing ${suite}`)
    const found = await bench.children.start().ask('micro', { suite, rounds: bench.effort.rounds })
    return (above: string, below: string) => (found[above] ?? Number.NaN) / (found[below] ?? Number.NaN)
  }
  const [signers, verify, sm2] = [await run('signers'), await run('verify'), await run('sm2')]
  return [
    { what: 'Volcengine request signer ÷ its primitives', value: signers('ours', 'primitives'), goal: { atMost: 1.5 } },
    { what: "openapi's request signer ÷ ours", value: signers('openapi', 'ours'), goal: { atLeast: 30 } },
    { what: 'Verify ÷ bare crypto.verify, P-256', value: verify('ourP256', 'bareP256'), goal: { atMost: 1.1 } },
    { what: 'Verify ÷ bare crypto.verify, RSA-2048', value: verify('ourRsa', 'bareRsa'), goal: { atMost: 1.15 } },
    { what: 'sm-crypto-v2 ÷ our SM2 verify', value: sm2('library', 'ours'), goal: { atLeast: 10 } },
  ]
}
