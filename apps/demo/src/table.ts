import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import type { Terminal } from './terminal.ts'

export interface Column {
  readonly head: string
  readonly align?: 'right'
  /** Left out where the line is too short; the highest number goes first. */
  readonly dropFirst?: number
}

type Texts = Readonly<Record<string, string>>

/** Texts by head; or a title over the whole width; or a row whose last text runs to the end of the line. */
export type Row =
  | { readonly cells: Texts; readonly rest?: undefined }
  | { readonly cells: Texts; readonly rest: string }
  | { readonly title: string }

/** A column with the width that its longest text needs. */
type Sized = Column & { readonly width: number }

/** A table without a frame: a line under the head, and nothing that wraps. */
export function renderTable(columns: readonly Column[], rows: readonly Row[], terminal: Terminal): string {
  const { bold } = terminal.colors
  const { shown, gap } = fit(
    columns.map((column) => ({ ...column, width: widthOf(column, rows) })),
    terminal.width,
  )
  const table = new Table({
    head: shown.map(({ head }) => bold(head)),
    colWidths: shown.map(({ width }) => width),
    colAligns: shown.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: { ...NO_FRAME, middle: ' '.repeat(gap) },
  })
  for (const row of rows) table.push(toCells(row, shown, bold))
  const [head = '', ...lines] = table.toString().split('\n')
  const underline = (terminal.interactive ? '─' : '-').repeat(total(shown, gap))
  return [head, underline, ...lines].map((line) => line.trimEnd()).join('\n')
}

const SIDES = ['top', 'bottom', 'left', 'right', 'mid'] as const
const ENDS = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right'] as const
const CROSSINGS = ['left-mid', 'mid-mid', 'right-mid'] as const
const NO_FRAME = Object.fromEntries([...SIDES, ...ENDS, ...CROSSINGS].map((name) => [name, '']))

function widthOf({ head }: Column, rows: readonly Row[]): number {
  const texts = rows.map((row) => ('cells' in row ? (row.cells[head] ?? '') : ''))
  return Math.max(...[head, ...texts].map((text) => stripVTControlCharacters(text).length))
}

function total(columns: readonly Sized[], gap: number): number {
  return columns.reduce((sum, { width }) => sum + width, gap * (columns.length - 1))
}

/** First the gaps shrink, then columns go. */
function fit(columns: readonly Sized[], width: number): { readonly shown: readonly Sized[]; readonly gap: number } {
  for (const gap of [2, 1]) {
    if (total(columns, gap) <= width) return { shown: columns, gap }
  }
  const droppable = columns.filter(({ dropFirst }) => dropFirst !== undefined)
  const [first] = droppable.toSorted((a, b) => (b.dropFirst ?? 0) - (a.dropFirst ?? 0))
  if (first === undefined) return { shown: columns, gap: 1 }
  return fit(
    columns.filter((column) => column !== first),
    width,
  )
}

type Cells = (string | { readonly content: string; readonly colSpan: number; readonly hAlign: 'left' })[]

function toCells(row: Row, columns: readonly Column[], bold: (text: string) => string): Cells {
  if ('title' in row) return [{ content: bold(row.title), colSpan: columns.length, hAlign: 'left' }]
  const heads = columns.map(({ head }) => head)
  if (row.rest === undefined) return heads.map((head) => row.cells[head] ?? '')
  const leading = heads.flatMap((head) => row.cells[head] ?? [])
  return [...leading, { content: row.rest, colSpan: columns.length - leading.length, hAlign: 'left' }]
}
