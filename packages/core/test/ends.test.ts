import { getEventListeners } from 'node:events'
import { isKmsError } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { codeOf, kmsErrorOf, MESSAGE, signerOver } from './outcomes.ts'
import { fail, hang, KEY, type Step, scriptedDriver, signatureBy, succeed } from './scripted-driver.ts'

describe('time', () => {
  it('for one attempt is bounded, even when the driver hears no signal', async () => {
    const driver = scriptedDriver([hang({ deaf: true }), succeed])
    const result = await signerOver(driver, { attemptTimeoutMs: 60, integrity: 'off' }).sign(MESSAGE)
    expect(result.attempts).toBe(2)
    expect(driver.attempts[0]?.signal.aborted).toBe(true)
  })

  it.each([
    ['answer', (settle: { resolve(): void; reject(): void }) => settle.resolve()],
    ['failure', (settle: { resolve(): void; reject(): void }) => settle.reject()],
  ])('that one attempt has outlived makes its late %s worthless', async (_, end) => {
    let endFirst = () => {}
    const first: Step = (attempt, request) =>
      new Promise((resolve, reject) => {
        const answer = () => void signatureBy(KEY, { requestId: 'late' })(attempt, request).then(resolve)
        endFirst = () => end({ resolve: answer, reject: () => reject(new Error('late')) })
      })
    const second: Step = async (attempt, request) => {
      endFirst()
      await new Promise((resolve) => setTimeout(resolve, 5))
      return signatureBy(KEY, { requestId: 'in time' })(attempt, request)
    }
    const signer = signerOver(scriptedDriver([first, second]), { attemptTimeoutMs: 40, integrity: 'off' })
    expect(await signer.sign(MESSAGE)).toMatchObject({ requestId: 'in time', attempts: 2 })
  })

  it('for the whole call is bounded over attempts, with the last failure as cause', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE'), hang()])
    const startedAt = performance.now()
    const error = await kmsErrorOf(signerOver(driver, { timeoutMs: 150, integrity: 'off' }).sign(MESSAGE))
    expect(error.code).toBe('KMS_TIMEOUT')
    expect(isKmsError(error.cause, 'KMS_UNAVAILABLE')).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('for reading a stream does not count', async () => {
    async function* slowly() {
      yield MESSAGE.subarray(0, 4)
      await new Promise((resolve) => setTimeout(resolve, 120))
      yield MESSAGE.subarray(4)
    }
    const signer = signerOver(scriptedDriver([succeed]), { timeoutMs: 100 })
    const { signature } = await signer.signStream(slowly())
    expect(await signer.verify(MESSAGE, signature)).toBe(true)
  })
})

describe("the caller's signal", () => {
  it.each([
    ['during an attempt', hang({ deaf: true })],
    ['during a wait', fail('KMS_THROTTLED', { retryAfterMs: 4_000 })],
  ])('%s ends the call with its own reason, unchanged', async (_when, step) => {
    const controller = new AbortController()
    const reason = { mine: true }
    const pending = signerOver(scriptedDriver([step]), { integrity: 'off' }).sign(MESSAGE, {
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(reason), 20)
    await expect(pending).rejects.toBe(reason)
  })

  it('that is aborted already means that nothing is sent', async () => {
    const driver = scriptedDriver([succeed])
    await expect(signerOver(driver).sign(MESSAGE, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(driver.attempts).toHaveLength(0)
  })

  it('has one listener, whatever the number of calls', async () => {
    const { signal } = new AbortController()
    let most = 0
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      most = Math.max(most, getEventListeners(signal, 'abort').length)
      return succeed(attempt, request)
    }
    const signer = signerOver(scriptedDriver([slow]))
    await Promise.all(Array.from({ length: 30 }, () => signer.sign(MESSAGE, { signal })))
    expect([most, getEventListeners(signal, 'abort').length]).toEqual([1, 0])
  })

  it('while a stream is read closes the stream', async () => {
    let closed = false
    async function* endless() {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          yield new Uint8Array(1)
        }
      } finally {
        closed = true
      }
    }
    const controller = new AbortController()
    const pending = signerOver(scriptedDriver([succeed])).signStream(endless(), { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 30)
    await expect(pending).rejects.toBe('enough')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(closed).toBe(true)
  })
})

describe('close', () => {
  it('refuses new calls, lets running ones finish, and is idempotent', async () => {
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([slow])
    const signer = signerOver(driver)
    const running = signer.sign(MESSAGE)
    const closing = signer.close()
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_SIGNER_CLOSED')
    expect((await running).verified).toBe(true)
    await Promise.all([closing, signer.close()])
    expect(driver.closed).toBe(1)
  })

  it('ends what does not finish in time', async () => {
    const signer = signerOver(scriptedDriver([hang({ deaf: true })]))
    const running = codeOf(signer.sign(MESSAGE))
    await signer.close({ timeoutMs: 20 })
    expect(await running).toBe('KMS_SIGNER_CLOSED')
  })

  it('ends everything at once without patience', async () => {
    const signer = signerOver(scriptedDriver([hang({ deaf: true })]))
    const running = codeOf(signer.sign(MESSAGE))
    await signer.close({ timeoutMs: 0 })
    expect(await running).toBe('KMS_SIGNER_CLOSED')
  })
})
