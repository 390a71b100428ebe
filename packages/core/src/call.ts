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

/**
 * The time and the patience of one public call. Every wait goes through {@link Call.bounded}, so that the caller's
 * signal, the whole-call timeout and `close` end it at once, whatever is being waited for.
 */
export interface Call {
  readonly operation: KmsOperation
  /** Requests sent so far for what the call was made for; the public key beside a signature is not counted. */
  requests: number
  /** The last failure, to be the cause of a timeout. */
  lastError: unknown
  readonly end: CallEnd | undefined
  /** Milliseconds left; Infinity before the deadline runs. */
  remainingMs(): number
  /** From now on the call's timeout counts, unless it does already. */
  startDeadline(): void
  /** Reading a source does not count: the timeout starts anew afterwards. */
  stopDeadline(): void
  /**
   * Settles as `start` does, but rejects with {@link Call.end} when the call ends first, or with `STEP_TIMEOUT` after
   * `limitMs`. `onEnd` hears either, to stop the work; its late outcome is ignored.
   */
  bounded<T>(start: () => Promise<T>, limitMs?: number, onEnd?: (reason: unknown) => void): Promise<T>
  wait(ms: number): Promise<void>
  finish(end: CallEnd): void
  /** Ends what still runs beside the call, and takes the listener off the caller's signal. */
  dispose(): void
}

export function openCall(
  operation: KmsOperation,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number },
): Call {
  const { signal, timeoutMs } = options
  const state: State = { deadlineAt: Number.POSITIVE_INFINITY, end: undefined, listeners: new Set() }
  const onAbort = () => finish(state, { by: 'caller', reason: signal?.reason })
  if (signal?.aborted) onAbort()
  // One listener per call and never AbortSignal.any, which leaks with a long-lived parent on Node 20.
  else signal?.addEventListener('abort', onAbort, { once: true })

  return {
    operation,
    requests: 0,
    lastError: undefined,
    get end() {
      return state.end
    },
    remainingMs: () => state.deadlineAt - performance.now(),
    startDeadline() {
      if (state.deadlineAt === Number.POSITIVE_INFINITY) state.deadlineAt = performance.now() + timeoutMs
    },
    stopDeadline() {
      state.deadlineAt = Number.POSITIVE_INFINITY
    },
    bounded: (start, limitMs, onEnd) => bounded(state, start, limitMs, onEnd),
    wait: (ms) => sleep(state, ms),
    finish: (end) => finish(state, end),
    dispose() {
      signal?.removeEventListener('abort', onAbort)
      finish(state, { by: 'result' })
    },
  }
}

interface State {
  deadlineAt: number
  end: CallEnd | undefined
  readonly listeners: Set<() => void>
}

function finish(state: State, end: CallEnd): void {
  if (state.end !== undefined) return
  state.end = end
  for (const listener of [...state.listeners]) listener()
}

function bounded<T>(
  state: State,
  start: () => Promise<T>,
  limitMs = Number.POSITIVE_INFINITY,
  onEnd?: (reason: unknown) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (state.end !== undefined) {
      reject(state.end)
      return onEnd?.(state.end)
    }
    const left = state.deadlineAt - performance.now()
    const limit = Math.max(0, Math.min(left, limitMs))
    const release = () => {
      clearTimeout(timer)
      state.listeners.delete(onCallEnd)
    }
    const stop = (reason: unknown) => {
      release()
      reject(reason)
      onEnd?.(reason)
    }
    const onCallEnd = () => stop(state.end)
    const onTimer = () => (left > limitMs ? stop(STEP_TIMEOUT) : finish(state, { by: 'deadline' }))
    const timer = limit === Number.POSITIVE_INFINITY ? undefined : setTimeout(onTimer, limit)
    state.listeners.add(onCallEnd)
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

async function sleep(state: State, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const wake = () =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
  await bounded(state, wake, undefined, () => clearTimeout(timer))
}
