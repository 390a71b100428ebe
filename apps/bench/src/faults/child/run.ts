import { inspect } from 'node:util'
import type { JobName, JobOrder, JobReport, Jobs } from './jobs.ts'

type Job<N extends JobName> = (input: Jobs[N]['input']) => Promise<Jobs[N]['output']>

/** Each loads what it needs and nothing of the others: a child is one client and no more. */
const JOBS: { readonly [N in JobName]: Job<N> } = {
  calls: async (input) => (await import('./calls.ts')).runCalls(input),
  deadlines: async (input) => (await import('./deadlines.ts')).runDeadlines(input),
  memory: async (input) => (await import('./memory.ts')).runMemory(input),
  'idle-close': async (input) => (await import('./idle-close.ts')).runIdleClose(input),
  outage: async (input) => (await import('./outage.ts')).runOutage(input),
  soak: async (input) => (await import('./soak.ts')).runSoak(input),
  'fuzz-answers': async (input) => (await import('./fuzz-answers.ts')).runFuzzAnswers(input),
  emulator: async () => (await import('./emulator.ts')).runEmulator(),
}

/** The whole life of a child: one order, one report, and then to be ended by the parent. */
export function runChild(): void {
  // Without a parent nobody reads the result.
  process.on('disconnect', () => process.exit(0))
  process.once('message', (order: JobOrder) => {
    const run = JOBS[order.job] as Job<JobName>
    run(order.input as Jobs[JobName]['input']).then(
      (output) => report({ output }),
      (error: unknown) => report({ failure: inspect(error) }),
    )
  })
}

function report(message: JobReport): void {
  process.send?.(message)
}
