import { type ChildProcess, fork } from 'node:child_process'
import { CLEAN_ENVIRONMENT } from '../environment.ts'
import type { JobName, JobReport, Jobs } from './child/jobs.ts'

/** The child processes of one run. Each is ended by its own id, at the latest when the run ends. */
export interface Children {
  /** Runs one job in a process of its own and ends it. */
  run<N extends JobName>(job: N, input: Jobs[N]['input'], limitMs: number): Promise<Jobs[N]['output']>
  /** The same for a job that goes on serving after its report. */
  keep<N extends JobName>(job: N, input: Jobs[N]['input'], limitMs: number): Promise<Kept<Jobs[N]['output']>>
  endAll(): void
}

export interface Kept<T> {
  readonly output: T
  /** How the process ended by itself; undefined while it lives. */
  readonly ended: string | undefined
  end(): void
}

export const CHILD_WORD = 'child-of-the-fault-program'

export function createChildren(program: string): Children {
  const living = new Set<ChildProcess>()

  const start = (): ChildProcess => {
    const child = fork(program, [CHILD_WORD], {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
      env: { ...process.env, ...CLEAN_ENVIRONMENT },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    living.add(child)
    child.once('exit', () => living.delete(child))
    return child
  }

  const keep: Children['keep'] = async (job, input, limitMs) => {
    const child = start()
    let ended: string | undefined
    child.once('exit', (code, signal) => {
      ended = `ended with ${signal ?? code}`
    })
    const end = (): void => void child.kill('SIGKILL')
    try {
      const output = await ask(child, { job, input }, limitMs)
      return {
        // The child's registry of jobs gives each name its own output.
        output: output as Jobs[typeof job]['output'],
        get ended() {
          return ended
        },
        end,
      }
    } catch (error) {
      end()
      throw error
    }
  }

  return {
    keep,
    async run(job, input, limitMs) {
      const kept = await keep(job, input, limitMs)
      kept.end()
      return kept.output
    },
    endAll() {
      for (const child of living) child.kill('SIGKILL')
    },
  }
}

const STDERR_LENGTH = 2_000

function ask(child: ChildProcess, order: { readonly job: string; readonly input: unknown }, limitMs: number) {
  return new Promise<unknown>((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (text) => {
      said = `${said}${String(text)}`.slice(-STDERR_LENGTH)
    })
    const timer = setTimeout(() => fail(`did not report within ${limitMs} ms`), limitMs)
    const fail = (what: string): void => {
      clearTimeout(timer)
      reject(new Error(`The child for ${order.job} ${what}${said === '' ? '' : `\n${said}`}`))
    }
    child.once('error', (error) => fail(`failed: ${error.message}`))
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`))
    child.once('message', (message) => {
      const report = message as JobReport
      if ('failure' in report) return fail(`failed: ${report.failure}`)
      clearTimeout(timer)
      resolve(report.output)
    })
    child.send(order)
  })
}
