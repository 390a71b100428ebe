import { describe, expect, it } from 'vitest'
import { codeOf, kmsErrorOf, listening, MESSAGE, signerOver } from './outcomes.ts'
import { fail, KEY, type ScriptedDriver, type Step, scriptedDriver, signatureBy, succeed } from './scripted-driver.ts'

describe('a failure', () => {
  it('below the driver counts as the requests that it was', async () => {
    const driver = scriptedDriver([signatureBy(KEY, { attempts: 3 })])
    expect((await signerOver(driver).sign(MESSAGE)).attempts).toBe(3)
  })

  it('that may pass is repeated, each time with a new attempt', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE'), fail('KMS_INTERNAL'), succeed])
    expect(await signerOver(driver).sign(MESSAGE)).toMatchObject({ attempts: 3, verified: true })
    expect(driver.attempts.map((attempt) => attempt.number)).toEqual([1, 2, 3])
  })

  it.each(['KMS_KEY_STATE', 'KMS_PERMISSION_DENIED', 'KMS_KEY_NOT_FOUND', 'KMS_UNKNOWN'] as const)(
    '%s is not repeated',
    async (code) => {
      const driver = scriptedDriver([fail(code)])
      const error = await kmsErrorOf(signerOver(driver).sign(MESSAGE))
      expect(error).toMatchObject({
        code,
        attempts: expect.any(Number),
        retryable: false,
        operation: 'sign',
        keyId: 'key-1',
      })
      expect(driver.attempts).toHaveLength(1)
    },
  )

  it('ends with the last error after maxAttempts', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE')])
    expect(await codeOf(signerOver(driver, { maxAttempts: 2, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_UNAVAILABLE')
    expect(driver.attempts).toHaveLength(2)
  })

  it('ends with the last error when the next wait would cross the deadline', async () => {
    const driver = scriptedDriver([fail('KMS_THROTTLED', { retryAfterMs: 5_000 })])
    const startedAt = performance.now()
    expect(await codeOf(signerOver(driver, { timeoutMs: 500, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_THROTTLED')
    expect(performance.now() - startedAt).toBeLessThan(400)
  })

  it('of an outage does not multiply the load', async () => {
    const driver = scriptedDriver([fail('KMS_INTERNAL')])
    const signer = signerOver(driver, { integrity: 'off' })
    const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf(signer.sign(MESSAGE))))
    expect(new Set(codes)).toEqual(new Set(['KMS_INTERNAL']))
    expect(driver.attempts.length / 300).toBeLessThanOrEqual(1.15)
  })

  it('of an outage costs one request for the public key, and not one with every call', async () => {
    let down = true
    const driver: ScriptedDriver = scriptedDriver([fail('KMS_INTERNAL'), fail('KMS_INTERNAL'), succeed], {
      fetchPublicKey: async ({ keyVersion }) => {
        driver.keyRequests.push(keyVersion)
        if (down) throw { mapped: { code: 'KMS_INTERNAL', phase: 'response' } }
        return { spki: KEY.publicKey.export({ type: 'spki', format: 'der' }) }
      },
    })
    const signer = signerOver(driver, { maxAttempts: 1 })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INTERNAL')
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INTERNAL')
    expect(driver.keyRequests).toHaveLength(1)
    down = false
    expect((await signer.sign(MESSAGE)).verified).toBe(true)
    expect(driver.keyRequests).toHaveLength(2)
  })

  it('on a stale connection is repeated at once and for nothing', async () => {
    const stale = fail('KMS_NETWORK', { phase: 'request', reusedConnection: true })
    const driver = scriptedDriver([stale, succeed])
    const waits: unknown[] = []
    await listening(
      'kmsign:attempt',
      ({ waitMs }) => void waits.push(waitMs),
      () => signerOver(driver, { integrity: 'off' }).sign(MESSAGE),
    )
    expect(waits).toEqual([0, undefined])
  })

  it('of the clock is mended by the Date of the server, once, for all signers of the scope', async () => {
    const clock = () => 1_000_000
    const step: Step = async (attempt, request) => {
      if (attempt.now() !== 4_600_000)
        throw { mapped: { code: 'KMS_CLOCK_SKEW', phase: 'response', serverDate: 4_600_000 } }
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([step])
    expect((await signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE)).attempts).toBe(2)
    expect((await signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE)).attempts).toBe(1)
  })

  it('of the clock that the Date of the server does not explain is final', async () => {
    const clock = () => 1_000_000
    const driver = scriptedDriver([fail('KMS_CLOCK_SKEW', { serverDate: 1_000_100 })])
    expect(await codeOf(signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_CLOCK_SKEW')
    expect(driver.attempts).toHaveLength(1)
  })

  it('of concurrent calls with one wrong clock costs each one repeat', async () => {
    const clock = () => 1_000_000
    const step: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (attempt.now() !== 4_600_000)
        throw { mapped: { code: 'KMS_CLOCK_SKEW', phase: 'response', serverDate: 4_600_000 } }
      return succeed(attempt, request)
    }
    const signer = signerOver(scriptedDriver([step]), { clock, integrity: 'off' })
    const results = await Promise.all(Array.from({ length: 10 }, () => signer.sign(MESSAGE)))
    expect(results.every((result) => result.attempts === 2)).toBe(true)
  })

  it('that is nothing known is KMS_UNKNOWN, whatever was thrown', async () => {
    for (const thrown of [undefined, null, 'text', 7, new Error('boom')]) {
      const driver = scriptedDriver([
        async () => {
          throw thrown
        },
      ])
      expect(await codeOf(signerOver(driver).sign(MESSAGE))).toBe('KMS_UNKNOWN')
    }
  })
})
