import type { Call } from './call.ts'
import type { CredentialsProvider } from './credentials.ts'
import { DriverAttempt } from './driver-attempt.ts'
import type { Attempt, MappedError } from './driver-contract.ts'
import { createKmsError } from './errors.ts'
import { hasListeners, publish } from './events.ts'
import { CredentialsFailure, type ErrorSubject, toKmsError, understand } from './failure.ts'
import type { RateLimiter, Release } from './rate-limit.ts'
import { decideRepeat, type Progress, retryRule } from './repeat.ts'
import { refund } from './retry-budget.ts'
import type { ScopeState } from './shared-state.ts'

/** What one signer brings to every attempt. */
export interface AttemptPolicy<C> extends ErrorSubject {
  readonly scope: ScopeState
  readonly credentials: CredentialsProvider<C>
  readonly limiter: RateLimiter | undefined
  readonly attemptTimeoutMs: number
  readonly maxAttempts: number
  readonly clock: () => number
  mapError(error: unknown): MappedError
}

/** The outcome of one provider operation. */
export interface DriverOutcome<T> {
  readonly value: T
  /** Requests that were sent for it. */
  readonly attempts: number
}

/**
 * Runs one provider operation: attempts, waits and corrections. The only step out of core, and the only `try` around a
 * driver, so that every provider behaves alike. Rejects with a `KmsError`, or with the end of the call itself.
 */
export async function callDriver<C, T>(
  policy: AttemptPolicy<C>,
  call: Call,
  perform: (attempt: Attempt<C>) => Promise<T>,
  /** Not what the call was made for: its requests do not count as the call's. */
  beside = false,
): Promise<DriverOutcome<T>> {
  const progress: Progress = { tries: 0, requests: 0, paid: 0, lastPaid: undefined, corrected: undefined }
  let trial: Trial<C> | undefined
  for (;;) {
    const release = policy.limiter === undefined ? undefined : await takeSlot(policy, policy.limiter, call)
    trial = beginTrial(policy, call, progress, trial)
    try {
      const credentials = credentialsInHand(policy, call, trial) ?? (await fetchCredentials(policy, call, trial))
      const value = await attemptOnce(policy, call, progress, { trial, credentials, beside }, perform)
      refund(policy.scope.budget, progress.lastPaid)
      publishAttempt(policy, progress, trial.startedAt)
      return { value, attempts: progress.requests }
    } catch (error) {
      trial.error = error
    } finally {
      release?.()
    }
    const waitMs = judge(policy, call, progress, trial)
    if (waitMs > 0) await call.wait(waitMs)
  }
}

/** One pass of the loop; what only a failure needs stays out of its frame, which is made for every signature. */
interface Trial<C> {
  readonly startedAt: number
  /** Milliseconds added to the clock. */
  readonly offset: number
  readonly refused: C | undefined
  used: C | undefined
  rejected: boolean
  error: unknown
}

function beginTrial<C>(policy: AttemptPolicy<C>, call: Call, progress: Progress, last: Trial<C> | undefined): Trial<C> {
  call.startDeadline()
  progress.tries += 1
  const refused = last?.rejected === true ? last.used : last?.refused
  const startedAt = performance.now()
  return { startedAt, offset: clockOffset(policy), refused, used: undefined, rejected: false, error: undefined }
}

/** Throws why there is no next attempt, or tells how many milliseconds to wait for it. */
function judge<C>(policy: AttemptPolicy<C>, call: Call, progress: Progress, trial: Trial<C>): number {
  const { error, used, startedAt, offset } = trial
  if (call.end !== undefined) throw call.end
  if (error === call.lastError && error !== undefined) throw error
  const failure = understand(error, policy.mapError)
  const rule = retryRule(failure, policy.credentials.renewable)
  call.lastError = toKmsError(policy, call, failure, rule, error)
  // A rule of the driver's own: it has renewed what was refused, such as a token made from these credentials.
  const theirs = failure.retry === undefined && policy.credentials.renewable
  if (failure.code === 'KMS_UNAUTHENTICATED' && used !== undefined && theirs) {
    policy.credentials.reject(used)
    trial.rejected = true
  }
  const waitMs = decideRepeat(failure, progress, repeatRules(policy, call, offset))
  publishAttempt(policy, progress, startedAt, failure, waitMs)
  if (waitMs === undefined) throw call.lastError
  return waitMs
}

