import type { Cancellation } from './driver-contract.ts'

/** The end of one attempt: heard by transports directly, and by everybody else through a signal made on demand. */
export class CancellationSource implements Cancellation {
  cancelled = false
  reason: unknown
  #targets: { abort(): void }[] | undefined
  #controller: AbortController | undefined

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  onCancel(target: { abort(): void }): void {
    this.#targets ??= []
    this.#targets.push(target)
  }

  cancel(reason: unknown): void {
    if (this.cancelled) return
    this.cancelled = true
    this.reason = reason
    for (const target of this.#targets ?? []) target.abort()
    this.#controller?.abort(reason)
  }
}
