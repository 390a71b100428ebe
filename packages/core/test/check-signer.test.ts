import { checkSigner, isKmsError, type Signer } from '@kmsign/core'
import { createKmsError, createSigner } from '@kmsign/core/driver'
import { createTestSigner } from '@kmsign/core/testing'
import { describe, expect, it } from 'vitest'
import { hang, type ScriptedDriver, type Step, scriptedDriver, signatureBy } from './scripted-driver.ts'

const PREFIX = 'kmsign readiness probe v1\n'
const signerOver = (driver: ScriptedDriver) =>
  createSigner(driver, 'ECDSA_SHA_256', { credentials: { token: 't' }, integrity: 'off' })

describe('a signer that works', () => {
  it('is ready, by one signature', async () => {
    const signer = createTestSigner()
    const check = await checkSigner(signer)
    expect(check).toEqual({
      ready: true,
      verified: true,
      durationMs: expect.any(Number),
      attempts: 1,
      keyVersion: '1',
    })
    expect(Object.isFrozen(check)).toBe(true)
    expect(signer.calls.filter(({ operation }) => operation === 'sign')).toHaveLength(1)
  })

  it('signs a fixed text and 32 random bytes, and nothing else', async () => {
    const probes: Buffer[] = []
    const step: Step = async (attempt, request) => {
      probes.push(Buffer.from(request.payload))
      return signatureBy()(attempt, request)
    }
    const signer = signerOver(scriptedDriver([step]))
    await checkSigner(signer)
    await checkSigner(signer)
    const [first, second] = probes.map((probe) => probe.subarray(PREFIX.length).toString('hex'))
    expect(probes.map((probe) => probe.subarray(0, PREFIX.length).toString())).toEqual([PREFIX, PREFIX])
    expect([first?.length, second?.length]).toEqual([64, 64])
    expect(first).not.toBe(second)
  })

  it('says whether its signatures are checked, and counts repeats', async () => {
    const unchecked = createTestSigner({ capabilities: { publicKey: false }, fail: ['KMS_UNAVAILABLE'] })
    expect(await checkSigner(unchecked)).toMatchObject({ ready: true, verified: false, attempts: 2 })
  })

  it('has no version where the provider names none', async () => {
    expect(await checkSigner(signerOver(scriptedDriver([signatureBy()])))).not.toHaveProperty('keyVersion')
  })
})

describe('a signer that does not work', () => {
  it('is not ready, and the error says why', async () => {
    const check = await checkSigner(createTestSigner({ fail: ['KMS_KEY_STATE'] }))
    expect(check).toMatchObject({ ready: false, error: { code: 'KMS_KEY_STATE' }, durationMs: expect.any(Number) })
    expect(Object.isFrozen(check)).toBe(true)
    expect(!check.ready && isKmsError(check.error)).toBe(true)
  })

  it('is not ready once it is closed', async () => {
    const signer = createTestSigner()
    await signer.close()
    expect(await checkSigner(signer)).toMatchObject({ ready: false, error: { code: 'KMS_SIGNER_CLOSED' } })
  })

  it('is not ready when it does not answer within timeoutMs', async () => {
    const check = await checkSigner(signerOver(scriptedDriver([hang()])), { timeoutMs: 30 })
    expect(check).toMatchObject({ ready: false, error: { code: 'KMS_TIMEOUT' } })
    expect(check.durationMs).toBeGreaterThanOrEqual(25)
    expect(check.durationMs).toBeLessThan(2_000)
  })
})

describe('what is no finding', () => {
  it.each([
    ['an error', new Error('enough')],
    ['no error at all', 'enough'],
    ['a KmsError of its own', createKmsError('KMS_THROTTLED', { operation: 'sign' })],
  ])('%s as the reason of the caller passes through', async (_what, reason) => {
    const controller = new AbortController()
    const check = checkSigner(signerOver(scriptedDriver([hang()])), { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 10)
    await expect(check).rejects.toBe(reason)
  })

  it.each([
    ['undefined', undefined, undefined],
    ['a plain object', {}, undefined],
    ['options that are none', createTestSigner(), 'soon'],
    ['a timeout that is none', createTestSigner(), { timeoutMs: 0 }],
    ['a signal that is none', createTestSigner(), { signal: {} }],
  ])('%s is a TypeError', async (_what, signer, options) => {
    await expect(checkSigner(signer as Signer, options as never)).rejects.toThrow(TypeError)
  })
})
