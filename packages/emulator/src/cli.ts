import { type CommandOutcome, runCommand } from './command.ts'

void runCommand(process.argv.slice(2), process.env).then(finish)

function finish({ output, errors, emulator, exitCode }: CommandOutcome): void {
  process.exitCode = exitCode
  if (emulator) {
    // Before anything is printed, because whoever waits for the first line may stop us at once. Nothing but the server
    // keeps the process alive, so it ends by itself and no output is cut off.
    const stop = (): void => {
      void emulator.close()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  }
  process.stdout.write(output)
  process.stderr.write(errors)
}
