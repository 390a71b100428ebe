import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { type Arguments, parseArguments } from './arguments.ts'
import { type Children, createChildren } from './children.ts'
import { createReport, type Report } from './report.ts'
import { type Figure, holds, type SectionResult } from './sections/section.ts'
import { SECTION_NAMES, SECTIONS, type SectionName } from './sections/sections.ts'

const INTERRUPTED = 130

/** The whole program; gives its exit code. */
export async function runProgram(program: string, argv: readonly string[]): Promise<number> {
  const options = parseArguments(argv, SECTION_NAMES)
  if ('exitCode' in options) return options.exitCode
  const report = createReport(process.stdout, Boolean(process.env['NO_COLOR']))
  const children = createChildren(program)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      children.endAll()
      process.exit(INTERRUPTED)
    })
  }
  process.on('exit', () => children.endAll())
  return runSections(options, { report, children, program })
}

interface Tools {
  readonly report: Report
  readonly children: Children
  readonly program: string
}

async function runSections(options: Arguments, { report, children, program }: Tools): Promise<number> {
  const startedAt = performance.now()
  const names = SECTION_NAMES.filter((name) => options.only.length === 0 || options.only.includes(name))
  report.line(`seed ${options.seed}, Node ${process.version}, ${availableParallelism()} cores`)
  const results: (readonly [SectionName, SectionResult])[] = []
  for (const name of names) {
    report.progress(SECTIONS[name].about)
    const begun = performance.now()
    const result = await SECTIONS[name].run({ options, children, progress: report.progress })
    const took = ((performance.now() - begun) / 1000).toFixed(0)
    report.section(`${name}: ${SECTIONS[name].about}, ${took} s`, result)
    results.push([name, result])
  }
  const figures = results.flatMap(([name, result]) => result.figures.map((figure) => [name, figure] as const))
  report.figures(figures)
  const seconds = (performance.now() - startedAt) / 1000
  const file = options.output ?? join(dirname(program), '..', 'results', 'faults.json')
  writeResults(file, { options, seconds, results })
  const missed = figures.filter(([, figure]) => !holds(figure)).length
  report.line(`\n${figures.length - missed} of ${figures.length} figures hold, ${seconds.toFixed(0)} s`)
  return missed === 0 ? 0 : 1
}

function writeResults(
  file: string,
  run: { options: Arguments; seconds: number; results: readonly (readonly [string, SectionResult])[] },
): void {
  const { options, seconds, results } = run
  const judged = (figure: Figure) => ({ ...figure, holds: holds(figure) })
  const machine = { node: process.version, cores: availableParallelism(), memoryBytes: totalmem() }
  const sections = results.map(([name, { figures, ...rest }]) => ({ name, figures: figures.map(judged), ...rest }))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    `${JSON.stringify({ date: new Date().toISOString(), machine, options, seconds, sections }, null, 2)}\n`,
  )
}
