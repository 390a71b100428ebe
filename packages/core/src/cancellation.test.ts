import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type Listener, listen, unlisten } from './caller-signal.ts'
import { DriverAttempt } from './driver-attempt.ts'

describe('the end of an attempt', () => {
  const newAttempt = () => new DriverAttempt(1, 50, Date.now, 0, 'credentials')

  test('is told to every target once, in order', () => {
    const source = newAttempt()
    const told: string[] = []
    source.onCancel({ abort: () => void told.push('one') })
    source.onCancel({ abort: () => void told.push('two') })
    source.onCancel({ abort: () => void told.push('three') })
    expect([source.cancelled, source.reason, told]).toEqual([false, undefined, []])
    source.cancel('late')
    source.cancel('later')
    expect([source.cancelled, source.reason, told]).toEqual([true, 'late', ['one', 'two', 'three']])
  })

  test('is not told to a target that comes after it', () => {
    const source = newAttempt()
    source.cancel('late')
    const told: string[] = []
    source.onCancel({ abort: () => void told.push('one') })
    source.cancel('again')
    expect(told).toEqual([])
  })

  test('aborts the signal, read before or after it', () => {
    const before = newAttempt()
    const { signal } = before
    expect(before.signal).toBe(signal)
    expect(signal.aborted).toBe(false)
    before.cancel('late')
    expect([signal.aborted, signal.reason]).toEqual([true, 'late'])

    const after = newAttempt()
    after.cancel('late')
    expect([after.signal.aborted, after.signal.reason]).toEqual([true, 'late'])
  })

  test('ends the attempt that a driver has', () => {
    let now = 100
    const attempt = new DriverAttempt(2, 50, () => now, 7, 'credentials')
    expect(attempt).toMatchObject({ number: 2, timeoutMs: 50, credentials: 'credentials' })
    const { now: time, signal } = attempt
    now = 200
    expect(time()).toBe(207)
    attempt.cancel('over')
    expect([signal.aborted, attempt.cancellation.cancelled]).toEqual([true, true])
  })
})

describe("the caller's signal", () => {
  const listener = (told: unknown[]): Listener => ({ place: -1, onCallerAbort: (reason) => void told.push(reason) })
  const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

  test('has one listener for all calls, which leaves with the last of them', () => {
    const { signal } = new AbortController()
    const calls = [listener([]), listener([]), listener([])]
    for (const call of calls) listen(signal, call)
    expect(listenersOf(signal)).toBe(1)
    for (const call of calls.slice(1)) unlisten(signal, call)
    expect(listenersOf(signal)).toBe(1)
    for (const call of calls) unlisten(signal, call)
    expect(listenersOf(signal)).toBe(0)
  })

  test('has its listener again when calls come after the last has left', () => {
    const controller = new AbortController()
    const told: unknown[] = []
    const call = listener(told)
    listen(controller.signal, call)
    unlisten(controller.signal, call)
    listen(controller.signal, call)
    controller.abort('bye')
    expect(told).toEqual(['bye'])
  })

  test.each([
    [[0], ['b', 'c']],
    [[1], ['a', 'c']],
    [[2], ['a', 'b']],
    [[0, 1], ['c']],
    [[0, 2], ['b']],
    [[1, 0, 1], ['c']],
    [[0, 1, 2], []],
  ])('tells those that still listen after %j have left', (leaving, left) => {
    const controller = new AbortController()
    const told: string[] = []
    const calls = ['a', 'b', 'c'].map((name): Listener => ({ place: -1, onCallerAbort: () => void told.push(name) }))
    for (const call of calls) listen(controller.signal, call)
    for (const index of leaving) for (const call of calls.slice(index, index + 1)) unlisten(controller.signal, call)
    controller.abort()
    expect(told.sort()).toEqual(left)
  })

  test('tells all of them, though each leaves when it is told', () => {
    const controller = new AbortController()
    const { signal } = controller
    const told: number[] = []
    for (let index = 0; index < 20; index += 1) {
      const call: Listener = {
        place: -1,
        onCallerAbort() {
          told.push(index)
          unlisten(signal, call)
        },
      }
      listen(signal, call)
    }
    controller.abort()
    expect(told).toHaveLength(20)
    expect(listenersOf(signal)).toBe(0)
  })

  test('is not touched for a call that never listened', () => {
    const { signal } = new AbortController()
    expect(() => unlisten(signal, listener([]))).not.toThrow()
    const call = listener([])
    listen(signal, call)
    unlisten(signal, { place: 0, onCallerAbort() {} })
    expect(listenersOf(signal)).toBe(1)
  })
})
