import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const DEMO = fileURLToPath(new URL('../dist/index.js', import.meta.url))

export interface Finished {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the built demo without anything of the environment but the path. */
export function startDemo(words: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  return spawn(process.execPath, [DEMO, ...words], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

export async function runDemo(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return finish(startDemo(words, environment))
}

export async function finish(child: ChildProcess): Promise<Finished> {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, ...output }))
  })
}
