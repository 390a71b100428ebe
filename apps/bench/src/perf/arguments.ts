import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Effort } from './bench.ts'
import { CLIENT_NAMES, type ClientName } from './clients/create.ts'
import { SECTION_NAMES, type SectionName } from './sections/sections.ts'

/** What the program was asked to do. */
export interface Arguments {
  readonly effort: Effort
  readonly sections: readonly SectionName[]
  /** The clients to profile; with nothing else to do, undefined otherwise. */
  readonly profile: readonly ClientName[] | undefined
  readonly json: boolean
  /** Whether results and document are written: only a whole run with the large file is what they describe. */
  readonly writes: boolean
}

/** Parsed, or the exit code of a program that has said what it had to. */
export type Parsed = Arguments | { readonly exitCode: number }

const WRONG_USE = 2
const MIB = 1024 * 1024

const QUICK: Effort = {
  ...{ rounds: 3, sliceMs: 60, alone: { rounds: 5, sliceMs: 100 }, warmCalls: 4_000, coldRounds: 3 },
  fileBytes: 64 * MIB,
}
const NORMAL: Effort = {
  ...{ rounds: 21, sliceMs: 150, alone: { rounds: 31, sliceMs: 300 }, warmCalls: 12_000, coldRounds: 21 },
  fileBytes: 256 * MIB,
}
const FULL_BYTES = 1024 * MIB

/** Where our own cost is looked for. */
const PROFILED = ['bare', 'volcengine', 'ncp'] as const satisfies readonly ClientName[]

interface Flags {
  readonly quick?: true
  readonly full?: true
  readonly json?: true
  readonly only?: readonly SectionName[]
  readonly profile?: true | readonly ClientName[]
}

export function parseArguments(argv: readonly string[]): Parsed {
  const command = new Command('bench')
    .description(
      'Measures the adapters beside what a user would pick instead. All stays on loopback, but for footprint, which installs with npm.',
    )
    .option('--quick', 'fewer rounds and a smaller file, to see that all works; writes nothing')
    .option(
      '--full',
      'hash a file of 1 GiB instead of 256 MiB, and write the results, the chart and the tables of docs/performance.md',
    )
    .option('--only <sections...>', `measure these alone; writes nothing. ${SECTION_NAMES.join(', ')}`, (text, seen) =>
      pick(SECTION_NAMES, text, seen),
    )
    .addOption(
      new Option('--profile [clients...]', `show where clients spend time and memory. ${CLIENT_NAMES.join(', ')}`)
        .argParser((text, seen) => pick(CLIENT_NAMES, text, seen))
        .conflicts('only'),
    )
    .option('--json', 'print the figures as JSON')
    .exitOverride()
  try {
    return read(command.parse(argv, { from: 'user' }).opts<Flags>())
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { exitCode: error.exitCode === 0 ? 0 : WRONG_USE }
  }
}

function read({ quick, full, only, profile, json }: Flags): Arguments {
  const effort = { ...(quick ? QUICK : NORMAL), ...(full && { fileBytes: FULL_BYTES }) }
  const sections = only ?? (profile === undefined ? SECTION_NAMES : [])
  const writes = full === true && quick === undefined && only === undefined && profile === undefined
  const asked = profile === true ? PROFILED : profile
  return { effort, sections, profile: asked ?? (writes ? PROFILED : undefined), json: json === true, writes }
}

/** Names may be separated by commas too. */
function pick<T extends string>(known: readonly T[], text: string, seen: unknown): readonly T[] {
  const names = text.split(',').map((name) => {
    const found = known.find((one) => one === name)
    if (found === undefined) throw new InvalidArgumentError(`There is ${known.join(', ')}.`)
    return found
  })
  return [...(Array.isArray(seen) ? (seen as T[]) : []), ...names]
}
