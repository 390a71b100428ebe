import { isKmsError, type KmsignEvents, subscribe } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import { describe, expect, it } from 'vitest'
import { type Credentials, fail, type Step, scriptedDriver, succeed } from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const OFF = { integrity: 'off' as const }

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isKmsError(error) ? error.code : String(error)),
  )

/** Accepts one token only, as a provider does that has rotated. */
const accepts = (current: () => string): Step => {
  return async (attempt, request) => {
    if (attempt.credentials.token !== current()) throw { mapped: { code: 'KMS_UNAUTHENTICATED', phase: 'response' } }
    return succeed(attempt, request)
  }
}

describe('a credentials function', () => {
  it('is called once for many waiting calls and for all signers that were given it', async () => {
    let called = 0
    const credentials = async (): Promise<Credentials> => {
      called += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      return { token: 'one' }
    }
    const signers = [1, 2].map(() => createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', { credentials, ...OFF }))
    await Promise.all(signers.flatMap((signer) => [signer.sign(MESSAGE), signer.sign(MESSAGE)]))
    expect(called).toBe(1)
  })

  it('is asked again once when its credentials are rejected, with no call failing under load', async () => {
    let valid = 'one'
    const reasons: string[] = []
    const credentials = async ({ reason }: { readonly reason: string }): Promise<Credentials> => {
      reasons.push(reason)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { token: valid }
    }
    const signer = createSigner(scriptedDriver([accepts(() => valid)]), 'ECDSA_SHA_256', { credentials, ...OFF })
    await signer.sign(MESSAGE)
    valid = 'two'
    const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(signer.sign(MESSAGE))))
    expect(new Set(codes)).toEqual(new Set(['resolved']))
    expect(reasons).toEqual(['first', 'rejected'])
  })

  it('that returns the rejected credentials again costs no second request', async () => {
    const driver = scriptedDriver([fail('KMS_UNAUTHENTICATED')])
    const credentials = async (): Promise<Credentials> => ({ token: 'the same' })
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, ...OFF })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_UNAUTHENTICATED')
    expect(driver.attempts).toHaveLength(1)
  })

  it('that returns the very object that was rejected costs no second request', async () => {
    const driver = scriptedDriver([fail('KMS_UNAUTHENTICATED')])
    const same: Credentials = { token: 'the same' }
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials: async () => same, ...OFF })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_UNAUTHENTICATED')
    expect(driver.attempts).toHaveLength(1)
  })

  it('is asked again for credentials that have expired between two calls', async () => {
    let now = 0
    const reasons: string[] = []
    const credentials = async ({ reason }: { readonly reason: string }): Promise<Credentials & { expiresAt: Date }> => {
      reasons.push(reason)
      return { token: reason, expiresAt: new Date(now + 1_000) }
    }
    const driver = scriptedDriver([succeed])
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, clock: () => now, ...OFF })
    await signer.sign(MESSAGE)
    now = 5_000
    await signer.sign(MESSAGE)
    expect(reasons).toEqual(['first', 'expiring'])
    expect(driver.attempts.map((attempt) => attempt.credentials.token)).toEqual(['first', 'expiring'])
  })

  it('whose last waiter left is called anew, and its late answer is used all the same', async () => {
    const answers: ((credentials: Credentials) => void)[] = []
    const credentials = () => new Promise<Credentials>((resolve) => answers.push(resolve))
    const driver = scriptedDriver([succeed])
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, ...OFF })
    const controller = new AbortController()
    const leaving = codeOf(signer.sign(MESSAGE, { signal: controller.signal }))
    controller.abort('bye')
    expect(await leaving).toBe('bye')
    const staying = signer.sign(MESSAGE)
    expect(answers).toHaveLength(2)
    answers[0]?.({ token: 'late' })
    await new Promise((resolve) => setTimeout(resolve, 1))
    await signer.sign(MESSAGE)
    answers[1]?.({ token: 'right' })
    await staying
    expect(driver.attempts.map((attempt) => attempt.credentials.token)).toEqual(['late', 'right'])
  })

  it('is asked in good time before its credentials expire, and calls go on with the old ones', async () => {
    let now = 0
    let round = 0
    const reasons: string[] = []
    const credentials = async ({ reason }: { readonly reason: string }): Promise<Credentials & { expiresAt: Date }> => {
      reasons.push(reason)
      round += 1
      return { token: `${round}`, expiresAt: new Date(round * 100_000) }
    }
    const driver = scriptedDriver([succeed])
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, clock: () => now, ...OFF })
    await signer.sign(MESSAGE)
    now = 90_000
    await signer.sign(MESSAGE)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await signer.sign(MESSAGE)
    expect(driver.attempts.map((attempt) => attempt.credentials.token)).toEqual(['1', '1', '2'])
    expect(reasons).toEqual(['first', 'expiring'])
  })

  it.each([
    ['throws', () => Promise.reject(new Error('vault sealed'))],
    ['returns nothing', () => Promise.resolve(undefined as never)],
    ['returns an invalid expiry', () => Promise.resolve({ token: 'x', expiresAt: new Date(Number.NaN) })],
  ])('that %s gives KMS_CREDENTIALS_UNAVAILABLE with the cause', async (_what, credentials) => {
    const signer = createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', { credentials, maxAttempts: 2, ...OFF })
    const error: unknown = await signer.sign(MESSAGE).catch((reason: unknown) => reason)
    expect(isKmsError(error, 'KMS_CREDENTIALS_UNAVAILABLE') && error.cause).toBeInstanceOf(Error)
    expect(isKmsError(error) && error.attempts).toBe(0)
  })

  it('that never settles is given up at the deadline, and told so', async () => {
    let aborted = false
    const credentials = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<Credentials>(() => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
      })
    const signer = createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', { credentials, timeoutMs: 50, ...OFF })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_TIMEOUT')
    expect(aborted).toBe(true)
  })

  it("does not hear of one caller's abort while another waits", async () => {
    const controller = new AbortController()
    const credentials = async ({ signal }: { readonly signal: AbortSignal }): Promise<Credentials> => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      signal.throwIfAborted()
      return { token: 'one' }
    }
    const signer = createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', { credentials, ...OFF })
    const leaving = signer.sign(MESSAGE, { signal: controller.signal })
    const staying = signer.sign(MESSAGE)
    controller.abort('bye')
    await expect(leaving).rejects.toBe('bye')
    expect(await codeOf(staying)).toBe('resolved')
  })
})

