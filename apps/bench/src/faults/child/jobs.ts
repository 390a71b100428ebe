import type { CallsInput, CallsOutput } from './calls.ts'
import type { DeadlinesInput, DeadlinesOutput } from './deadlines.ts'
import type { EmulatorPlace } from './emulator.ts'
import type { FuzzAnswersInput, FuzzAnswersOutput } from './fuzz-answers.ts'
import type { IdleCloseInput, IdleCloseOutput } from './idle-close.ts'
import type { MemoryInput, MemoryOutput } from './memory.ts'
import type { OutageInput, OutageOutput } from './outage.ts'
import type { SoakInput, SoakOutput } from './soak.ts'

/** What a child can be asked to do, and what it says of it. */
export interface Jobs {
  readonly calls: { readonly input: CallsInput; readonly output: CallsOutput }
  readonly deadlines: { readonly input: DeadlinesInput; readonly output: DeadlinesOutput }
  readonly memory: { readonly input: MemoryInput; readonly output: MemoryOutput }
  readonly 'idle-close': { readonly input: IdleCloseInput; readonly output: IdleCloseOutput }
  readonly outage: { readonly input: OutageInput; readonly output: OutageOutput }
  readonly soak: { readonly input: SoakInput; readonly output: SoakOutput }
  readonly 'fuzz-answers': { readonly input: FuzzAnswersInput; readonly output: FuzzAnswersOutput }
  /** Serves until the child is ended. */
  readonly emulator: { readonly input: undefined; readonly output: EmulatorPlace }
}

export type JobName = keyof Jobs

/** From the parent to the child. */
export interface JobOrder {
  readonly job: JobName
  readonly input: unknown
}

/** From the child to the parent. */
export type JobReport = { readonly output: unknown } | { readonly failure: string }
