import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { type ProcessRun, runModule, runProcess } from './process-run.ts'
import type { Row } from './row.ts'
import { median, pairedRatio } from './statistics.ts'

const MIB = 1024 * 1024
const PEAK = 'console.log(process.resourceUsage().maxRSS / 1024)'

/** A large file, hashed by us and by openssl in turn, both as whole processes. */
export async function digestRows(bench: Bench): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kmsign-bench-'))
  try {
    const path = join(folder, 'file')
    bench.progress(`writing a file of ${bench.effort.fileBytes / MIB} MiB`)
    await writeFile(path, bench.effort.fileBytes)
    return await compare(bench, path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare(bench: Bench, path: string): Promise<Row[]> {
  const text = `import { digestStream, fileSource } from '@kmsign/core'
await digestStream(fileSource(${JSON.stringify(path)}), [{ algorithm: 'RSA_PSS_SHA_256' }])
${PEAK}`
  const runs: { readonly ours: ProcessRun; readonly empty: ProcessRun; readonly openssl: ProcessRun }[] = []
  for (let round = 0; round <= Math.min(5, bench.effort.rounds); round += 1) {
    bench.progress(`digest of a file, round ${round}`)
    const [ours, empty] = [await runModule(text), await runModule(PEAK)]
    const openssl = await runProcess('openssl', ['dgst', '-sha256', path])
    // The first round fills the page cache.
    if (round > 0) runs.push({ ours, empty, openssl })
  }
  const size = `${bench.effort.fileBytes / MIB} MiB`
  const own = runs.map(({ ours, empty }) => ours.wallMs - empty.wallMs)
  const peak = runs.map(({ ours, empty }) => Number(ours.output) - Number(empty.output))
  const theirs = runs.map(({ openssl }) => openssl.wallMs)
  return [
    {
      what: `Digest of ${size} ÷ openssl dgst, without the start of node`,
      value: pairedRatio(own, theirs),
      goal: { atMost: 1.05 },
    },
    { what: `Peak memory of it over bare node`, value: median(peak), unit: 'MiB', goal: { atMost: 16 } },
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
