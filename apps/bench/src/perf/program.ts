import { availableParallelism, loadavg } from 'node:os'
import { type Arguments, parseArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { createChildren } from './children.ts'
import { factsOf } from './facts.ts'
import { findPins } from './pinning.ts'
import { runProcess } from './process-run.ts'
import { takeProfiles } from './profile/section.ts'
import { printProfiles, printRows } from './report.ts'
import { writeResults } from './results.ts'
import type { Row } from './row.ts'
import { SECTIONS } from './sections/sections.ts'

const INTERRUPTED = 130
/** Processes that want to run, per core: beyond this they show in the figures. */
const BUSY = 0.3
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Measures, prints and writes down; returns the exit code. */
export async function runProgram(program: string, argv: readonly string[]): Promise<number> {
  const options = parseArguments(argv)
  if ('exitCode' in options) return options.exitCode
  const stopping = new AbortController()
  // The first one lets temporary files be removed, the second one does not wait for that.
  const stop = () => (stopping.signal.aborted ? process.exit(INTERRUPTED) : stopping.abort())
  for (const signal of SIGNALS) process.on(signal, stop)
  try {
    return await measure(program, options, stopping.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}

async function measure(program: string, options: Arguments, stopping: AbortSignal): Promise<number> {
  const facts = factsOf(findPins(), loadavg()[0])
  if (facts.load > availableParallelism() * BUSY) warn(`${facts.load.toFixed(1)} other processes want to run here`)
  const rows: Row[] = []
  const failures: string[] = []
  const attempt = async <T>(name: string, act: (bench: Bench) => Promise<T>): Promise<T | undefined> => {
    const children = createChildren(program, facts.pins)
    const end = () => children.endAll()
    stopping.addEventListener('abort', end)
    try {
      stopping.throwIfAborted()
      return await act({
        ...{ children, effort: options.effort, progress: (text) => progress(`${name}: ${text}`) },
        run: (command, parameters, more) => runProcess(command, parameters, { ...more, signal: stopping }),
      })
    } catch (error) {
      if (!stopping.aborted) failures.push(`${name} failed: ${error instanceof Error ? error.message : 'unknown'}`)
      return undefined
    } finally {
      stopping.removeEventListener('abort', end)
      end()
    }
  }
  for (const name of options.sections) rows.push(...((await attempt(name, SECTIONS[name])) ?? []))
  const { profile } = options
  const profiles = profile && (await attempt('profile', (bench) => takeProfiles(bench, profile, !options.writes)))
  progress('')
  if (stopping.aborted) return INTERRUPTED
  if (options.json) process.stdout.write(`${JSON.stringify(options.sections.length > 0 ? rows : profiles)}\n`)
  else {
    if (rows.length > 0) printRows(rows)
    if (profiles !== undefined && !options.writes) printProfiles(profiles)
  }
  for (const failure of failures) process.stderr.write(`${failure}\n`)
  if (failures.length > 0) return 1
  if (options.writes) await writeResults({ facts, rows, profiles: profiles ?? [] })
  return 0
}

function warn(what: string): void {
  process.stderr.write(`This machine is busy (${what}): times and CPU are not to be trusted, bytes are.\n`)
}

/** One line that is written over, for people only. */
function progress(text: string): void {
  const { isTTY, columns = 80 } = process.stderr
  if (isTTY) process.stderr.write(`\r\u001B[2K${text.slice(0, columns - 1)}`)
}
