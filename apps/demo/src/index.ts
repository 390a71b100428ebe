import { parseArguments } from './arguments.ts'
import { runDemo } from './demo.ts'
import { Refusal } from './refusal.ts'
import { Stopped } from './stop.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal(process.stdout, process.env)
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
// Whoever reads our output may stop reading, as `head` does.
process.stdout.on('error', () => process.exit(1))

process.exitCode = await main()

async function main(): Promise<number> {
  const given = parseArguments(process.argv.slice(2))
  if ('exitCode' in given) return given.exitCode
  try {
    return await runDemo(given, terminal, process.env, stop.signal)
  } catch (error) {
    if (error instanceof Stopped) {
      terminal.print('Stopped.')
      // Work that was left to itself must not keep the process alive.
      process.exit(130)
    }
    if (!(error instanceof Refusal)) throw error
    terminal.endProgress()
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
}
