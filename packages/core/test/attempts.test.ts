import type { KmsignEvents } from '@kmsign/core'
import type { Attempt, MappedError } from '@kmsign/core/driver'
import { describe, expect, it } from 'vitest'
import { errorOf, listening, MESSAGE, signerOver } from './outcomes.ts'
import {
  type Credentials,
  fail,
  hang,
  type ScriptedDriver,
  type Step,
  scriptedDriver,
  succeed,
} from './scripted-driver.ts'

const HOUR_MS = 3_600_000
const NOW = 1_000_000

/** What is looked at here is how a signer asks, and not what comes of it. */
const askingOver = (driver: ScriptedDriver, options: object = {}) =>
  signerOver(driver, { integrity: 'off', ...options })
const refused = (mapped: Partial<MappedError> = {}) => fail('KMS_UNAUTHENTICATED', mapped)

describe('an attempt', () => {
  it('is cancelled with the reason of the caller', async () => {
    const controller = new AbortController()
    const heard: unknown[] = []
    const step: Step = (attempt, request) => {
      attempt.cancellation?.onCancel({ abort: () => void heard.push(attempt.cancellation?.reason) })
      setTimeout(() => controller.abort('the reason'), 1)
      return hang()(attempt, request)
    }
    const driver = scriptedDriver([step])
    expect(await errorOf(askingOver(driver).sign(MESSAGE, { signal: controller.signal }))).toBe('the reason')
    expect(heard).toEqual(['the reason'])
    expect(driver.attempts[0]?.signal.reason).toBe('the reason')
  })

  it.each([
    ['its own time is up', { attemptTimeoutMs: 5 }, 'KMS_TIMEOUT'],
    ['the time of the call is up', { timeoutMs: 5 }, 'KMS_TIMEOUT'],
  ])('is cancelled with an AbortError where %s', async (_when, options, code) => {
    const driver = scriptedDriver([hang({ deaf: true })])
    expect(await errorOf(askingOver(driver, { maxAttempts: 1, ...options }).sign(MESSAGE))).toMatchObject({ code })
    expect(driver.attempts[0]?.signal.reason).toMatchObject({ name: 'AbortError', message: 'Attempt over' })
  })

  it('ends alone with its own time, and with the call when that ends', async () => {
    const driver = scriptedDriver([hang({ deaf: true }), hang({ deaf: true }), succeed])
    const options = { attemptTimeoutMs: 20, timeoutMs: 5_000, maxAttempts: 3 }
    expect((await askingOver(driver, options).sign(MESSAGE)).attempts).toBe(3)
  })

  it.each([
    [{ attemptTimeoutMs: 4_000, timeoutMs: 9_000 }, 3_999, 4_000],
    [{ attemptTimeoutMs: 9_000, timeoutMs: 5_000 }, 4_000, 5_000],
  ])('has the time of an attempt or what is left of the call: %j', async (options, least, most) => {
    const driver = scriptedDriver([succeed])
    await askingOver(driver, options).sign(MESSAGE)
    expect(driver.attempts[0]?.timeoutMs).toBeGreaterThan(least)
    expect(driver.attempts[0]?.timeoutMs).toBeLessThanOrEqual(most)
  })

  it('fails in the same way where the driver throws before it waits', async () => {
    const mapped = { code: 'KMS_KEY_STATE', phase: 'response', providerCode: 'Disabled' }
    const throwing = () => {
      throw { mapped }
    }
    const driver = scriptedDriver([], { signPayload: throwing })
    expect(await errorOf(askingOver(driver).sign(MESSAGE))).toMatchObject({
      code: 'KMS_KEY_STATE',
      providerCode: 'Disabled',
    })
  })

  it('fails where the clock of the options throws', async () => {
    const driver = scriptedDriver([succeed])
    const clock = () => {
      throw new Error('no time')
    }
    expect(await errorOf(askingOver(driver, { clock }).sign(MESSAGE))).toMatchObject({ code: 'KMS_UNKNOWN' })
    expect(driver.attempts).toHaveLength(0)
  })
})

