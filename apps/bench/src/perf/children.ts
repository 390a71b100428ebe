import { type ChildProcess, fork } from 'node:child_process'
import { CLEAN_ENVIRONMENT } from '../environment.ts'
import type { Jobs } from './jobs.ts'
import type { Pins } from './pinning.ts'

/** A process of its own that does jobs one after the other. */
export interface Child {
  ask<N extends keyof Jobs>(job: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']>
}

/** What a child is for: `counted` is a client whose bytes are counted. */
export type Purpose = 'server' | 'client' | 'counted'

/** All children of one run; each is ended by its own id. */
export interface Children {
  start(purpose: Purpose): Child
  /** Resolves when all have ended: only then does their CPU time count as this program's. */
  endAll(): Promise<void>
}

export const CHILD_WORD = 'child-of-the-perf-program'

/** Long enough for the slowest job on a slow machine; what takes longer hangs. */
const JOB_LIMIT_MS = 120_000

/** Node's own settings, as users have them, but for counting: room for all that is allocated, so that nothing is collected. */
const NODE_FLAGS: { readonly [P in Purpose]: readonly string[] } = {
  server: [],
  client: ['--no-warnings'],
  counted: ['--no-warnings', '--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
}

/** One built file is program and child, so that a child needs nothing but its path. */
export function createChildren(program: string, pins: Pins | undefined): Children {
  const living = new Set<ChildProcess>()
  return {
    start(purpose) {
      const child = fork(program, [CHILD_WORD], {
        ...command(purpose, pins),
        serialization: 'advanced',
        env: { ...process.env, ...CLEAN_ENVIRONMENT },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      living.add(child)
      child.once('exit', () => living.delete(child))
      return { ask: (job, input) => ask(child, job, input) as never }
    },
    async endAll() {
      const ended = [...living].map((child) => new Promise((resolve) => child.once('exit', resolve)))
      for (const child of living) child.kill('SIGKILL')
      await Promise.all(ended)
    },
  }
}

/** `taskset` becomes the program that it starts: the process id stays the same. */
function command(purpose: Purpose, pins: Pins | undefined) {
  const flags = NODE_FLAGS[purpose]
  if (pins === undefined) return { execArgv: [...flags] }
  const cpu = purpose === 'server' ? pins.server : pins.clients
  return { execPath: 'taskset', execArgv: ['-c', String(cpu), process.execPath, ...flags] }
}

function ask(child: ChildProcess, job: keyof Jobs, input: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      act()
    }
    const onMessage = (message: unknown) => {
      const { output, error } = message as { output?: unknown; error?: string }
      settle(() => (error === undefined ? resolve(output) : reject(new Error(`${job}: ${error}`))))
    }
    const onExit = () => settle(() => reject(new Error(`${job}: the process ended`)))
    const timer = setTimeout(() => settle(() => reject(new Error(`${job}: took too long`))), JOB_LIMIT_MS)
    child.on('message', onMessage)
    child.on('exit', onExit)
    if (child.connected) child.send({ job, input })
    else onExit()
  })
}
