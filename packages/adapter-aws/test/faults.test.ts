import { isKmsError, type Signer } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { openBench } from './harness.ts'

const bench = await openBench()
const keyId = await bench.key()
const message = Buffer.from('a message', 'utf8')
const { faults } = bench.emulator

/** No public key beside the signature, so that every request counts. */
const plain = (more = {}) => bench.signer('ECDSA_SHA_256', keyId, { integrity: 'off', ...more })

/** The error, and how long it took. */
async function failing(signer: Signer, options = {}) {
  const startedAt = performance.now()
  const error: unknown = await signer.sign(message, options).catch((reason: unknown) => reason)
  if (!isKmsError(error)) throw new TypeError(`Expected a KmsError, got ${String(error)}`)
  return { error, tookMs: performance.now() - startedAt }
}

describe('a passing failure', () => {
  it.each<[string, object?]>([
    ['throttle'],
    ['html', { status: 503 }],
    ['html', { status: 502 }],
    ['status', { status: 500 }],
    ['status', { status: 503, code: 'KeyUnavailableException' }],
    ['reset-before'],
    ['reset-inside'],
    ['truncate'],
    ['not-json'],
    ['empty-object'],
    ['error-envelope'],
    ['oversized'],
    ['gzip-bomb'],
  ])('%s %j is repeated', async (kind, more = {}) => {
    const signer = plain()
    faults.add({ kind, ...more })
    expect(await signer.sign(message)).toMatchObject({ attempts: 2 })
    expect(bench.asked('sign')).toBe(2)
  })

  it.each(['close-idle', 'content-type', 'delay'])('%s is none', async (kind) => {
    const signer = plain()
    faults.add({ kind, ...(kind === 'delay' ? { ms: 50 } : {}) })
    expect((await signer.sign(message)).attempts).toBe(1)
    expect((await signer.sign(message)).signature.length).toBeGreaterThan(60)
  })
})

describe('a lasting failure', () => {
  it.each([
    ['throttle', {}, 'KMS_THROTTLED', 3, { providerCode: 'ThrottlingException', httpStatus: 400 }],
    ['status', { status: 429 }, 'KMS_THROTTLED', 3, { httpStatus: 429 }],
    ['status', { status: 400, code: 'LimitExceededException' }, 'KMS_QUOTA_EXCEEDED', 1, { retryable: false }],
    ['html', { status: 503 }, 'KMS_UNAVAILABLE', 3, { httpStatus: 503, fault: 'provider' }],
    ['html', { status: 504 }, 'KMS_TIMEOUT', 3, { httpStatus: 504 }],
    ['html', { status: 403 }, 'KMS_PERMISSION_DENIED', 1, { httpStatus: 403 }],
    ['html', { status: 200 }, 'KMS_INVALID_RESPONSE', 2, { httpStatus: 200 }],
    ['not-json', {}, 'KMS_INVALID_RESPONSE', 2, {}],
    ['empty-object', {}, 'KMS_INVALID_RESPONSE', 2, { httpStatus: 200 }],
    ['error-envelope', {}, 'KMS_INVALID_RESPONSE', 2, {}],
    ['truncate', {}, 'KMS_INVALID_RESPONSE', 2, { httpStatus: 200 }],
    ['reset-before', {}, 'KMS_NETWORK', 3, { fault: 'transport' }],
    ['redirect', { status: 302 }, 'KMS_INVALID_RESPONSE', 1, { httpStatus: 302, retryable: false }],
    ['redirect', { status: 307 }, 'KMS_INVALID_RESPONSE', 1, { httpStatus: 307 }],
    ['oversized', {}, 'KMS_INVALID_RESPONSE', 2, {}],
    ['gzip-bomb', {}, 'KMS_INVALID_RESPONSE', 2, {}],
    ['status', { status: 500 }, 'KMS_INTERNAL', 3, { providerCode: 'KMSInternalException' }],
    ['status', { status: 418, code: 'SomethingNew' }, 'KMS_UNKNOWN', 1, { providerCode: 'SomethingNew' }],
  ])('%s %j is %s after %i requests', async (kind, more, code, requests, fields) => {
    const signer = plain()
    faults.add({ kind, times: 9, ...more })
    const { error } = await failing(signer)
    expect(error).toMatchObject({ code, attempts: requests, operation: 'sign', provider: 'aws', ...fields })
    expect(bench.asked('sign')).toBe(requests)
    expect(error.cause).toBeUndefined()
  })

  it('of the server’s choosing does not outlast the call: Retry-After of an hour ends it', async () => {
    const signer = plain({ timeoutMs: 1500 })
    faults.add({ kind: 'throttle', retryAfter: '3600', times: 9 })
    const { error, tookMs } = await failing(signer)
    expect(error).toMatchObject({ code: 'KMS_THROTTLED', retryAfterMs: 3_600_000 })
    expect(tookMs).toBeLessThan(1700)
  })

  it('of the connection is KMS_NETWORK', async () => {
    const signer = plain({ baseUrl: 'http://127.0.0.1:9' })
    expect((await failing(signer)).error).toMatchObject({ code: 'KMS_NETWORK', providerCode: 'ECONNREFUSED' })
  })
})