describe('static credentials', () => {
  it('that are rejected are not tried again', async () => {
    const driver = scriptedDriver([fail('KMS_UNAUTHENTICATED')])
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials: { token: 'wrong' }, ...OFF })
    const error: unknown = await signer.sign(MESSAGE).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'KMS_UNAUTHENTICATED', retryable: false, attempts: 1 })
  })
})

describe('a rate limit', () => {
  const credentials = { token: 'x' }

  it('bounds requests in flight over all signers of a scope', async () => {
    let inFlight = 0
    let most = 0
    const step: Step = async (attempt, request) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inFlight -= 1
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([step])
    const options = { credentials, rateLimit: { concurrency: 3 }, ...OFF }
    const signers = [1, 2].map(() => createSigner(driver, 'ECDSA_SHA_256', options))
    const calls = signers.flatMap((signer) => Array.from({ length: 15 }, () => signer.sign(MESSAGE)))
    await Promise.all(calls)
    expect(most).toBe(3)
  })

  it('bounds requests per second', async () => {
    const signer = createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', {
      credentials,
      rateLimit: { perSecond: 100, burst: 5 },
      ...OFF,
    })
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 25 }, () => signer.sign(MESSAGE)))
    const seconds = (performance.now() - startedAt) / 1_000
    expect(seconds).toBeGreaterThan(0.18)
    expect(seconds).toBeLessThan(0.6)
  })

  it('serves in order, and a full queue fails at once', async () => {
    const order: number[] = []
    const step: Step = async (attempt, request) => {
      order.push(request.payload[0] ?? -1)
      await new Promise((resolve) => setTimeout(resolve, 3))
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([step])
    const rateLimit = { concurrency: 1, maxQueue: 5 }
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, rateLimit, ...OFF })
    const codes = await Promise.all(Array.from({ length: 8 }, (_, index) => codeOf(signer.sign(Uint8Array.of(index)))))
    expect(codes.filter((code) => code === 'KMS_THROTTLED')).toHaveLength(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('lets an aborted waiter go without losing its slot', async () => {
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return succeed(attempt, request)
    }
    const options = { credentials, rateLimit: { concurrency: 1 }, ...OFF }
    const signer = createSigner(scriptedDriver([slow]), 'ECDSA_SHA_256', options)
    const controller = new AbortController()
    const first = codeOf(signer.sign(MESSAGE))
    const second = codeOf(signer.sign(MESSAGE, { signal: controller.signal }))
    const third = codeOf(signer.sign(MESSAGE))
    controller.abort('left')
    expect(await Promise.all([first, second, third])).toEqual(['resolved', 'left', 'resolved'])
  })

  it('does not count waiting for a slot against the timeout', async () => {
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return succeed(attempt, request)
    }
    const options = { credentials, timeoutMs: 100, rateLimit: { concurrency: 1 }, ...OFF }
    const signer = createSigner(scriptedDriver([slow]), 'ECDSA_SHA_256', options)
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(signer.sign(MESSAGE))))
    expect(new Set(codes)).toEqual(new Set(['resolved']))
  })
})

describe('events', () => {
  it('tell of calls, attempts, credentials and unverified signatures, and hold no secret', async () => {
    const seen: unknown[] = []
    const names = ['kmsign:call', 'kmsign:attempt', 'kmsign:credentials', 'kmsign:unverified'] as const
    const stops = names.map((name) => subscribe(name, (event) => void seen.push({ event: name, ...event })))
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE', { httpStatus: 503 }), succeed], { publicKeyBy: 'none' })
    const credentials = async (): Promise<Credentials> => ({ token: 'CANARY' })
    const signer = createSigner(driver, 'ECDSA_SHA_256', { credentials, name: 'mine' })
    await signer.sign(MESSAGE)
    for (const stop of stops) stop()
    await signer.sign(MESSAGE)
    expect(seen).toMatchObject([
      { event: 'kmsign:credentials', reason: 'first', failed: false, signer: 'mine' },
      { event: 'kmsign:attempt', attempt: 1, httpStatus: 503, code: 'KMS_UNAVAILABLE', waitMs: expect.any(Number) },
      { event: 'kmsign:attempt', attempt: 2 },
      { event: 'kmsign:unverified', why: 'KMS_UNSUPPORTED' },
      { event: 'kmsign:call', operation: 'sign', attempts: 2 },
    ])
    expect(JSON.stringify(seen)).not.toContain('CANARY')
  })

  it('cannot be heard by what is not a function', () => {
    const error = new TypeError('The listener must be a function.')
    expect(() => subscribe('kmsign:call', 'log' as never)).toThrow(error)
  })

  it('of an unknown name cannot be listened to', () => {
    expect(() => subscribe('kmsign:nothing' as keyof KmsignEvents, () => {})).toThrow(TypeError)
  })
})
