import type { Children } from './children.ts'

/** How much is measured. */
export interface Effort {
  readonly rounds: number
  readonly sliceMs: number
  readonly warmCalls: number
  readonly fileBytes: number
}

/** What every section works with. */
export interface Bench {
  readonly children: Children
  readonly effort: Effort
  progress(text: string): void
}