describe('memory', () => {
  it('does not hold an answer over the cap', async () => {
    const signer = plain({ maxAttempts: 1 })
    await signer.sign(message)
    const before = process.memoryUsage().rss
    for (let round = 0; round < 5; round += 1) {
      faults.add({ kind: 'oversized', bytes: 100 * 1_048_576 })
      expect((await failing(signer)).error.code).toBe('KMS_INVALID_RESPONSE')
    }
    // The emulator is in this process too; 500 MiB were offered.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576)
  })
})

describe('time', () => {
  it('of one attempt is limited, and the next one may succeed', async () => {
    const signer = plain({ attemptTimeoutMs: 150 })
    await signer.sign(message)
    faults.add({ kind: 'hang' })
    expect((await signer.sign(message)).attempts).toBe(2)
  })

  it.each<[string, object?]>([['hang'], ['drip', { bytes: 1, intervalMs: 40 }]])(
    'of the whole call is limited: %s',
    async (kind, more = {}) => {
      const signer = plain({ timeoutMs: 400 })
      await signer.sign(message)
      faults.add({ kind, times: 9, ...more })
      const { error, tookMs } = await failing(signer)
      expect(error).toMatchObject({ code: 'KMS_TIMEOUT', retryable: true })
      expect(tookMs).toBeGreaterThan(350)
      expect(tookMs).toBeLessThan(500)
    },
  )

  it('ends when the caller says so, with the caller’s own reason', async () => {
    const signer = plain()
    await signer.sign(message)
    for (const reason of [new Error('my reason'), 'text', 42, { mine: true }]) {
      faults.add({ kind: 'hang' })
      const controller = new AbortController()
      const call = signer.sign(message, { signal: controller.signal })
      setTimeout(() => controller.abort(reason), 30)
      const startedAt = performance.now()
      await expect(call).rejects.toBe(reason)
      expect(performance.now() - startedAt).toBeLessThan(150)
    }
  })

  it('ends when the signer is closed', async () => {
    const signer = plain()
    await signer.sign(message)
    faults.add({ kind: 'hang' })
    const call = failing(signer)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await signer.close({ timeoutMs: 20 })
    expect((await call).error.code).toBe('KMS_SIGNER_CLOSED')
    expect((await failing(signer)).error.code).toBe('KMS_SIGNER_CLOSED')
    await signer.close()
  })
})

describe('an outage', () => {
  it('is not amplified', async () => {
    const signer = plain({ timeoutMs: 30_000 })
    await signer.sign(message)
    faults.add({ kind: 'status', status: 500, times: Number.MAX_SAFE_INTEGER })
    const before = bench.asked()
    await Promise.allSettled(Array.from({ length: 300 }, () => signer.sign(message)))
    expect((bench.asked() - before) / 300).toBeLessThan(1.15)
  })
})

describe('TLS', () => {
  it('needs a trusted authority, and takes a private one', async () => {
    const secure = await import('@kmsign/emulator').then(({ startEmulator }) => startEmulator({ tls: true }))
    const key = await secure.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    const reach = { baseUrl: secure.url, credentials: secure.aws.credentials }
    const options = { ...reach, ...(secure.ca === undefined ? {} : { tls: { ca: secure.ca } }) }
    const trusting = bench.signer('ECDSA_SHA_256', key.keyId, options)
    expect((await trusting.sign(message)).verified).toBe(true)
    const { error } = await failing(bench.signer('ECDSA_SHA_256', key.keyId, reach))
    expect(error).toMatchObject({ code: 'KMS_NETWORK', retryable: false })
    await trusting.close()
    await secure.close()
  })
})
