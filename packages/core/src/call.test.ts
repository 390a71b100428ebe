import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Call, STEP_TIMEOUT } from './call.ts'

const never = () => new Promise<never>(() => {})
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ['value', value],
    (reason: unknown) => ['reason', reason],
  )

describe('a call', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('passes on what a step gives, and what it throws, at once or later', async () => {
    const call = new Call('sign', undefined, 1_000)
    expect(await outcome(call.bounded(async () => 5))).toEqual(['value', 5])
    expect(await outcome(call.bounded(() => Promise.reject('no')))).toEqual(['reason', 'no'])
    const throws = () => {
      throw new Error('at once')
    }
    expect(await outcome(call.bounded(throws))).toEqual(['reason', new Error('at once')])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends no step without a deadline, and every step with one', async () => {
    const call = new Call('sign', undefined, 1_000)
    expect(call.remainingMs()).toBe(Number.POSITIVE_INFINITY)
    void outcome(call.bounded(never))
    expect(vi.getTimerCount()).toBe(0)
    call.startDeadline()
    const ends: unknown[] = []
    const waiting = outcome(call.bounded(never, undefined, (reason) => void ends.push(reason)))
    vi.advanceTimersByTime(999)
    expect([call.end, ends]).toEqual([undefined, []])
    vi.advanceTimersByTime(1)
    expect(await waiting).toEqual(['reason', { by: 'deadline' }])
    expect([call.end, ends]).toEqual([{ by: 'deadline' }, [{ by: 'deadline' }]])
  })

  test('counts from its first start, and anew after a stop', () => {
    const call = new Call('sign', undefined, 1_000)
    call.startDeadline()
    vi.advanceTimersByTime(400)
    call.startDeadline()
    expect(call.remainingMs()).toBe(600)
    call.stopDeadline()
    expect(call.remainingMs()).toBe(Number.POSITIVE_INFINITY)
    call.startDeadline()
    expect(call.remainingMs()).toBe(1_000)
  })

  test('ends a step after its own limit, and goes on itself', async () => {
    const call = new Call('sign', undefined, 1_000)
    call.startDeadline()
    const ends: unknown[] = []
    const waiting = outcome(call.bounded(never, 100, (reason) => void ends.push(reason)))
    vi.advanceTimersByTime(100)
    expect(await waiting).toEqual(['reason', STEP_TIMEOUT])
    expect([call.end, ends]).toEqual([undefined, [STEP_TIMEOUT]])
    expect(await outcome(call.bounded(async () => 5))).toEqual(['value', 5])
  })

  test('is over when its time and the limit of a step are up together, or its time is up before', async () => {
    for (const limit of [1_000, 2_000]) {
      const call = new Call('sign', undefined, 1_000)
      call.startDeadline()
      const waiting = outcome(call.bounded(never, limit))
      vi.advanceTimersByTime(1_000)
      expect(await waiting).toEqual(['reason', { by: 'deadline' }])
    }
  })

  test('ends a step at once when no time is left', async () => {
    const call = new Call('sign', undefined, 1_000)
    call.startDeadline()
    vi.advanceTimersByTime(5_000)
    const waiting = outcome(call.bounded(never))
    vi.advanceTimersByTime(0)
    expect(await waiting).toEqual(['reason', { by: 'deadline' }])
  })

  test('starts nothing once it is over, and tells the step', async () => {
    const call = new Call('sign', undefined, 1_000)
    call.finish({ by: 'close' })
    const start = vi.fn(never)
    const onEnd = vi.fn()
    expect(await outcome(call.bounded(start, undefined, onEnd))).toEqual(['reason', { by: 'close' }])
    expect(await outcome(call.bounded(start))).toEqual(['reason', { by: 'close' }])
    expect(start).not.toHaveBeenCalled()
    expect(onEnd.mock.calls).toEqual([[{ by: 'close' }]])
  })

  test('ends all steps that run, each once, and keeps its first end', async () => {
    const call = new Call('sign', undefined, 1_000)
    const told: string[] = []
    const steps = ['one', 'two', 'three'].map((name) =>
      outcome(call.bounded(never, undefined, () => void told.push(name))),
    )
    call.finish({ by: 'close' })
    call.finish({ by: 'deadline' })
    expect(await Promise.all(steps)).toEqual(Array.from({ length: 3 }, () => ['reason', { by: 'close' }]))
    expect(told).toEqual(['one', 'two', 'three'])
    expect(call.end).toEqual({ by: 'close' })
  })

  test('tells nothing to steps that were done before its end', async () => {
    const call = new Call('sign', undefined, 1_000)
    const told: string[] = []
    const settle: (() => void)[] = []
    const step = (name: string) =>
      call.bounded(
        () => new Promise<void>((resolve) => settle.push(resolve)),
        500,
        () => void told.push(name),
      )
    const done = [step('one'), step('two'), step('three')]
    const waiting = outcome(step('four'))
    for (const resolve of settle.slice(0, 3)) resolve()
    await Promise.all(done)
    expect(vi.getTimerCount()).toBe(1)
    call.finish({ by: 'close' })
    await waiting
    expect(told).toEqual(['four'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('takes the place of a step that was done for the next one', async () => {
    const call = new Call('sign', undefined, 1_000)
    await call.bounded(async () => 1)
    const waiting = outcome(call.bounded(never))
    call.finish({ by: 'close' })
    expect(await waiting).toEqual(['reason', { by: 'close' }])
  })

  test('waits, but not beyond its end', async () => {
    const call = new Call('sign', undefined, 1_000)
    const waited = outcome(call.wait(300))
    vi.advanceTimersByTime(299)
    vi.advanceTimersByTime(1)
    expect(await waited).toEqual(['value', undefined])
    const ended = outcome(call.wait(300))
    call.finish({ by: 'close' })
    expect(await ended).toEqual(['reason', { by: 'close' }])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe("a call on the caller's signal", () => {
  test('ends with it, before or after it began', async () => {
    const early = new Call('sign', AbortSignal.abort('before'), 1_000)
    expect(early.end).toEqual({ by: 'caller', reason: 'before' })
    const controller = new AbortController()
    const call = new Call('verify', controller.signal, 1_000)
    const waiting = outcome(call.bounded(never))
    controller.abort('after')
    expect(await waiting).toEqual(['reason', { by: 'caller', reason: 'after' }])
    expect(call.operation).toBe('verify')
  })

  test('does not listen to a signal that was aborted before', () => {
    const signal = AbortSignal.abort()
    new Call('sign', signal, 1_000).dispose()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('leaves it when disposed of, and ends what still runs beside its result', async () => {
    const { signal } = new AbortController()
    const call = new Call('sign', signal, 1_000)
    const beside = outcome(call.bounded(never))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    call.dispose()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(await beside).toEqual(['reason', { by: 'result' }])
    expect(Object.isFrozen(call.end)).toBe(true)
  })
})
