import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** One whole process. */
export interface ProcessRun {
  readonly wallMs: number
  readonly output: string
}

const LIMIT_MS = 120_000
/** Where the packages are found by name. */
const HOME = fileURLToPath(new URL('..', import.meta.url))

/** Runs a program to its end. */
export function runProcess(command: string, parameters: readonly string[]): Promise<ProcessRun> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(command, parameters, { cwd: HOME, stdio: ['ignore', 'pipe', 'ignore'], timeout: LIMIT_MS })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve({ wallMs: performance.now() - startedAt, output })
      else reject(new Error(`${command} ended with ${code}`))
    })
  })
}

/** Runs a module given as text. */
export function runModule(text: string): Promise<ProcessRun> {
  return runProcess(process.execPath, ['--input-type=module', '--eval', text])
}
