import type { RepeatKind } from './retry-budget.ts'

const BASE_MS = { transient: 50, throttling: 1_000 } as const
const MAX_WAIT_MS = 20_000
const RETRY_AFTER_SLACK_MS = 5_000

/**
 * Full jitter over an exponential bound. A Retry-After of the server is honoured between the computed wait and five
 * seconds more: never sooner than ourselves, never at the mercy of an absurd value.
 */
export function waitBeforeRepeat(
  kind: RepeatKind,
  repeat: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  const computed = random() * Math.min(BASE_MS[kind] * 2 ** repeat, MAX_WAIT_MS)
  if (retryAfterMs === undefined) return computed
  return Math.min(Math.max(retryAfterMs, computed), computed + RETRY_AFTER_SLACK_MS)
}
