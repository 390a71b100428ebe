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

type Listener = (end: CallEnd) => void

/**
 * The time and the patience of one public call. Every wait goes through {@link Call.bounded}, so that the caller's
 * signal, the whole-call timeout and `close` end it at once, whatever is being waited for.
 */
export class Call {
  readonly operation: KmsOperation
  /** Requests sent so far for what the call was made for; the public key beside a signature is not counted. */
  requests = 0
  /** The last failure, to be the cause of a timeout. */
  lastError: unknown
  end: CallEnd | undefined
  readonly #signal: AbortSignal | undefined
  readonly #timeoutMs: number
  readonly #listeners: Listener[] = []
  #onAbort: (() => void) | undefined
  #deadlineAt = Number.POSITIVE_INFINITY

  constructor(operation: KmsOperation, signal: AbortSignal | undefined, timeoutMs: number) {
    this.operation = operation
    this.#signal = signal
    this.#timeoutMs = timeoutMs
    if (signal === undefined) return
    const onAbort = () => this.finish({ by: 'caller', reason: signal.reason })
    if (signal.aborted) {
      onAbort()
      return
    }
    // One listener per call and never AbortSignal.any, which leaks with a long-lived parent on Node 20.
    signal.addEventListener('abort', onAbort, { once: true })
    this.#onAbort = onAbort
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
      const left = this.remainingMs()
      const stop = (reason: unknown) => {
        release()
        reject(reason)
        onEnd?.(reason)
      }
      const timer = startTimer(Math.min(left, limitMs), () => {
        if (left > limitMs) stop(STEP_TIMEOUT)
        else this.finish({ by: 'deadline' })
      })
      const release = () => {
        clearTimeout(timer)
        this.#listeners.splice(this.#listeners.indexOf(stop), 1)
      }
      this.#listeners.push(stop)
      const fail = (error: unknown) => {
        release()
        reject(error)
      }
      try {
        start().then((value) => {
          release()
          resolve(value)
        }, fail)
      } catch (error) {
        fail(error)
      }
    })
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
    for (const listener of [...this.#listeners]) listener(end)
  }

  /** Ends what still runs beside the call, and takes the listener off the caller's signal. */
  dispose(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.finish({ by: 'result' })
  }
}

function startTimer(ms: number, onTimer: () => void): NodeJS.Timeout | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(onTimer, Math.max(0, ms))
}
