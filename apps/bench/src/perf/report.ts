import Table from 'cli-table3'
import picocolors from 'picocolors'
import { type Cost, sumByPlace } from './profile/costs.ts'
import { type ClientProfile, PROFILES } from './profile/section.ts'
import { goalText, isReached, type Row, reachedText, spreadText, stretchText, valueText } from './row.ts'

const SHOWN_FUNCTIONS = 15
const isForPeople = process.stdout.isTTY === true && !process.env['NO_COLOR']
const colors = picocolors.createColors(isForPeople)
const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
} as const

export function printRows(rows: readonly Row[]): void {
  const lines = rows.map((row) => {
    const reached = isReached(row)
    const paint = reached === undefined ? String : reached ? colors.green : colors.yellow
    return [row.what, valueText(row), spreadText(row), goalText(row), stretchText(row), paint(reachedText(row))]
  })
  print(['figure', 'measured', 'middle half', 'goal', 'stretch', 'reached'], lines)
}

export function printProfiles(profiles: readonly ClientProfile[]): void {
  for (const { client, time, bytes } of profiles) {
    printCosts(`${client}, microseconds of CPU per call`, time)
    printCosts(`${client}, bytes per call`, bytes)
  }
  process.stdout.write(`\nThe profiles themselves, for developer tools: ${PROFILES}\n`)
}

function printCosts(title: string, costs: readonly Cost[]): void {
  const total = costs.reduce((sum, { self }) => sum + self, 0)
  const line = (name: string, place: string, self: number) => {
    return [name, place, self.toFixed(self < 100 ? 2 : 0), `${((self / total) * 100).toFixed(1)} %`]
  }
  const places = [...sumByPlace(costs)].sort(([, left], [, right]) => right - left)
  process.stdout.write(`\n${colors.bold(title)}: ${total.toFixed(total < 100 ? 1 : 0)}\n`)
  print(
    ['', 'place', 'all of it', 'share'],
    places.map(([place, self]) => line('', place, self)),
  )
  const functions = costs.slice(0, SHOWN_FUNCTIONS).map(({ name, place, self }) => line(name, place, self))
  print(['function', 'place', 'by itself', 'share'], functions)
}

function print(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  const table = new Table({ head: head.map(colors.bold), style, chars: PLAIN })
  table.push(...lines.map((line) => [...line]))
  const text = table
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
  process.stdout.write(`${text.map((line) => line.trimEnd()).join('\n')}\n`)
}
