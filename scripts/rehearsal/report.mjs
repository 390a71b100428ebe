// The tables at the end.
import { KINDS } from './consumers.mjs'
import { RESOLUTIONS } from './types.mjs'

export function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)))
  const line = (row) =>
    row
      .map((cell, column) => String(cell).padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

const mark = (result, promised = true) => {
  if (result === undefined) return promised ? 'not run' : '–'
  return result.ok ? 'ok' : promised ? 'FAILED' : 'no'
}

export function programsTable(consumers, nodes, results) {
  const rows = consumers.flatMap((consumer) =>
    nodes.map((node) => [
      consumer.adapter,
      consumer.manager,
      node.name,
      ...KINDS.map((kind) =>
        mark(
          results.find((found) => found.consumer === consumer && found.node === node && found.kind === kind),
          node.promised,
        ),
      ),
    ]),
  )
  return table(['adapter', 'installed by', 'runtime', ...KINDS], rows)
}

export function typesTable(consumers, compilers, results) {
  const resolutions = Object.keys(RESOLUTIONS)
  const rows = consumers.flatMap((consumer) =>
    compilers.map((compiler) => [
      consumer.adapter,
      consumer.manager,
      compiler,
      ...resolutions.map((resolution) =>
        mark(
          results.find(
            (found) => found.consumer === consumer && found.compiler === compiler && found.resolution === resolution,
          ),
        ),
      ),
    ]),
  )
  return table(['adapter', 'installed by', 'TypeScript', ...resolutions], rows)
}

export function upgradesTable(results) {
  const rows = results.map(({ consumer, release, before, found, stays, signs, ok }) => [
    release,
    consumer.range,
    consumer.manager,
    stays ? 'stays' : 'MOVED',
    `${before.adapter} -> ${found.adapter}`,
    `${before.http} -> ${found.http}`,
    signs ? 'signs' : 'FAILED',
    ok ? 'ok' : 'FAILED',
  ])
  return table(['published', 'asked for', 'by', 'lockfile', 'adapter after update', 'http after update', '', ''], rows)
}
