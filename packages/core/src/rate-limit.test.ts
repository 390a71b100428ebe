import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRateLimiter, type RateLimit, type RateLimiter, type Release } from './rate-limit.ts'
import { createTokenBucket } from './token-bucket.ts'

const limited = (limit: RateLimit): RateLimiter => {
  const limiter = createRateLimiter()
  limiter.tighten(limit)
  return limiter
}

describe('a rate limiter', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Waits for a slot; the numbers of those that got one are in `order`. */
  const order: string[] = []
  beforeEach(() => void order.splice(0))
  function queueUp(limiter: RateLimiter, name: string) {
    const place = limiter.queue()
    const got: { release?: Release } = {}
    void place?.slot.then((release) => {
      order.push(name)
      got.release = release
    })
    return { place, got }
  }
  const settle = () => vi.advanceTimersByTimeAsync(0)

  test('without limits gives every slot at once', () => {
    const limiter = createRateLimiter()
    for (let count = 0; count < 100; count += 1) expect(limiter.tryAcquire()).toBeTypeOf('function')
  })

  test('gives as many slots as may be in flight, and another for each that comes back, once', () => {
    const limiter = limited({ concurrency: 2 })
    const [first, second, third] = [limiter.tryAcquire(), limiter.tryAcquire(), limiter.tryAcquire()]
    expect([typeof first, typeof second, third]).toEqual(['function', 'function', undefined])
    first?.()
    first?.()
    expect(limiter.tryAcquire()).toBeDefined()
    expect(limiter.tryAcquire()).toBeUndefined()
  })

  test('serves in the order of the queue, and lets nobody pass it', async () => {
    const limiter = limited({ concurrency: 1 })
    const holder = limiter.tryAcquire()
    const [one, two] = [queueUp(limiter, 'one'), queueUp(limiter, 'two')]
    holder?.()
    await settle()
    expect(order).toEqual(['one'])
    expect(limiter.tryAcquire()).toBeUndefined()
    one.got.release?.()
    await settle()
    expect(order).toEqual(['one', 'two'])
    two.got.release?.()
    expect(limiter.tryAcquire()).toBeDefined()
  })

  test('serves by the clock what waits for the rate', async () => {
    const limiter = limited({ perSecond: 10, burst: 1 })
    expect(limiter.tryAcquire()).toBeDefined()
    expect(limiter.tryAcquire()).toBeUndefined()
    for (const name of ['one', 'two', 'three']) queueUp(limiter, name)
    await vi.advanceTimersByTimeAsync(99)
    expect(order).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(order).toEqual(['one'])
    await vi.advanceTimersByTimeAsync(200)
    expect(order).toEqual(['one', 'two', 'three'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits for a release and not for the clock when the house is full', async () => {
    const limiter = limited({ perSecond: 1_000, concurrency: 1 })
    const holder = limiter.tryAcquire()
    queueUp(limiter, 'one')
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(order).toEqual([])
    holder?.()
    await settle()
    expect(order).toEqual(['one'])
  })

  test('refuses a place in a queue that is full', () => {
    const limiter = limited({ concurrency: 1, maxQueue: 2 })
    limiter.tryAcquire()
    expect([limiter.queue(), limiter.queue(), limiter.queue()].map((place) => place !== undefined)).toEqual([
      true,
      true,
      false,
    ])
    const none = limited({ concurrency: 1, maxQueue: 0 })
    none.tryAcquire()
    expect(none.queue()).toBeUndefined()
  })

  test('has a queue of a thousand unless told otherwise', () => {
    const limiter = limited({ concurrency: 1 })
    limiter.tryAcquire()
    const places = Array.from({ length: 1_001 }, () => limiter.queue())
    expect([places[999] === undefined, places[1_000] === undefined]).toEqual([false, true])
  })

  test('gives the place of who leaves to the next, and its timer with the last', async () => {
    const limiter = limited({ perSecond: 10, burst: 1 })
    limiter.tryAcquire()
    const [one, two] = [queueUp(limiter, 'one'), queueUp(limiter, 'two')]
    one.place?.leave()
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(order).toEqual(['two'])
    const three = queueUp(limiter, 'three')
    three.place?.leave()
    expect(vi.getTimerCount()).toBe(0)
    two.place?.leave()
    expect(order).toEqual(['two'])
  })

  test('gets the slot back from who leaves with it, and only once', async () => {
    const limiter = limited({ concurrency: 1 })
    const holder = limiter.tryAcquire()
    const one = queueUp(limiter, 'one')
    holder?.()
    one.place?.leave()
    one.place?.leave()
    await settle()
    expect(limiter.tryAcquire()).toBeDefined()
    one.got.release?.()
    expect(limiter.tryAcquire()).toBeUndefined()
  })

  test('of several limits keeps the smallest of each', () => {
    const limiter = limited({ concurrency: 3, maxQueue: 1 })
    limiter.tighten({ concurrency: 2, maxQueue: 5 })
    limiter.tighten({ concurrency: 9 })
    const slots = [1, 2, 3].map(() => limiter.tryAcquire())
    expect(slots.map((slot) => slot !== undefined)).toEqual([true, true, false])
    expect([limiter.queue(), limiter.queue()].map((place) => place !== undefined)).toEqual([true, false])
  })
})

describe('a token bucket', () => {
  let now = 0
  const bucketOf = (perSecond: number, burst: number) => {
    now = 0
    const bucket = createTokenBucket(() => now)
    bucket.tighten(perSecond, burst)
    return bucket
  }
  const takeAll = (bucket: ReturnType<typeof bucketOf>) => {
    let taken = 0
    for (; bucket.hasToken() && taken < 1_000; taken += 1) bucket.take()
    return taken
  }
  const UNLIMITED = Number.POSITIVE_INFINITY

  test.each([
    [10, 5, 5],
    [10, UNLIMITED, 10],
    [0.5, UNLIMITED, 1],
    [10, 20, 10],
    [UNLIMITED, 5, 1_000],
    [UNLIMITED, UNLIMITED, 1_000],
  ])('of %d a second and a burst of %d gives %i at first', (perSecond, burst, tokens) => {
    expect(takeAll(bucketOf(perSecond, burst))).toBe(tokens)
  })

  test('fills with time, up to its burst', () => {
    const bucket = bucketOf(10, 5)
    takeAll(bucket)
    now = 99
    expect(bucket.hasToken()).toBe(false)
    now = 100
    expect(takeAll(bucket)).toBe(1)
    now = 400
    expect(takeAll(bucket)).toBe(3)
    now = 60_000
    expect(takeAll(bucket)).toBe(5)
  })

  test('tells how long the next token takes, a millisecond at least', () => {
    const bucket = bucketOf(10, 1)
    bucket.take()
    expect(bucket.waitMs()).toBe(100)
    now = 25
    bucket.hasToken()
    expect(bucket.waitMs()).toBe(75)
    now = 99.9
    bucket.hasToken()
    expect(bucket.waitMs()).toBe(1)
  })

  test('of several limits keeps the smaller of each, and what was earned so far', () => {
    const bucket = bucketOf(10, 5)
    bucket.tighten(100, 3)
    expect(takeAll(bucket)).toBe(3)
    now = 100
    bucket.tighten(5, 100)
    expect(takeAll(bucket)).toBe(1)
    now = 200
    expect(takeAll(bucket)).toBe(0)
    now = 300
    expect(takeAll(bucket)).toBe(1)
  })
})
