/** Something that ends with its caller's signal. */
export interface Listener {
  onCallerAbort(reason: unknown): void
  /** Its place among those that listen to the same signal; kept here. */
  place: number
}

/** Those that listen, by signal. An array with places: its entries leave without a search, and nothing is left behind. */
const listening = new WeakMap<AbortSignal, Listener[]>()

/**
 * Hears of an abort until {@link unlisten}. All calls on a signal share one listener: Node warns of a leak from the
 * eleventh on, and `AbortSignal.any` does leak with a long-lived parent on Node 20.
 */
export function listen(signal: AbortSignal, listener: Listener): void {
  let listeners = listening.get(signal)
  if (listeners === undefined) {
    listeners = []
    listening.set(signal, listeners)
  }
  if (listeners.length === 0) signal.addEventListener('abort', onAbort)
  listener.place = listeners.length
  listeners.push(listener)
}

/** Ends {@link listen}; the signal's one listener goes with the last. */
export function unlisten(signal: AbortSignal, listener: Listener): void {
  const listeners = listening.get(signal)
  if (listeners?.[listener.place] !== listener) return
  const last = listeners.pop()
  if (last !== undefined && last !== listener) {
    listeners[listener.place] = last
    last.place = listener.place
  }
  if (listeners.length === 0) signal.removeEventListener('abort', onAbort)
}

function onAbort(event: Event): void {
  const signal = event.target as AbortSignal
  listening
    .get(signal)
    ?.slice()
    .forEach((listener) => {
      listener.onCallerAbort(signal.reason)
    })
}