function attemptOnce<C, T>(
  policy: AttemptPolicy<C>,
  call: Call,
  progress: Progress,
  { trial, credentials, beside }: { trial: Trial<C>; credentials: C; beside: boolean },
  perform: (attempt: Attempt<C>) => Promise<T>,
): Promise<T> {
  const { clock, attemptTimeoutMs } = policy
  const timeoutMs = Math.min(attemptTimeoutMs, call.remainingMs())
  if (!beside) call.requests += 1
  progress.requests += 1
  const attempt = new DriverAttempt(progress.requests, timeoutMs, clock, trial.offset, credentials)
  return call.bounded(
    () => perform(attempt),
    attemptTimeoutMs,
    () =>
      attempt.cancellation.cancel(
        call.end?.by === 'caller' ? call.end.reason : new DOMException('Attempt over', 'AbortError'),
      ),
  )
}

function credentialsInHand<C>(policy: AttemptPolicy<C>, call: Call, trial: Trial<C>): C | undefined {
  const credentials = policy.credentials.peek(policy.clock() + trial.offset)
  return credentials === undefined ? undefined : accept(call, trial, credentials)
}

/** The same credentials again would only be refused again. */
function accept<C>(call: Call, trial: Trial<C>, credentials: C): C {
  if (trial.refused !== undefined && sameCredentials(trial.refused, credentials)) throw call.lastError
  trial.used = credentials
  return credentials
}

async function fetchCredentials<C>(policy: AttemptPolicy<C>, call: Call, trial: Trial<C>): Promise<C> {
  const { promise, leave } = policy.credentials.fetch(policy.clock() + trial.offset)
  let credentials: C
  try {
    credentials = await call.bounded(() => promise, undefined, leave)
  } catch (error) {
    throw call.end === undefined ? new CredentialsFailure(error) : error
  }
  return accept(call, trial, credentials)
}

async function takeSlot(subject: ErrorSubject, limiter: RateLimiter, call: Call): Promise<Release> {
  const free = limiter.tryAcquire()
  if (free !== undefined) return free
  const place = limiter.queue()
  if (place === undefined) {
    throw createKmsError('KMS_THROTTLED', {
      ...subjectOf(subject),
      operation: call.operation,
      detail: 'the queue of this process is full (`rateLimit.maxQueue`)',
      attempts: call.requests,
    })
  }
  return call.bounded(() => place.slot, undefined, place.leave)
}

function repeatRules<C>(policy: AttemptPolicy<C>, call: Call, offset: number) {
  return {
    maxAttempts: policy.maxAttempts,
    remainingMs: call.remainingMs(),
    budget: policy.scope.budget,
    random: Math.random,
    renewable: policy.credentials.renewable,
    correctClock: (serverDate: number) => correctClock(policy, serverDate, offset),
  }
}

/** Dates are whole seconds, so a smaller difference is no correction. */
const CLOCK_RESOLUTION_MS = 1_000

function clockOffset<C>(policy: AttemptPolicy<C>): number {
  return policy.scope.clockOffsets.get(policy.clock) ?? 0
}

/** Compares with the offset that the failed attempt used: another call may have corrected the shared one meanwhile. */
function correctClock<C>(policy: AttemptPolicy<C>, serverDate: number, used: number): boolean {
  const offset = serverDate - policy.clock()
  policy.scope.clockOffsets.set(policy.clock, offset)
  return Math.abs(offset - used) > CLOCK_RESOLUTION_MS
}

function sameCredentials(left: unknown, right: unknown): boolean {
  if (left === right) return true
  const [one, other] = [left, right] as [Record<string, unknown>, Record<string, unknown>]
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  names.delete('expiresAt')
  return [...names].every((name) => one[name] === other[name])
}

function subjectOf({ provider, signer, keyId }: ErrorSubject): ErrorSubject {
  return { provider, signer, keyId }
}

function publishAttempt<C>(
  policy: AttemptPolicy<C>,
  progress: Progress,
  startedAt: number,
  failure?: MappedError,
  waitMs?: number,
): void {
  if (!hasListeners('kmsign:attempt')) return
  publish('kmsign:attempt', {
    signer: policy.signer,
    provider: policy.provider,
    attempt: progress.tries,
    durationMs: performance.now() - startedAt,
    ...(failure?.httpStatus === undefined ? {} : { httpStatus: failure.httpStatus }),
    ...(failure === undefined ? {} : { code: failure.code }),
    ...(waitMs === undefined ? {} : { waitMs }),
  })
}
