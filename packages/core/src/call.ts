import { type Listener, listen, unlisten } from './caller-signal.ts'
import type { KmsOperation } from './errors.ts'

/** Why a call is over before its work is done. */
export type CallEnd =
  | { readonly by: 'caller'; readonly reason: unknown }
  | { readonly by: 'deadline' }
  | { readonly by: 'close' }
  /** The call has its result; what ran beside it is not needed any more. */
  | { readonly by: 'result' }

/** What a call waits for. An object and no closures, as there is one for every signature. */
export interface Step {
  readonly call: Call
  timer: NodeJS.Timeout | undefined
  /** Whether the timer means the deadline of the call and not the limit of the step. */
  endsCall: boolean
  /** The call has ended, or the time of this step. */
  stop(reason: unknown): void
}

/** A step took longer than it may, while the call itself still has time. */
export const STEP_TIMEOUT = Symbol('step timeout')

const HAS_RESULT: CallEnd = Object.freeze({ by: 'result' })

/**
 * The time and the patience of one public call. Every wait goes through {@link Call.enter}, so that the caller's
 * signal, the whole-call timeout and `close` end it at once, whatever is being waited for.
 */
export class Call implements Listener {
  readonly operation: KmsOperation
  /** Requests sent so far for what the call was made for; the public key beside a signature is not counted. */
  requests = 0
  /** The last failure, to be the cause of a timeout. */
  lastError: unknown
  end: CallEnd | undefined
  place = -1
  /** Its place among the calls of its signer. */
  seat = -1
  readonly startedAt = performance.now()
  readonly #signal: AbortSignal | undefined
  readonly #timeoutMs: number
  /** What is waited for: nearly always one step, now and then others beside it. */
  #step: Step | undefined
  #others: Step[] | undefined
  #deadlineAt = Number.POSITIVE_INFINITY

  constructor(operation: KmsOperation, signal: AbortSignal | undefined, timeoutMs: number) {
    this.operation = operation
    this.#signal = signal
    this.#timeoutMs = timeoutMs
    if (signal?.aborted) this.onCallerAbort(signal.reason)
    else if (signal !== undefined) listen(signal, this)
  }

  onCallerAbort(reason: unknown): void {
    this.finish({ by: 'caller', reason })
  }

  /** Milliseconds left; Infinity before the deadline runs. */
  remainingMs(): number {
    return this.#deadlineAt - performance.now()
  }

  /** From now on the call's timeout counts, unless it does already. */
  startDeadline(): void {
    if (this.#deadlineAt === Number.POSITIVE_INFINITY) this.#deadlineAt = performance.now() + this.#timeoutMs
  }

  /** Reading a source does not count: the timeout starts anew afterwards. */
  stopDeadline(): void {
    this.#deadlineAt = Number.POSITIVE_INFINITY
  }

  /** Has `step` stopped when the call ends, or with `STEP_TIMEOUT` after `limitMs`, until {@link leave}. */
  enter(step: Step, limitMs: number): void {
    const left = this.remainingMs()
    step.endsCall = left <= limitMs
    const ms = step.endsCall ? left : limitMs
    if (ms !== Number.POSITIVE_INFINITY) step.timer = setTimeout(expire, Math.max(0, ms), step)
    if (this.#step === undefined) this.#step = step
    else if (this.#others === undefined) this.#others = [step]
    else this.#others.push(step)
  }

  leave(step: Step): void {
    clearTimeout(step.timer)
    if (this.#step === step) this.#step = undefined
    else this.#others = this.#others?.filter((other) => other !== step)
  }

  /**
   * Settles as `start` does, but rejects with {@link Call.end} when the call ends first, or with `STEP_TIMEOUT` after
   * `limitMs`. `onEnd` hears either, to stop the work; its late outcome is ignored.
   */
  bounded<T>(
    start: () => Promise<T>,
    limitMs = Number.POSITIVE_INFINITY,
    onEnd?: (reason: unknown) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const wait = new Wait(this, reject, onEnd)
      if (this.end !== undefined) {
        wait.stop(this.end)
        return
      }
      this.enter(wait, limitMs)
      const fail = (error: unknown) => {
        this.leave(wait)
        reject(error)
      }
      try {
        start().then((value) => {
          this.leave(wait)
          resolve(value)
        }, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  /** The time of one step is up; the call's own may be too. */
  expire(step: Step): void {
    if (step.endsCall) this.finish({ by: 'deadline' })
    else this.#stop(step, STEP_TIMEOUT)
  }

  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const wake = () =>
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
    await this.bounded(wake, undefined, () => clearTimeout(timer))
  }

  finish(end: CallEnd): void {
    if (this.end !== undefined) return
    this.end = end
    const [step, others] = [this.#step, this.#others]
    if (step !== undefined) this.#stop(step, end)
    if (others !== undefined) for (const other of [...others]) this.#stop(other, end)
  }

  /** Ends what still runs beside the call, and takes the listener off the caller's signal. */
  dispose(): void {
    if (this.#signal !== undefined) unlisten(this.#signal, this)
    this.finish(HAS_RESULT)
  }

  #stop(step: Step, reason: unknown): void {
    this.leave(step)
    step.stop(reason)
  }
}

/** The wait of {@link Call.bounded}. */
class Wait implements Step {
  readonly call: Call
  timer: NodeJS.Timeout | undefined
  endsCall = false
  readonly #reject: (reason: unknown) => void
  readonly #onEnd: ((reason: unknown) => void) | undefined

  constructor(call: Call, reject: (reason: unknown) => void, onEnd: ((reason: unknown) => void) | undefined) {
    this.call = call
    this.#reject = reject
    this.#onEnd = onEnd
  }

  stop(reason: unknown): void {
    this.#reject(reason)
    this.#onEnd?.(reason)
  }
}

function expire(step: Step): void {
  step.call.expire(step)
}
