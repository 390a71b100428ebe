import type { Attempt, Cancellation } from './driver-contract.ts'

/**
 * The attempt that a driver is given, and its end: heard by transports directly, and by everybody else through a signal
 * made on demand. A class, since a literal with an accessor is a hash table for every request.
 */
export class DriverAttempt<C> implements Attempt<C>, Cancellation {
  readonly number: number
  readonly timeoutMs: number
  readonly credentials: C
  /** Its own, as drivers take it out of the attempt. */
  readonly now: () => number
  cancelled = false
  reason: unknown
  #target: { abort(): void } | undefined
  #others: { abort(): void }[] | undefined
  #controller: AbortController | undefined

  constructor(number: number, timeoutMs: number, clock: () => number, offset: number, credentials: C) {
    this.number = number
    this.timeoutMs = timeoutMs
    this.now = offset === 0 ? clock : () => clock() + offset
    this.credentials = credentials
  }

  get cancellation(): Cancellation {
    return this
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  onCancel(target: { abort(): void }): void {
    if (this.#target === undefined) this.#target = target
    else if (this.#others === undefined) this.#others = [target]
    else this.#others.push(target)
  }

  cancel(reason: unknown): void {
    if (this.cancelled) return
    this.cancelled = true
    this.reason = reason
    this.#target?.abort()
    for (const target of this.#others ?? []) target.abort()
    this.#controller?.abort(reason)
  }
}
