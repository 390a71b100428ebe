import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CLEAN_ENVIRONMENT } from '../environment.ts'

/** One whole process. */
export interface ProcessRun {
  readonly wallMs: number
  readonly output: string
}

export interface RunOptions {
  /** Where it runs; left out, where the packages are found by name. */
  readonly cwd?: string
  /** It needs the network, and so the user's own settings for it; what is measured must not see them. */
  readonly needsNetwork?: boolean
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** A process that did not end well. */
export class ProcessFailed extends Error {
  override readonly name = 'ProcessFailed'
  constructor(
    message: string,
    /** What it wrote to stderr. */
    readonly text: string,
  ) {
    super(message)
  }
}

const LIMIT_MS = 180_000
const HOME = fileURLToPath(new URL('..', import.meta.url))
const GROUPED = process.platform !== 'win32'

/** Runs a program to its end; it leads a group of its own, so that what it starts ends with it. */
export function runProcess(command: string, parameters: readonly string[], options: RunOptions): Promise<ProcessRun> {
  const { cwd = HOME, needsNetwork = false, signal } = options
  const env = needsNetwork ? process.env : { ...process.env, ...CLEAN_ENVIRONMENT }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const startedAt = performance.now()
    const child = spawn(command, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: GROUPED })
    const stop = () => endGroup(child)
    const timer = setTimeout(stop, LIMIT_MS)
    signal?.addEventListener('abort', stop, { once: true })
    const [output, errors] = [collect(child.stdout), collect(child.stderr)]
    child.once('error', ({ message }) => reject(new ProcessFailed(`${command} cannot be started: ${message}`, '')))
    child.once('close', (code, endedBy) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      if (code === 0) return resolve({ wallMs: performance.now() - startedAt, output: output() })
      const text = errors()
      reject(new ProcessFailed(`${command} ended with ${code ?? endedBy}: ${text.trim().slice(-400)}`, text))
    })
  })
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    if (GROUPED) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return () => text
}

/** The parameters with which Node runs a module given as text. */
export function moduleText(text: string): readonly string[] {
  return ['--input-type=module', '--eval', text]
}
