import { fileURLToPath } from 'node:url'
import { CHILD_WORD } from './children.ts'

const program = fileURLToPath(import.meta.url)

if (process.argv[2] === CHILD_WORD && process.send !== undefined) {
  const { runChild } = await import('./jobs.ts')
  runChild()
} else {
  const { runProgram } = await import('./program.ts')
  process.exitCode = await runProgram(program, process.argv.slice(2))
}
