import { createTokenBucket } from './token-bucket.ts'

/** Limits that are set; the rest is unlimited. */
export interface RateLimit {
  readonly perSecond?: number | undefined
  readonly burst?: number | undefined
  readonly concurrency?: number | undefined
  readonly maxQueue?: number | undefined
}

/** Hands out slots for requests, first come first served. */
export interface RateLimiter {
  /** Takes on another signer's limits: of each figure the smallest given counts. */
  tighten(limit: RateLimit): void
  /** A slot at once, or undefined when one has to be waited for. */
  tryAcquire(): Release | undefined
  /** Waits for a slot; undefined when the queue is full. `leave` gives up the place, or the slot. */
  queue(): { readonly slot: Promise<Release>; leave(): void } | undefined
}

/** Ends the request that a slot was taken for. */
export type Release = () => void

interface Waiter {
  give(slot: Release): void
}

const DEFAULT_MAX_QUEUE = 1_000
const UNLIMITED = Number.POSITIVE_INFINITY

export function createRateLimiter(now: () => number = () => performance.now()): RateLimiter {
  const bucket = createTokenBucket(now)
  const waiting: Waiter[] = []
  let concurrency = UNLIMITED
  let maxQueue: number | undefined
  let inFlight = 0
  let timer: NodeJS.Timeout | undefined

  const take = (): Release | undefined => {
    if (inFlight >= concurrency || !bucket.hasToken()) return undefined
    inFlight += 1
    bucket.take()
    return onceOnly(() => {
      inFlight -= 1
      serve()
    })
  }

  const serve = () => {
    clearTimeout(timer)
    while (waiting.length > 0) {
      const slot = take()
      if (slot === undefined) break
      waiting.shift()?.give(slot)
    }
    // A full house is served by the next release, an empty bucket by the clock.
    if (waiting.length > 0 && inFlight < concurrency) timer = setTimeout(serve, bucket.waitMs())
  }

  const leave = (waiter: Waiter) => {
    const index = waiting.indexOf(waiter)
    if (index >= 0) waiting.splice(index, 1)
    if (waiting.length === 0) clearTimeout(timer)
  }

  return {
    tighten(limit) {
      bucket.tighten(limit.perSecond ?? UNLIMITED, limit.burst ?? UNLIMITED)
      concurrency = Math.min(concurrency, limit.concurrency ?? UNLIMITED)
      if (limit.maxQueue !== undefined) maxQueue = Math.min(maxQueue ?? UNLIMITED, limit.maxQueue)
    },
    tryAcquire: () => (waiting.length === 0 ? take() : undefined),
    queue() {
      if (waiting.length >= (maxQueue ?? DEFAULT_MAX_QUEUE)) return undefined
      const { waiter, slot, giveUp } = place()
      waiting.push(waiter)
      if (waiting.length === 1) serve()
      return {
        slot,
        leave() {
          giveUp()
          leave(waiter)
        },
      }
    },
  }
}

/** A place in the queue: a slot that its owner did not take yet goes back when it gives up. */
function place() {
  let held: Release | undefined
  let resolve: (slot: Release) => void
  const slot = new Promise<Release>((onSlot) => {
    resolve = onSlot
  })
  const waiter: Waiter = {
    give(given) {
      held = given
      resolve(given)
    },
  }
  return { waiter, slot, giveUp: () => held?.() }
}

function onceOnly(action: () => void): Release {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}
