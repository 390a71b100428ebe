import { waitBeforeRepeat } from './backoff.ts'
import type { MappedError } from './driver-contract.ts'
import { KMS_ERRORS, type KmsErrorCode } from './errors.ts'
import { payForRepeat, type RepeatKind, type RetryBudget } from './retry-budget.ts'

/** What has happened so far in one provider operation of a call. */
export interface Progress {
  /** Attempts begun, those that failed for want of credentials included. */
  tries: number
  /** Requests that were sent. */
  requests: number
  /** Repeats that were paid for. */
  paid: number
  lastPaid: RepeatKind | undefined
  /** Corrections made, if any; each may be made once. */
  corrected: Set<KmsErrorCode | 'stale connection'> | undefined
}

/** What a repeat may rest on. */
export interface RepeatRules {
  readonly maxAttempts: number
  readonly remainingMs: number
  readonly budget: RetryBudget
  readonly random: () => number
  /** Whether other credentials can be had after a rejection. */
  readonly renewable: boolean
  /** Corrects the clock by the server's; false when that changes nothing. */
  correctClock(serverDate: number): boolean
}

/** The rule for one failure: the mapping's own, else the code's; rejected credentials that are fixed never change. */
export function retryRule(failure: MappedError, renewable: boolean): 'never' | 'once' | 'backoff' {
  if (failure.retry !== undefined) return failure.retry
  if (failure.code === 'KMS_UNAUTHENTICATED' && !renewable) return 'never'
  return KMS_ERRORS[failure.code].retry
}

/** Milliseconds to wait before the next attempt, or undefined when this failure is final. */
export function decideRepeat(failure: MappedError, progress: Progress, rules: RepeatRules): number | undefined {
  const rule = retryRule(failure, rules.renewable)
  if (rule === 'never') return undefined
  // Learned even when this call may not try again: the next one will be right.
  if (failure.code === 'KMS_CLOCK_SKEW' && !clockCorrected(failure, rules)) return undefined
  if (progress.tries >= rules.maxAttempts) return undefined
  if (isStaleConnection(failure) && once(progress, 'stale connection')) return 0
  if (failure.code === 'KMS_CLOCK_SKEW' || failure.code === 'KMS_UNAUTHENTICATED') {
    return once(progress, failure.code) ? 0 : undefined
  }
  if (rule === 'once' && !once(progress, failure.code)) return undefined
  return payAndWait(failure, progress, rules)
}

function clockCorrected(failure: MappedError, rules: RepeatRules): boolean {
  return failure.serverDate !== undefined && rules.correctClock(failure.serverDate)
}

/** A kept-alive connection that the server closed just as it was used again: nothing is wrong with the service. */
function isStaleConnection(failure: MappedError): boolean {
  return failure.code === 'KMS_NETWORK' && failure.phase === 'request' && failure.reusedConnection !== false
}

function once(progress: Progress, correction: KmsErrorCode | 'stale connection'): boolean {
  progress.corrected ??= new Set()
  if (progress.corrected.has(correction)) return false
  progress.corrected.add(correction)
  return true
}

function payAndWait(failure: MappedError, progress: Progress, rules: RepeatRules): number | undefined {
  const kind = failure.code === 'KMS_THROTTLED' ? 'throttling' : 'transient'
  const wait = waitBeforeRepeat(kind, progress.paid, failure.retryAfterMs, rules.random)
  if (wait >= rules.remainingMs) return undefined
  if (!payForRepeat(rules.budget, kind)) return undefined
  progress.paid += 1
  progress.lastPaid = kind
  return wait
}
