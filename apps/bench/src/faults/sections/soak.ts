import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakOutput } from '../child/soak.ts'
import type { OurClient } from '../clients/client.ts'
import { createRandom, mixSeeds } from '../random.ts'
import { createBackend } from '../server/backend.ts'
import { signaturesAtRandom } from '../server/random-faults.ts'
import { startRawServer } from '../server/raw-server.ts'
import { type Figure, none, type Section, type SectionResult } from './section.ts'

const FAULT_SHARE = 0.05
const CONCURRENCY = 96
const MEBIBYTE = 1_048_576
/** Of compiled code and caches that still come to rest; a leak of 50 bytes for each of 200,000 calls would be ten. */
const GOAL_GROWTH_MIB = 2
const CHILD_LIMIT_MS = 3_600_000

/** Signs for a long time under faults and looks at what is left afterwards. */
export const soak: Section = {
  about: 'three clouds at once for long, with faults, one signal and changing credentials',
  async run({ options, children, progress }) {
    const backend = createBackend({ remember: false })
    const start = (index: number) => {
      const random = createRandom(mixSeeds(options.seed, index))
      return startRawServer((exchange) => signaturesAtRandom(exchange, backend, random, FAULT_SHARE), { keep: false })
    }
    const [ncp, volcengine, aws] = await Promise.all([start(1), start(2), start(3)])
    const servers = [ncp, volcengine, aws]
    progress(`${options.soak} signatures with faults`)
    try {
      const urls: Readonly<Record<OurClient, string>> = {
        ...{ 'kmsign ncp': ncp.url, 'kmsign volcengine': volcengine.url, 'kmsign aws': aws.url },
      }
      const input = { urls, signatures: options.soak, concurrency: CONCURRENCY, seed: options.seed, spki: backend.spki }
      const measured = await children.run('soak', input, CHILD_LIMIT_MS)
      await sleep(100)
      return toResult(measured, options.soak, options.seed)
    } finally {
      await Promise.all(servers.map((server) => server.close()))
    }
  },
}

function toResult(measured: SoakOutput, asked: number, seed: number): SectionResult {
  const figures: readonly Figure[] = [
    none(`invalid signatures of ${measured.signed}`, measured.invalid),
    none('signatures returned unverified', measured.unverified),
    none('untyped errors', measured.untyped),
    none('rejections and exceptions that nobody caught', measured.strays.length),
    none('warnings of the process', measured.warnings.length),
    none('sockets left open', measured.openSockets),
    none('listeners left on the signal', measured.listeners),
    { name: 'heap growth', value: growth(measured.heapBytes), bound: { atMost: GOAL_GROWTH_MIB }, unit: 'MiB' },
    { name: 'calls that succeed', value: successShare(measured), bound: { atLeast: 99 }, unit: '%' },
  ]
  return {
    figures,
    comparisons: [
      {
        title: `Soak: ${asked} calls, seed ${seed}, ${FAULT_SHARE * 100} % of the requests with a fault`,
        head: ['signed', 'failed', 'seconds', 'credentials fetched', 'heap after each tenth, MiB'],
        rows: [
          [
            String(measured.signed),
            JSON.stringify(measured.failures),
            measured.seconds.toFixed(1),
            String(measured.credentialsFetched),
            measured.heapBytes.map((bytes) => (bytes / MEBIBYTE).toFixed(1)).join(' '),
          ],
        ],
      },
    ],
    defects: [...measured.strays, ...measured.warnings],
    details: measured,
  }
}

/** The lowest of the last three against the highest of the first three: what does not come back has grown. */
function growth(heapBytes: readonly number[]): number {
  return (Math.min(...heapBytes.slice(-3)) - Math.max(...heapBytes.slice(0, 3))) / MEBIBYTE
}

function successShare({ signed, failures }: SoakOutput): number {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0)
  return (100 * signed) / (signed + failed)
}
