import { relative } from 'node:path'
import { type Arguments, ROOT } from './arguments.ts'
import type { Environment } from './cloud.ts'
import { toCommandsFile } from './commands-file.ts'
import { runEmulated } from './emulated-run.ts'
import { readInputFile } from './input-file.ts'
import { runLive } from './live-run.ts'
import { findOpenssl } from './openssl.ts'
import { COMMANDS_FILE, openOutFolder } from './out-folder.ts'
import type { Bench } from './signing.ts'
import { renderSigning, type SigningRow } from './signing-report.ts'
import { untilStopped } from './stop.ts'
import { toSummary } from './summary.ts'
import type { Terminal } from './terminal.ts'
import type { TroubleRow } from './trouble.ts'
import { renderTrouble } from './trouble-report.ts'

/** The whole demo; the exit code. */
export async function runDemo(
  given: Arguments,
  terminal: Terminal,
  environment: Environment,
  stop: AbortSignal,
): Promise<0 | 1> {
  const startedAt = performance.now()
  const file = await readInputFile(given.file)
  const out = await openOutFolder(given.out)
  const bench: Bench = { file, out, openssl: await findOpenssl(ROOT), root: ROOT }
  const { bold, yellow } = terminal.colors
  terminal.print(`Signing ${bold(file.path)} (${file.bytes.length} bytes)`)
  if (bench.openssl.version === undefined) {
    terminal.print(yellow('openssl is not installed, so it judges nothing here; all other checks are made.'))
  }
  const { rows, trouble } = given.live
    ? await untilStopped(signLive(bench, terminal, environment), stop)
    : await runEmulated(bench, terminal, stop)
  if (rows.length === 0) {
    terminal.print('No account in the environment, so nothing was signed; --help names the variables.')
    return 0
  }
  await out.write(COMMANDS_FILE, toCommandsFile(rows))
  terminal.print(`\n${renderSigning(rows, terminal)}`)
  if (trouble.length > 0) terminal.print(`\n${renderTrouble(trouble, terminal)}`)
  const { text, failed } = toSummary(rows, trouble, bench.openssl.version)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  terminal.print(`\nCommands for openssl: ${relative(process.cwd(), out.path) || '.'}/${COMMANDS_FILE}`)
  terminal.print((failed ? terminal.colors.red : terminal.colors.green)(`${text} (${seconds} s)`))
  return failed ? 1 : 0
}

async function signLive(
  bench: Bench,
  terminal: Terminal,
  environment: Environment,
): Promise<{ readonly rows: readonly SigningRow[]; readonly trouble: readonly TroubleRow[] }> {
  const { rows, skipped } = await runLive(bench, environment)
  for (const { title, missing } of skipped) {
    terminal.print(terminal.colors.yellow(`Skipped ${title}: ${missing.join(', ')} not set`))
  }
  return { rows, trouble: [] }
}
