import { type Arguments, parseArguments } from './arguments.ts'
import { type Facts, isBusy, takeFacts, usedText } from './facts.ts'
import { watchOthers } from './others.ts'
import { findPins } from './pinning.ts'
import { takeProfiles } from './profile/section.ts'
import { printProfiles, printRows } from './report.ts'
import { writeResults } from './results.ts'
import { createRunner } from './runner.ts'
import { SECTIONS } from './sections/sections.ts'

const INTERRUPTED = 130
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
  const { sections, profile, writes } = options
  const [pins, others] = [findPins(), watchOthers()]
  const steps = sections.length + (profile === undefined ? 0 : 1)
  const runner = createRunner({ program, options, pins, stopping, steps })
  const found = []
  for (const name of sections) found.push(...((await runner.take(name, SECTIONS[name])) ?? []))
  const profiles = profile && (await runner.take('profile', (bench) => takeProfiles(bench, profile, !writes)))
  const failures = runner.end()
  const facts = takeFacts(pins, others())
  if (stopping.aborted) return INTERRUPTED
  if (options.json) process.stdout.write(`${JSON.stringify(sections.length > 0 ? found : profiles)}\n`)
  else {
    if (found.length > 0) printRows(found)
    if (profiles !== undefined && !writes) printProfiles(profiles)
  }
  warnWhenBusy(facts)
  for (const failure of failures) process.stderr.write(`${failure}\n`)
  if (writes && failures.length > 0)
    process.stderr.write('Nothing was written down, since not all could be measured.\n')
  if (failures.length > 0) return 1
  if (writes) await writeResults({ facts, rows: found, profiles: profiles ?? [] })
  return 0
}

function warnWhenBusy(facts: Facts): void {
  if (!isBusy(facts)) return
  process.stderr.write(`Other processes used ${usedText(facts)} meanwhile: trust bytes alone, not times and CPU.\n`)
}
