import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { chart } from './chart.ts'
import { costsTable, figuresTable, fill } from './document.ts'
import type { Facts } from './facts.ts'
import { sumByPlace } from './profile/costs.ts'
import type { ClientProfile } from './profile/section.ts'
import type { Row } from './row.ts'

export interface Results {
  readonly facts: Facts
  readonly rows: readonly Row[]
  readonly profiles: readonly ClientProfile[]
}

const RESULTS = new URL('../results/', import.meta.url)
const DOCUMENT = new URL('../../../docs/performance.md', import.meta.url)
const KEPT_FUNCTIONS = 25

/** Writes figures, chart, and the generated parts of the document. */
export async function writeResults({ facts, rows, profiles }: Results): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const filled = fill(text, { figures: figuresTable(facts, rows), costs: costsTable(profiles) })
  const kept = profiles.map(({ client, time, bytes }) => ({
    ...{ client, microseconds: Object.fromEntries(sumByPlace(time)), bytes: Object.fromEntries(sumByPlace(bytes)) },
    ...{ slowest: time.slice(0, KEPT_FUNCTIONS), hungriest: bytes.slice(0, KEPT_FUNCTIONS) },
  }))
  await mkdir(RESULTS, { recursive: true })
  await writeFile(
    new URL('performance.json', RESULTS),
    `${JSON.stringify({ ...facts, rows, profiles: kept }, null, 2)}\n`,
  )
  await writeFile(new URL('performance.svg', RESULTS), chart(rows))
  await writeFile(DOCUMENT, filled)
}
