import { mkdir, writeFile } from 'node:fs/promises'
import Table from 'cli-table3'
import colors from 'picocolors'
import { chart } from './chart.ts'
import { goalText, isReached, type Row, reachedText, valueText } from './row.ts'

const RESULTS = new URL('../results/', import.meta.url)
const DOCUMENT = new URL('../../../docs/performance.md', import.meta.url)

export function printTable(rows: readonly Row[]): void {
  const table = new Table({ head: ['figure', 'measured', 'goal', 'reached'], style: { head: [] } })
  for (const row of rows) {
    const paint = isReached(row) === false ? colors.yellow : colors.green
    table.push([row.what, valueText(row), goalText(row), paint(reachedText(row))])
  }
  process.stdout.write(`${table.toString()}\n`)
}

export async function writeResults(rows: readonly Row[]): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  const facts = { node: process.version, date: new Date().toISOString().slice(0, 10) }
  await writeFile(new URL('performance.json', RESULTS), `${JSON.stringify({ ...facts, rows }, null, 2)}\n`)
  await writeFile(new URL('performance.svg', RESULTS), chart(rows))
  await writeFile(DOCUMENT, document(rows, facts))
}

function document(rows: readonly Row[], { node, date }: { readonly node: string; readonly date: string }): string {
  const lines = rows.map((row) => `| ${row.what} | ${valueText(row)} | ${goalText(row)} | ${reachedText(row)} |`)
  return `# Performance

Written by \`apps/bench/dist/perf.js\` on ${date} with Node ${node}. Figures are ratios taken in one run: a shared machine
changes the absolute ones from minute to minute, and the ratios by about a tenth.

Every client runs in a process of its own, all at once, warmed up, in short slices in rotated order, against one server on
loopback with a fixed answer. CPU is that of the client's process; a ratio is the median of the ratios of the rounds. Bytes
are the growth of the heap over calls in which nothing was collected. _Bare request_ is undici's \`Pool.request\` that signs
nothing and checks nothing. The signature is not checked (\`integrity: 'off'\`) unless said.

![Measured ratios beside their goals](../apps/bench/results/performance.svg)

| Figure | Measured | Goal | Reached |
| --- | --: | --: | --- |
${lines.join('\n')}
`
}
