import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Call } from './call.ts'
import { createCallRoom } from './call-room.ts'
import type { KmsignEvents } from './contract.ts'
import { createKmsError } from './errors.ts'
import { subscribe } from './events.ts'
import type { Explain } from './key-facts.ts'

const SUBJECT = { provider: 'played', signer: 'mine', keyId: 'key-1' }
/** Far below the patience of `close`, far above what an idle machine needs. */
const AT_ONCE_MS = 1_000

/** A room, and what its signer holds: released how often. */
function openRoom({ timeoutMs = 60_000, explain }: { timeoutMs?: number; explain?: Explain } = {}) {
  const release = vi.fn(async () => {})
  return { room: createCallRoom(SUBJECT, { timeoutMs, release, explain }), release }
}

/** Work that goes on until it is let go, or its call ends. */
function gate() {
  const { promise, resolve } = withResolvers()
  return { open: resolve, work: (call: Call) => call.bounded(() => promise) }
}

function withResolvers() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )

describe('close', () => {
  test('of a room without calls waits for nothing', async () => {
    const { room, release } = openRoom()
    const startedAt = performance.now()
    await room.close()
    expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS)
    expect(release).toHaveBeenCalledOnce()
  })

  test('waits for every call, and ends with the last of them', async () => {
    const { room, release } = openRoom()
    const gates = [gate(), gate(), gate()]
    const calls = gates.map(({ work }) => outcomeOf(room.run('sign', undefined, work)))
    const startedAt = performance.now()
    const closing = room.close()
    for (const { open } of gates) {
      expect(release).not.toHaveBeenCalled()
      open()
      await delay(1)
    }
    await closing
    expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS)
    expect(await Promise.all(calls)).toEqual(['resolved', 'resolved', 'resolved'])
    expect(release).toHaveBeenCalledOnce()
  })

  test.each([
    ['the first', [0]],
    ['the last', [2]],
    ['the middle one', [1]],
    ['all but the last', [0, 1]],
    ['all but the first', [2, 1]],
    ['none', []],
  ])('out of patience ends those that are left when %s had left', async (_which, leaving) => {
    const { room, release } = openRoom()
    const gates = [gate(), gate(), gate()]
    const calls = gates.map(({ work }) => outcomeOf(room.run('sign', undefined, work)))
    for (const index of leaving) {
      gates[index]?.open()
      await calls[index]
    }
    await room.close({ timeoutMs: 1 })
    expect(release).toHaveBeenCalledOnce()
    for (const [index, call] of calls.entries()) {
      if (leaving.includes(index)) expect(await call).toBe('resolved')
      else expect(await call).toMatchObject({ code: 'KMS_SIGNER_CLOSED', operation: 'sign', ...SUBJECT })
    }
  })

  test('is one, however often it is asked for, and nothing enters after it', async () => {
    const { room, release } = openRoom()
    const work = vi.fn(async () => {})
    await Promise.all([room.close(), room.close({ timeoutMs: 0 })])
    await room.close()
    expect(release).toHaveBeenCalledOnce()
    const error = await outcomeOf(room.run('verify', undefined, work))
    expect(error).toMatchObject({ code: 'KMS_SIGNER_CLOSED', operation: 'verify', ...SUBJECT })
    expect(work).not.toHaveBeenCalled()
  })

  test('takes a number of milliseconds, 0 included', async () => {
    const { room } = openRoom()
    const call = outcomeOf(room.run('sign', undefined, gate().work))
    await expect(room.close({ timeoutMs: -1 })).rejects.toThrow(TypeError)
    await room.close({ timeoutMs: 0 })
    expect(await call).toMatchObject({ code: 'KMS_SIGNER_CLOSED' })
  })
})

