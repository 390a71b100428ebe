import { randomInt } from 'node:crypto'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

/** What the program was asked to do. */
export interface Arguments {
  readonly only: readonly string[]
  readonly seed: number
  readonly calls: number
  readonly idleCalls: number
  readonly soak: number
  readonly fuzz: number
  readonly peers: boolean
  /** Where the results go; left out, beside the program. */
  readonly output?: string
}

/** Parsed, or the exit code of a program that has said what it had to. */
export type Parsed = Arguments | { readonly exitCode: number }

const WRONG_USE = 2

export function parseArguments(argv: readonly string[], sections: readonly string[]): Parsed {
  const command = new Command('bench:faults')
    .description('Holds our adapters, and what a user would pick instead, against faults. Loopback only.')
    .addOption(new Option('--only <name...>', 'run these sections only').choices(sections).default([], 'all'))
    .addOption(number('--seed <number>', 'repeat what a seed found', 0))
    .addOption(number('--calls <number>', 'calls under random faults', 1).default(10_000))
    .addOption(number('--idle-calls <number>', 'calls against closing connections', 10).default(1_000))
    .addOption(number('--soak <number>', 'signatures of the long run', 100).default(9_000))
    .addOption(number('--fuzz <number>', 'spoilt answers, and as many spoilt requests', 1).default(6_000))
    .option('--no-peers', 'leave the clients of others out')
    .option('--output <file>', 'where the results go as JSON')
    .exitOverride()
  try {
    command.parse(argv, { from: 'user' })
    const { seed = randomInt(2 ** 31), ...options } = command.opts<Omit<Arguments, 'seed'> & { seed?: number }>()
    return { ...options, seed }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { exitCode: error.exitCode === 0 ? 0 : WRONG_USE }
  }
}

function number(flags: string, about: string, least: number): Option {
  return new Option(flags, about).argParser((text) => {
    const value = Number(text)
    if (Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
  })
}