describe('rejected credentials', () => {
  const counted = (make: (call: number) => object) => {
    const source = { calls: 0, get: async () => make(source.calls++) as Credentials }
    return source
  }

  it('are the same again whatever their end: no second request, and the error of the first', async () => {
    const attempts: KmsignEvents['kmsign:attempt'][] = []
    const driver = scriptedDriver([refused({ providerCode: 'Once' })])
    const source = counted((call) => ({ token: 'same', expiresAt: new Date(Date.now() + HOUR_MS * (call + 1)) }))
    const error = await listening(
      'kmsign:attempt',
      (event) => void attempts.push(event),
      () => errorOf(askingOver(driver, { credentials: source.get }).sign(MESSAGE)),
    )
    expect(error).toMatchObject({ code: 'KMS_UNAUTHENTICATED', providerCode: 'Once', attempts: 1 })
    expect([driver.attempts.length, source.calls, attempts.length]).toEqual([1, 2, 1])
  })

  it.each([
    ['one part is new', { token: 'new', id: 'a' }],
    ['a part is missing', { token: 'old' }],
    ['a part was added', { token: 'old', id: 'a', session: 'b' }],
  ])('are others where %s', async (_what, second) => {
    const driver = scriptedDriver([refused(), succeed])
    const source = counted((call) => (call === 0 ? { token: 'old', id: 'a' } : second))
    expect((await askingOver(driver, { credentials: source.get }).sign(MESSAGE)).attempts).toBe(2)
    expect(driver.attempts.map(({ credentials }) => credentials)).toEqual([{ token: 'old', id: 'a' }, second])
  })

  it('are kept where the driver has a rule of its own for this refusal', async () => {
    const driver = scriptedDriver([refused({ retry: 'once' }), succeed])
    const source = counted(() => ({ token: 'good' }))
    const signer = askingOver(driver, { credentials: source.get })
    expect((await signer.sign(MESSAGE)).attempts).toBe(2)
    expect(source.calls).toBe(1)
  })

  it('are not those of a call that got none', async () => {
    const driver = scriptedDriver([succeed])
    const why = new Error('no credentials today')
    const source = async () => Promise.reject(why)
    const error = await errorOf(askingOver(driver, { credentials: source, maxAttempts: 1 }).sign(MESSAGE))
    expect(error).toMatchObject({ code: 'KMS_CREDENTIALS_UNAVAILABLE', cause: why, attempts: 0 })
  })
})

describe('the clock', () => {
  const skewed = (serverDate: number) => fail('KMS_CLOCK_SKEW', { serverDate })
  const clock = () => NOW

  it('is the corrected one for the end of credentials too', async () => {
    const given: Date[] = []
    // Good for half an hour by the clock of this machine, which is an hour late.
    const credentials = async () => {
      given.push(new Date(given.length === 0 ? NOW + HOUR_MS / 2 : NOW + 2 * HOUR_MS))
      return { token: 'x', expiresAt: given.at(-1) }
    }
    const driver = scriptedDriver([skewed(NOW + HOUR_MS), succeed])
    const signer = askingOver(driver, { clock, credentials })
    expect((await signer.sign(MESSAGE)).attempts).toBe(2)
    expect(given).toHaveLength(2)
    await signer.sign(MESSAGE)
    expect(given).toHaveLength(2)
  })

  it.each([
    ['a second, which a Date cannot tell', 1_000, 1],
    ['more than a second', 1_001, 2],
    ['more than a second the other way', -1_001, 2],
  ])('is corrected by %s', async (_how, offset, attempts) => {
    const driver = scriptedDriver([skewed(NOW + offset), succeed])
    const outcome = await askingOver(driver, { clock })
      .sign(MESSAGE)
      .catch((error: unknown) => error)
    expect(outcome).toMatchObject(attempts === 1 ? { code: 'KMS_CLOCK_SKEW', attempts } : { attempts })
    expect(driver.attempts.map((attempt: Attempt<Credentials>) => attempt.now() - NOW)).toEqual(
      [0, offset].slice(0, attempts),
    )
  })

  it('is not corrected twice by the same Date', async () => {
    const driver = scriptedDriver([skewed(NOW + HOUR_MS), succeed, skewed(NOW + HOUR_MS)])
    const signer = askingOver(driver, { clock })
    await signer.sign(MESSAGE)
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({ code: 'KMS_CLOCK_SKEW', attempts: 1 })
  })
})

describe('a full queue', () => {
  it('is told with the signer and the option', async () => {
    const driver = scriptedDriver([hang()])
    const signer = askingOver(driver, { name: 'mine', rateLimit: { concurrency: 1, maxQueue: 1 } })
    const waiting = [errorOf(signer.sign(MESSAGE)), errorOf(signer.sign(MESSAGE))]
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_THROTTLED',
      message: expect.stringContaining('the queue of this process is full (`rateLimit.maxQueue`)'),
      ...{ operation: 'sign', provider: 'scripted', signer: 'mine', keyId: 'key-1', attempts: 0 },
    })
    await signer.close({ timeoutMs: 0 })
    await Promise.all(waiting)
  })
})

describe('the event of an attempt', () => {
  it('has what is known and nothing else', async () => {
    const events: KmsignEvents['kmsign:attempt'][] = []
    const startedAt = performance.now()
    const refusing = scriptedDriver([fail('KMS_UNAVAILABLE', { httpStatus: 503 }), fail('KMS_KEY_STATE')])
    const run = async () => {
      await errorOf(askingOver(refusing, { name: 'mine' }).sign(MESSAGE))
      await askingOver(scriptedDriver([succeed]), { name: 'mine' }).sign(MESSAGE)
    }
    await listening('kmsign:attempt', (event) => void events.push(event), run)
    const allMs = performance.now() - startedAt
    const told = { signer: 'mine', provider: 'scripted', durationMs: expect.any(Number) }
    expect(events).toStrictEqual([
      { ...told, attempt: 1, httpStatus: 503, code: 'KMS_UNAVAILABLE', waitMs: expect.any(Number) },
      { ...told, attempt: 2, code: 'KMS_KEY_STATE' },
      { ...told, attempt: 1 },
    ])
    for (const { durationMs } of events) {
      expect(durationMs).toBeGreaterThanOrEqual(0)
      expect(durationMs).toBeLessThanOrEqual(allMs)
    }
  })
})