describe('a call', () => {
  test('has its own timeout, or that of the signer', async () => {
    const { room } = openRoom({ timeoutMs: 5 })
    const remaining = (options?: { timeoutMs: number }) =>
      room.run('sign', options, async (call) => {
        call.startDeadline()
        return call.remainingMs()
      })
    expect(await remaining()).toBeLessThanOrEqual(5)
    expect(await remaining({ timeoutMs: 5_000 })).toBeGreaterThan(5)
  })

  test('that the caller has ended already does nothing', async () => {
    const { room } = openRoom()
    const work = vi.fn(async () => {})
    expect(await outcomeOf(room.run('sign', { signal: AbortSignal.abort('left') }, work))).toBe('left')
    expect(work).not.toHaveBeenCalled()
  })

  test('rejects with what its work throws at once', async () => {
    const { room } = openRoom()
    const thrown = new TypeError('at once')
    const throwing = () => {
      throw thrown
    }
    expect(await outcomeOf(room.run('sign', undefined, throwing))).toBe(thrown)
    await room.close()
  })

  test('has the options of its operation read', async () => {
    const { room } = openRoom()
    const work = async () => {}
    const options = (encoding: string) => ({ encoding }) as object
    expect(await outcomeOf(room.run('sign', options('der'), work))).toBe('resolved')
    expect(await outcomeOf(room.run('sign', options('raw'), work))).toBeInstanceOf(TypeError)
    expect(await outcomeOf(room.run('verify', options('raw'), work))).toBe('resolved')
    expect(await outcomeOf(room.run('verify', options('text'), work))).toBeInstanceOf(TypeError)
    expect(await outcomeOf(room.run('getPublicKey', options('text'), work))).toBe('resolved')
    expect(await outcomeOf(room.run('getPublicKey', { timeoutMs: 0 }, work))).toBeInstanceOf(TypeError)
  })

  test('that fails is explained, unless it was ended from outside', async () => {
    const explained = new Error('explained')
    const explain = vi.fn(async () => explained)
    const { room } = openRoom({ timeoutMs: 5, explain })
    const failing = async () => Promise.reject(new Error('refused'))
    expect(await outcomeOf(room.run('sign', undefined, failing))).toBe(explained)
    const { work } = gate()
    const late = room.run('sign', undefined, (call) => {
      call.startDeadline()
      return work(call)
    })
    expect(await outcomeOf(late)).toMatchObject({ code: 'KMS_TIMEOUT' })
    expect(explain).toHaveBeenCalledOnce()
  })
})

describe('the event of a call', () => {
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** Runs one call and gives what was told of it. */
  async function eventOf(work: (call: Call) => Promise<unknown>, options?: { signal: AbortSignal }) {
    const events: KmsignEvents['kmsign:call'][] = []
    stops.push(subscribe('kmsign:call', (event) => void events.push(event)))
    const startedAt = performance.now()
    await outcomeOf(openRoom().room.run('getPublicKey', options, work))
    const [{ durationMs, ...event } = { durationMs: -1 }, ...more] = events
    expect(more).toEqual([])
    expect(durationMs).toBeGreaterThanOrEqual(0)
    expect(durationMs).toBeLessThanOrEqual(performance.now() - startedAt)
    return event
  }

  const told = { signer: 'mine', provider: 'played', operation: 'getPublicKey', attempts: 2 }
  const requests = (call: Call) => {
    call.requests = 2
  }

  test('that went well says nothing of a failure', async () => {
    expect(await eventOf(async (call) => requests(call))).toStrictEqual(told)
  })

  test('that failed has the code', async () => {
    const failing = async (call: Call) => {
      requests(call)
      throw createKmsError('KMS_KEY_STATE', { operation: 'sign' })
    }
    expect(await eventOf(failing)).toStrictEqual({ ...told, code: 'KMS_KEY_STATE' })
  })

  test('that failed with an error of the program has none', async () => {
    const failing = async (call: Call) => {
      requests(call)
      throw new TypeError('wrong')
    }
    expect(await eventOf(failing)).toStrictEqual(told)
  })

  test('that the caller ended says so and has no code, whatever the reason', async () => {
    const controller = new AbortController()
    const leaving = (call: Call) => {
      requests(call)
      controller.abort(createKmsError('KMS_TIMEOUT', { operation: 'sign' }))
      return call.bounded(() => new Promise(() => {}))
    }
    expect(await eventOf(leaving, controller)).toStrictEqual({ ...told, aborted: true })
  })

  test('that the caller ended too late says nothing of that', async () => {
    const controller = new AbortController()
    const finished = async (call: Call) => {
      requests(call)
      controller.abort('too late')
    }
    expect(await eventOf(finished, controller)).toStrictEqual(told)
  })
})
