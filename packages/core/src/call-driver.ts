import type { Call, Step } from './call.ts'
import type { CredentialsProvider } from './credentials.ts'
import { DriverAttempt } from './driver-attempt.ts'
import type { Attempt, MappedError } from './driver-contract.ts'
import { createKmsError } from './errors.ts'
import { hasListeners, publish } from './events.ts'
import { CredentialsFailure, type ErrorSubject, toKmsError, understand } from './failure.ts'
import type { RateLimiter, Release } from './rate-limit.ts'
import { decideRepeat, type Progress, retryRule } from './repeat.ts'
import { type RepeatKind, refund } from './retry-budget.ts'
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

/** What a driver can be asked to do. */
export interface Work<C, R, T> {
  /** Not what the call was made for: its requests do not count as the call's. */
  readonly beside?: boolean
  perform(request: R, attempt: Attempt<C>): Promise<T>
}

/**
 * Runs one provider operation: attempts, waits and corrections. The only step out of core, and the only `try` around a
 * driver, so that every provider behaves alike. Rejects with a `KmsError`, or with the end of the call itself.
 */
export function callDriver<C, R, T>(
  policy: AttemptPolicy<C>,
  call: Call,
  work: Work<C, R, T>,
  request: R,
): Promise<DriverOutcome<T>> {
  return new Promise((resolve, reject) => {
    new Operation(policy, call, work, request, resolve, reject).begin()
  })
}

/** The loop of {@link callDriver}, from attempt to attempt. An object and no loop, whose frame would cost several. */
class Operation<C, R, T> implements Step, Progress {
  readonly call: Call
  timer: NodeJS.Timeout | undefined
  endsCall = false
  tries = 0
  requests = 0
  paid = 0
  lastPaid: RepeatKind | undefined
  corrected: Progress['corrected']
  readonly #policy: AttemptPolicy<C>
  readonly #work: Work<C, R, T>
  readonly #request: R
  readonly #resolve: (outcome: DriverOutcome<T>) => void
  readonly #reject: (reason: unknown) => void
  #release: Release | undefined
  #startedAt = 0
  /** Milliseconds added to the clock. */
  #offset = 0
  #used: C | undefined
  /** Credentials that the provider would not take. */
  #refused: C | undefined
  /** The attempt that is waited for. */
  #attempt: DriverAttempt<C> | undefined

  constructor(
    policy: AttemptPolicy<C>,
    call: Call,
    work: Work<C, R, T>,
    request: R,
    resolve: (outcome: DriverOutcome<T>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#policy = policy
    this.call = call
    this.#work = work
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Makes the next attempt. */
  begin(): void {
    const { limiter } = this.#policy
    if (limiter === undefined) this.#try()
    else this.#queue(limiter)
  }

  /** The call has ended, or the time of the attempt. */
  stop(reason: unknown): void {
    const { end } = this.call
    this.#attempt?.cancel(end?.by === 'caller' ? end.reason : new DOMException('Attempt over', 'AbortError'))
    this.#fail(reason)
  }

  #queue(limiter: RateLimiter): void {
    takeSlot(this.#policy, limiter, this.call).then((release) => {
      this.#release = release
      this.#try()
    }, this.#reject)
  }

  #try(): void {
    const { credentials, clock } = this.#policy
    this.call.startDeadline()
    this.tries += 1
    this.#used = undefined
    this.#startedAt = performance.now()
    this.#offset = clockOffset(this.#policy)
    try {
      const inHand = credentials.peek(clock() + this.#offset)
      if (inHand === undefined) this.#fetch(credentials.fetch(clock() + this.#offset))
      else this.#send(inHand)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fetch({ promise, leave }: ReturnType<CredentialsProvider<C>['fetch']>): void {
    const { call } = this
    const fail = (error: unknown) => this.#fail(call.end === undefined ? new CredentialsFailure(error) : error)
    call.bounded(() => promise, undefined, leave).then((credentials) => this.#send(credentials), fail)
  }

  #send(credentials: C): void {
    const { call } = this
    // The same credentials again would only be refused again.
    const again = this.#refused !== undefined && sameCredentials(this.#refused, credentials)
    if (again || call.end !== undefined) {
      this.#fail(call.lastError)
      return
    }
    this.#used = credentials
    this.requests += 1
    if (this.#work.beside !== true) call.requests += 1
    const { attemptTimeoutMs, clock } = this.#policy
    const timeoutMs = Math.min(attemptTimeoutMs, call.remainingMs())
    const attempt = new DriverAttempt(this.requests, timeoutMs, clock, this.#offset, credentials)
    this.#attempt = attempt
    call.enter(this, attemptTimeoutMs)
    try {
      this.#work.perform(this.#request, attempt).then(
        (value) => this.#succeed(attempt, value),
        (error) => this.#lose(attempt, error),
      )
    } catch (error) {
      this.#lose(attempt, error)
    }
  }

  #succeed(attempt: DriverAttempt<C>, value: T): void {
    if (attempt !== this.#attempt) return
    this.call.leave(this)
    this.#release?.()
    refund(this.#policy.scope.budget, this.lastPaid)
    publishAttempt(this.#policy, this, this.#startedAt)
    this.#resolve({ value, attempts: this.requests })
  }

  #lose(attempt: DriverAttempt<C>, error: unknown): void {
    if (attempt !== this.#attempt) return
    this.call.leave(this)
    this.#fail(error)
  }

  #fail(error: unknown): void {
    this.#attempt = undefined
    this.#release?.()
    this.#release = undefined
    try {
      const waitMs = this.#judge(error)
      if (waitMs === 0) this.begin()
      else this.call.wait(waitMs).then(() => this.begin(), this.#reject)
    } catch (final) {
      this.#reject(final)
    }
  }

  /** Throws why there is no next attempt, or tells how many milliseconds to wait for it. */
  #judge(error: unknown): number {
    const { call } = this
    const policy = this.#policy
    if (call.end !== undefined) throw call.end
    if (error === call.lastError && error !== undefined) throw error
    const failure = understand(error, policy.mapError)
    const rule = retryRule(failure, policy.credentials.renewable)
    call.lastError = toKmsError(policy, call, failure, rule, error)
    // A rule of the driver's own: it has renewed what was refused, such as a token made from these credentials.
    const theirs = failure.retry === undefined && policy.credentials.renewable
    if (failure.code === 'KMS_UNAUTHENTICATED' && this.#used !== undefined && theirs) {
      policy.credentials.reject(this.#used)
      this.#refused = this.#used
    }
    const waitMs = decideRepeat(failure, this, repeatRules(policy, call, this.#offset))
    publishAttempt(policy, this, this.#startedAt, failure, waitMs)
    if (waitMs === undefined) throw call.lastError
    return waitMs
  }
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
