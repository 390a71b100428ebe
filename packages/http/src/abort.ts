import type { HttpCancellation } from './message.ts'

/** What a request listens to. */
export type EndOfRequest = AbortSignal | HttpCancellation

/** Something that ends when a signal is aborted. */
export interface Abortable {
  abort(): void
  /** Its place among those that wait for the same signal; kept here. */
  place: number
}

/**
 * Those that wait, by signal. Arrays, because they leave no garbage behind: the tables of a `Set` and the listeners of an
 * `EventTarget` are chained, so that one that has grown old keeps all later ones, and their answers, alive.
 */
const waiting = new WeakMap<AbortSignal, Abortable[]>()

/**
 * Has `abort` called when the signal is aborted, until {@link unwatch}. All requests on a signal share one listener, as
 * Node warns of a leak from the eleventh on.
 */
export function watch(signal: EndOfRequest, target: Abortable): void {
  if ('onCancel' in signal) {
    signal.onCancel(target)
    return
  }
  let targets = waiting.get(signal)
  if (targets === undefined) {
    targets = []
    waiting.set(signal, targets)
  }
  if (targets.length === 0) signal.addEventListener('abort', onAbort)
  target.place = targets.length
  targets.push(target)
}

/** Ends {@link watch}; the listener goes with the last one. */
export function unwatch(signal: EndOfRequest, target: Abortable): void {
  if ('onCancel' in signal) return
  const targets = waiting.get(signal)
  const last = targets?.pop()
  if (targets === undefined || last === undefined) return
  if (last !== target) {
    targets[target.place] = last
    last.place = target.place
  }
  if (targets.length === 0) signal.removeEventListener('abort', onAbort)
}

function onAbort(event: Event): void {
  const targets = waiting.get(event.target as AbortSignal) ?? []
  for (const target of [...targets]) target.abort()
}

/** Whether a request need not even begin. */
export function hasEnded(signal: EndOfRequest): boolean {
  return 'onCancel' in signal ? signal.cancelled : signal.aborted
}
