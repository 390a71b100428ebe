import { type Listener, listen, unlisten } from './caller-signal.ts'
import type { KmsOperation } from './errors.ts'

/** Why a call is over before its work is done. */
export type CallEnd =
  | { readonly by: 'caller'; readonly reason: unknown }
  | { readonly by: 'deadline' }
  | { readonly by: 'close' }
  /** The call has its result; what ran beside it is not needed any more. */
  | { readonly by: 'result' }

/** A step took longer than it may, while the call itself still has time. */
export const STEP_TIMEOUT = Symbol('step timeout')

const HAS_RESULT: CallEnd = Object.freeze({ by: 'result' })

/**
 * The time and the patience of one public call. Every wait goes through {@link Call.bounded}, so that the caller's
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
      if (this.end !== undefined) {
        reject(this.end)
        return onEnd?.(this.end)
      }
      const step = new Step(this, limitMs, reject, onEnd)
      this.#add(step)
      const fail = (error: unknown) => {
        this.#remove(step)
        reject(error)
      }
      try {
        start().then((value) => {
          this.#remove(step)
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

  #add(step: Step): void {
    if (this.#step === undefined) {
      this.#step = step
      return
    }
    this.#others ??= []
    this.#others.push(step)
  }

  #remove(step: Step): void {
    clearTimeout(step.timer)
    if (this.#step === step) this.#step = undefined
    else this.#others = this.#others?.filter((other) => other !== step)
  }

  #stop(step: Step, reason: unknown): void {
    this.#remove(step)
    step.reject(reason)
    step.onEnd?.(reason)
  }
}

/** One wait of a call, with the timer that ends it. One object instead of closures, as there is one per request. */
class Step {
  readonly call: Call
  readonly reject: (reason: unknown) => void
  readonly onEnd: ((reason: unknown) => void) | undefined
  /** Whether the timer means the deadline of the call and not the limit of the step. */
  readonly endsCall: boolean
  readonly timer: NodeJS.Timeout | undefined

  constructor(call: Call, limitMs: number, reject: Step['reject'], onEnd: Step['onEnd']) {
    const left = call.remainingMs()
    this.call = call
    this.reject = reject
    this.onEnd = onEnd
    this.endsCall = left <= limitMs
    this.timer = startTimer(Math.min(left, limitMs), this)
  }
}

function expire(step: Step): void {
  step.call.expire(step)
}

function startTimer(ms: number, step: Step): NodeJS.Timeout | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, Math.max(0, ms), step)
}
