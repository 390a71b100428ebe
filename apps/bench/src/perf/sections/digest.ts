import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { moduleText } from '../process-run.ts'
import { atMost, type Row } from '../row.ts'
import { compare, median, spreadOf } from '../statistics.ts'

const MIB = 1024 * 1024
/** From here on the start of node is small beside the work, and whole processes have the goal. */
const LARGE = 1024 * MIB
const MAX_ROUNDS = 7
const PEAK = 'console.log(process.resourceUsage().maxRSS / 1024)'
const BOUNDS = { goal: atMost(1.05), stretch: atMost(0.97) }

/** A large file, hashed by us and by openssl in turn, both as whole processes. */
export async function digest(bench: Bench): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kmsign-bench-'))
  try {
    const path = join(folder, 'file')
    bench.progress(`writing a file of ${bench.effort.fileBytes / MIB} MiB`)
    await writeFile(path, bench.effort.fileBytes)
    return rowsOf(await hashInTurn(bench, path), bench.effort.fileBytes)
  } finally {
    await rm(folder, { recursive: true, maxRetries: 5 })
  }
}

/** Of one round: milliseconds and MiB. */
interface Round {
  readonly ours: number
  readonly empty: number
  readonly openssl: number
  readonly peak: number
}

async function hashInTurn(bench: Bench, path: string): Promise<Round[]> {
  const text = `import { digestStream, fileSource } from '@kmsign/core'
await digestStream(fileSource(${JSON.stringify(path)}), [{ algorithm: 'RSA_PSS_SHA_256' }])
${PEAK}`
  const rounds = Math.min(MAX_ROUNDS, bench.effort.rounds)
  const found: Round[] = []
  for (let round = 0; round <= rounds; round += 1) {
    bench.progress(`round ${round} of ${rounds}`)
    const ours = await bench.run(process.execPath, moduleText(text))
    const empty = await bench.run(process.execPath, moduleText(PEAK))
    const openssl = await bench.run('openssl', ['dgst', '-sha256', path])
    const peak = Number(ours.output) - Number(empty.output)
    // The first round fills the page cache.
    if (round > 0) found.push({ ours: ours.wallMs, empty: empty.wallMs, openssl: openssl.wallMs, peak })
  }
  return found
}

function rowsOf(rounds: readonly Round[], fileBytes: number): Row[] {
  const size = `${fileBytes / MIB} MiB`
  const [whole, theirs] = [rounds.map(({ ours }) => ours), rounds.map(({ openssl }) => openssl)]
  const work = rounds.map(({ ours, empty }) => ours - empty)
  const peaks = rounds.map(({ peak }) => peak)
  return [
    {
      what: `Digest of ${size} ÷ openssl dgst, whole processes`,
      ...compare(whole, theirs),
      ...(fileBytes >= LARGE ? BOUNDS : {}),
      ...{ medians: { ours: median(whole), openssl: median(theirs) }, medianUnit: 'ms' },
    },
    {
      what: `Digest of ${size} ÷ openssl dgst, without the start of node`,
      ...compare(work, theirs),
      ...BOUNDS,
      ...{ medians: { ours: median(work), openssl: median(theirs) }, medianUnit: 'ms' },
    },
    {
      what: `Peak memory of the digest of ${size} over bare node`,
      ...{ value: median(peaks), spread: spreadOf(peaks), unit: 'MiB' },
      ...{ goal: atMost(16), stretch: atMost(8) },
    },
  ]
}

async function writeFile(path: string, bytes: number): Promise<void> {
  const block = randomBytes(MIB)
  const file = await open(path, 'w')
  try {
    for (let written = 0; written < bytes; written += MIB) await file.write(block)
  } finally {
    await file.close()
  }
}
