import { type Facts, isBusy, usedText } from './facts.ts'
import { sumByPlace } from './profile/costs.ts'
import type { ClientProfile } from './profile/section.ts'
import { goalText, type Row, reachedText, spreadText, stretchText, valueText } from './row.ts'

/** Replaces the generated parts of a document; all else in it is written by hand and stays. */
export function fill(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- end of ${name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from)
      throw new Error(`docs/performance.md has no place for the ${name}: it needs the lines ${begin} and ${end}`)
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`
  }, document)
}

export function figuresTable(facts: Facts, rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    ...[row.what, valueText(row), spreadText(row), goalText(row), stretchText(row), reachedText(row)],
  ])
  const reached = rows.map(reachedText)
  const count = (word: string) => reached.filter((text) => text === word).length
  const withGoal = rows.filter(({ goal }) => goal !== undefined).length
  return `${circumstances(facts)}

Of ${withGoal} goals ${count('yes') + count('stretch')} are reached, ${count('stretch')} of them beyond the stretch goal.

${markdownTable(['Figure', 'Measured', 'Middle half', 'Goal', 'Stretch', 'Reached'], 'lrrrrl', lines)}`
}

function circumstances(facts: Facts): string {
  const { date, node, cpu, cores, pins, versions } = facts
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const place = pins === undefined ? 'not pinned to CPUs' : 'the server on one CPU, the clients on another'
  const trust = isBusy(facts) ? ['**The machine was busy: trust the bytes and the disk alone.**'] : []
  return [
    `Taken on ${date} with Node ${node} on ${cores} cores of ${cpu}, ${place}. During`,
    `the run other processes used ${usedText(facts)} on average. Beside ${peers.join(', ')}.`,
    ...trust,
  ].join('\n')
}

/** Who spends what of one call, in the profile of each client. */
export function costsTable(profiles: readonly ClientProfile[]): string {
  const columns = profiles.flatMap(({ client, time, bytes }) => [
    { head: `${client}, µs`, costs: sumByPlace(time) },
    { head: `${client}, bytes`, costs: sumByPlace(bytes) },
  ])
  const cost = (place: string) => columns.reduce((sum, { costs }) => sum + (costs.get(place) ?? 0), 0)
  const places = [...new Set(columns.flatMap(({ costs }) => [...costs.keys()]))].sort((a, b) => cost(b) - cost(a))
  const total = columns.map(({ costs }) => [...costs.values()].reduce((sum, one) => sum + one, 0))
  const lines = places.map((place) => [place, ...columns.map(({ costs }) => amount(costs.get(place) ?? 0))])
  const head = ['Where', ...columns.map((column) => column.head)]
  return markdownTable(head, `l${'r'.repeat(columns.length)}`, [...lines, ['together', ...total.map(amount)]])
}

function amount(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

function markdownTable(head: readonly string[], align: string, lines: readonly (readonly string[])[]): string {
  const rule = [...align].map((letter) => (letter === 'r' ? '--:' : '---'))
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
