import type { GroupName } from '../../src/run.ts'
import type { Bug } from '../reference/adapter.ts'

/** A bug and the test that names it. */
export interface SeededBug extends Bug {
  readonly bug: string
  readonly group: GroupName
  /** Part of the title of the tests of that group, one of which must fail. */
  readonly caughtBy: string
  /** The test that catches it may never end, since what it waits for never does. */
  readonly mayHang?: boolean
}

/** An adapter that signs messages only. */
export const MODEST = { digest: false, remoteVerify: false, messageBytes: [1, 1_000], rotation: false } as const

/** Options of a call without its signal. */
export const deaf = <O extends { readonly signal?: AbortSignal }>({ signal: _ignored, ...options }: O = {} as O) =>
  options
