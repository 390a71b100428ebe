import { type CommandOutcome, runCommand } from './command.ts'

void runCommand(process.argv.slice(2), process.env).then(finish)

function finish({ output, errors, emulator, exitCode }: CommandOutcome): void {
  process.stdout.write(output)
  process.stderr.write(errors)
  process.exitCode = exitCode
  if (!emulator) return
  // Nothing else keeps the process alive once the server is closed, so output is never cut off.
  const stop = (): void => {
    void emulator.close()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
