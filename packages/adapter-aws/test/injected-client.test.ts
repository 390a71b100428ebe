import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms'
import { isKmsError } from '@kmsign/core'
import { afterAll, describe, expect, it } from 'vitest'
import { openBench } from './harness.ts'

const bench = await openBench()
const { credentials, region } = bench.emulator.aws
const keyId = await bench.key()
const message = Buffer.from('a message', 'utf8')
const clients: KMSClient[] = []

function clientWith(more: KMSClientConfig = {}): KMSClient {
  const client = new KMSClient({ endpoint: bench.emulator.url, region, credentials, ...more })
  clients.push(client)
  return client
}

const over = (client: KMSClient, more = {}) =>
  bench.signer('ECDSA_SHA_256', keyId, { client, integrity: 'off', ...more })

afterAll(() => {
  for (const client of clients) client.destroy()
})

describe('a client of the caller’s own', () => {
  it('signs, verifies and fetches the key', async () => {
    const signer = over(clientWith(), { integrity: 'require' })
    const result = await signer.sign(message)
    expect(result).toMatchObject({ verified: true, provider: 'aws', requestId: expect.any(String) })
    expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
    expect(await signer.verify(Buffer.from('other', 'utf8'), result, { mode: 'remote' })).toBe(false)
  })

  it.each([1, 2, 3])('that makes %i attempts makes no more under throttling', async (maxAttempts) => {
    const signer = over(clientWith({ maxAttempts }))
    bench.emulator.faults.add({ kind: 'throttle', times: 50 })
    const failure = signer.sign(message)
    await expect(failure).rejects.toMatchObject({ code: 'KMS_THROTTLED', retryable: true })
    expect(bench.asked('sign')).toBe(maxAttempts)
  })

  it.each([
    ['throttle', {}],
    ['html', { status: 503 }],
    ['reset-before', {}],
  ])('overcomes a %s %j by itself', async (kind, more) => {
    bench.emulator.faults.add({ kind, ...more })
    expect((await over(clientWith()).sign(message)).attempts).toBe(2)
    expect(bench.asked('sign')).toBe(2)
  })

  it('is repeated for when it says, by a number, that it does not repeat', async () => {
    const client = clientWith({ maxAttempts: 1 })
    const single = {
      send: (command: never, options?: { abortSignal?: AbortSignal }) => client.send(command, options),
      destroy() {},
      config: { maxAttempts: 1 },
    }
    const signer = bench.signer('ECDSA_SHA_256', keyId, { client: single, integrity: 'off' })
    bench.emulator.faults.add({ kind: 'throttle', times: 2 })
    expect((await signer.sign(message)).attempts).toBe(3)
    expect(bench.asked('sign')).toBe(3)
  })

  it.each([
    ['status', { status: 500 }, 'KMS_INTERNAL'],
    ['html', { status: 503 }, 'KMS_UNAVAILABLE'],
    ['not-json', {}, 'KMS_INVALID_RESPONSE'],
    ['empty-object', {}, 'KMS_INVALID_RESPONSE'],
    ['reset-before', {}, 'KMS_NETWORK'],
    ['reset-inside', {}, 'KMS_INVALID_RESPONSE'],
    ['redirect', {}, 'KMS_INVALID_RESPONSE'],
    ['access-denied', {}, 'KMS_PERMISSION_DENIED'],
    ['expired-token', {}, 'KMS_UNAUTHENTICATED'],
  ])('%s %j is %s', async (kind, more, code) => {
    const signer = over(clientWith({ maxAttempts: 1 }))
    bench.emulator.faults.add({ kind, times: 9, ...more })
    const failure: unknown = await signer.sign(message).catch((error: unknown) => error)
    expect(isKmsError(failure) && failure.code).toBe(code)
  })

  it('is given the whole call, and stopped at its end', async () => {
    const signer = over(clientWith(), { timeoutMs: 300 })
    await signer.sign(message)
    bench.emulator.faults.add({ kind: 'hang', times: 9 })
    const startedAt = performance.now()
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'KMS_TIMEOUT' })
    expect(performance.now() - startedAt).toBeLessThan(400)
    expect(bench.asked('sign')).toBe(2)
  })

  it('hears the caller’s abort, whose reason comes through', async () => {
    const signer = over(clientWith())
    await signer.sign(message)
    bench.emulator.faults.add({ kind: 'hang' })
    const controller = new AbortController()
    const reason = { mine: true }
    setTimeout(() => controller.abort(reason), 30)
    await expect(signer.sign(message, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('corrects its clock itself', async () => {
    const client = clientWith({ systemClockOffset: -3_600_000 })
    const signer = over(client)
    await signer.sign(message)
    expect(bench.asked('sign')).toBe(2)
  })

  it('is not destroyed with the signer', async () => {
    let destroyed = 0
    const client = clientWith()
    const destroy = client.destroy.bind(client)
    client.destroy = () => {
      destroyed += 1
    }
    const signer = over(client)
    await signer.sign(message)
    await signer.close()
    expect(destroyed).toBe(0)
    expect((await over(client).sign(message)).attempts).toBe(1)
    destroy()
  })
})
