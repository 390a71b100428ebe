import type { Children } from './children.ts'
import type { ProcessRun, RunOptions } from './process-run.ts'

/** How much is measured. */
export interface Effort {
  readonly rounds: number
  readonly sliceMs: number
  /** One call after another is the noisiest measurement: what the machine does between two calls shows most. */
  readonly alone: { readonly rounds: number; readonly sliceMs: number }
  readonly warmCalls: number
  readonly coldRounds: number
  readonly fileBytes: number
}

/** What every section works with. */
export interface Bench {
  readonly children: Children
  readonly effort: Effort
  /** Ends with the program. */
  run(command: string, parameters: readonly string[], options?: RunOptions): Promise<ProcessRun>
  progress(text: string): void
}
