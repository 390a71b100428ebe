import { type Column, type Row, renderTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import type { TroubleRow } from './trouble.ts'

const COLUMNS: readonly Column[] = [
  { head: 'Cloud' },
  { head: 'code' },
  { head: 'retryable' },
  { head: 'attempts', align: 'right' },
  { head: 'providerCode' },
]

const NOTES = [
  'attempts: requests sent for the signature itself; asking for the public key is not one.',
  'aborted: sign() rejects with the reason of the signal itself, unchanged.',
]

/** The cases, and under each what it became in every cloud. */
export function renderTrouble(rows: readonly TroubleRow[], terminal: Terminal): string {
  const { dim, red } = terminal.colors
  const lines = rows.flatMap((row, index): Row[] => {
    const title = row.title === rows[index - 1]?.title ? [] : [{ title: row.title }]
    return [...title, toRow(row, terminal)]
  })
  const problems = rows.flatMap(({ problem }) => (problem === undefined ? [] : [red(problem)]))
  return [renderTable(COLUMNS, lines, terminal), ...NOTES.map((note) => dim(note)), ...problems].join('\n')
}

function toRow(row: TroubleRow, { colors }: Terminal): Row {
  const { outcome, retryable, attempts, providerCode, problem } = row
  const paint = problem === undefined ? (outcome === 'signed' ? colors.green : colors.cyan) : colors.red
  return {
    cells: {
      Cloud: row.cloudId,
      code: paint(outcome),
      retryable: retryable === undefined ? '' : String(retryable),
      attempts: String(attempts ?? ''),
      providerCode: providerCode ?? '',
    },
  }
}
