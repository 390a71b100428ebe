/** When the event loop stood still, so that its delay is not laid at the door of a client. */
export interface LoopWatch {
  /** Milliseconds of the time between two moments in which no timer could fire. */
  delayWithin(from: number, to: number): number
  readonly worstMs: number
  stop(): void
}

const TICK_MS = 2

/** Moments are those of `performance.now()`. Asked after the run, when the last delay has been seen. */
export function watchLoop(): LoopWatch {
  const stalls: { readonly from: number; readonly to: number }[] = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - last > 2 * TICK_MS) stalls.push({ from: last + TICK_MS, to: now })
    last = now
  }, TICK_MS)
  return {
    delayWithin: (from, to) =>
      stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0),
    get worstMs() {
      return Math.max(0, ...stalls.map(({ from, to }) => to - from))
    },
    stop: () => clearInterval(timer),
  }
}
