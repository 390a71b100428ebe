import { Command, InvalidArgumentError } from 'commander'
import type { Effort } from './bench.ts'
import { createChildren } from './children.ts'
import { printTable, writeResults } from './report.ts'
import type { Row } from './row.ts'
import { SECTIONS, type SectionName } from './sections.ts'

const MIB = 1024 * 1024
const QUICK: Effort = { rounds: 3, sliceMs: 60, warmCalls: 4_000, fileBytes: 64 * MIB }
const NORMAL: Effort = { rounds: 9, sliceMs: 120, warmCalls: 12_000, fileBytes: 256 * MIB }

interface Flags {
  readonly quick?: boolean
  readonly full?: boolean
  readonly json?: boolean
  readonly only?: readonly SectionName[]
}

/** Measures, prints and writes down; returns the exit code. */
export async function runProgram(program: string, parameters: readonly string[]): Promise<number> {
  const names = Object.keys(SECTIONS) as SectionName[]
  const command = new Command('perf')
    .description('Measures the adapters beside what a user would pick instead. Everything stays on this machine.')
    .option('--quick', 'fewer rounds, a smaller file, no results written')
    .option('--full', 'a file of 1 GiB')
    .option('--json', 'print the figures as JSON')
    .option('--only <sections>', `of ${names.join(', ')}, separated by commas; no results written`, (text) =>
      text.split(',').map((name) => {
        if (name in SECTIONS) return name as SectionName
        throw new InvalidArgumentError(`Known are ${names.join(', ')}.`)
      }),
    )
    .parse(parameters as string[], { from: 'user' })
  const flags = command.opts<Flags>()
  const effort = { ...(flags.quick ? QUICK : NORMAL), ...(flags.full && { fileBytes: 1024 * MIB }) }
  const rows: Row[] = []
  for (const name of flags.only ?? names) {
    const children = createChildren(program)
    const stop = () => {
      children.endAll()
      process.exit(130)
    }
    process.once('SIGINT', stop).once('SIGTERM', stop)
    try {
      rows.push(...(await SECTIONS[name]({ children, effort, progress: (text) => progress(`${name}: ${text}`) })))
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      children.endAll()
    }
  }
  progress('')
  if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
  else printTable(rows)
  if (!flags.quick && flags.only === undefined) await writeResults(rows)
  return 0
}

/** One line that is written over, for people only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`)
}
