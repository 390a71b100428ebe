import { subscribe } from '@kmsign/core'
import { startEmulator } from '@kmsign/emulator'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAwsSigner } from '../src/index.ts'
import { openBench } from './harness.ts'

const bench = await openBench()
const { credentials, region } = bench.emulator.aws
const keyId = await bench.key()
const message = Buffer.from('a message', 'utf8')
const HOUR_MS = 3_600_000

afterEach(() => void vi.unstubAllEnvs())

describe('credentials', () => {
  it.each([
    ['secretAccessKey', 'InvalidSignatureException'],
    ['accessKeyId', 'UnrecognizedClientException'],
    ['sessionToken', 'UnrecognizedClientException'],
  ])('with a wrong %s are KMS_UNAUTHENTICATED, and fixed ones are not tried again', async (part, providerCode) => {
    const wrong = { ...credentials, [part]: 'wrong' }
    const failure = bench.signer('ECDSA_SHA_256', keyId, { credentials: wrong, integrity: 'off' }).sign(message)
    await expect(failure).rejects.toMatchObject({ code: 'KMS_UNAUTHENTICATED', providerCode, retryable: false })
    expect(bench.asked()).toBe(1)
  })

  it('from a function are fetched once for many calls, and again when they are rejected', async () => {
    const reasons: string[] = []
    const source = async ({ reason }: { reason: string }) => {
      reasons.push(reason)
      return reason === 'rejected' ? credentials : { ...credentials, secretAccessKey: 'old' }
    }
    const signer = bench.signer('ECDSA_SHA_256', keyId, { credentials: source, integrity: 'off' })
    await Promise.all([signer.sign(message), signer.sign(message), signer.sign(message)])
    expect(reasons).toEqual(['first', 'rejected'])
    expect(bench.asked('sign')).toBe(6)
  })

  it('are those of the attempt, whoever signs beside it', async () => {
    const right = bench.signer('ECDSA_SHA_256', keyId, { integrity: 'off' })
    const wrong = bench.signer('ECDSA_SHA_256', keyId, {
      integrity: 'off',
      credentials: { ...credentials, secretAccessKey: 'x' },
    })
    const calls = Array.from({ length: 10 }, (_, at) => (at % 2 ? wrong : right).sign(message))
    const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status)
    expect(outcomes).toEqual(Array.from({ length: 10 }, (_, at) => (at % 2 ? 'rejected' : 'fulfilled')))
  })

  it('with a session token send it', async () => {
    const given = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'FwoGZXIvYXdzEBYaDK/+==' }
    const emulator = await startEmulator({ aws: { credentials: given } })
    const key = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    const options = { keyId: key.keyId, algorithm: 'ECDSA_SHA_256', region, baseUrl: emulator.url } as const
    const signer = createAwsSigner({ ...options, credentials: Object.freeze({ ...given }) })
    expect((await signer.sign(message)).verified).toBe(true)
    await Promise.all([signer.close(), emulator.close()])
  })

  it('that a function gives in another shape are its failure', async () => {
    const source = async () => ({ accessKeyId: 'x' }) as never
    const failure = bench.signer('ECDSA_SHA_256', keyId, { credentials: source, integrity: 'off' }).sign(message)
    await expect(failure).rejects.toMatchObject({
      code: 'KMS_CREDENTIALS_UNAVAILABLE',
      providerMessage: expect.stringContaining('secretAccessKey'),
    })
    expect(bench.asked()).toBe(0)
  })

  it('that are expired are KMS_UNAUTHENTICATED', async () => {
    bench.emulator.faults.add({ kind: 'expired-token', times: 9 })
    const failure = bench.signer('ECDSA_SHA_256', keyId).sign(message)
    await expect(failure).rejects.toMatchObject({
      code: 'KMS_UNAUTHENTICATED',
      providerCode: 'ExpiredTokenException',
    })
  })
})

describe('the chain of the SDK', () => {
  it('gives credentials and region from the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
    vi.stubEnv('AWS_REGION', region)
    const signer = bench.signer('ECDSA_SHA_256', keyId, { credentials: undefined, region: undefined } as never)
    expect((await signer.sign(message)).verified).toBe(true)
  })

  it('without credentials is KMS_CREDENTIALS_UNAVAILABLE', async () => {
    const signer = bench.signer('ECDSA_SHA_256', keyId, { credentials: undefined, integrity: 'off' } as never)
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'KMS_CREDENTIALS_UNAVAILABLE' })
    expect(bench.asked()).toBe(0)
  })

  it('without a region is a matter of configuration', async () => {
    const failure = bench.signer('ECDSA_SHA_256', keyId, { region: undefined, integrity: 'off' } as never).sign(message)
    await expect(failure).rejects.toMatchObject({
      code: 'KMS_INVALID_CONFIG',
      providerMessage: expect.stringContaining('AWS_REGION'),
    })
  })

  it('may name an endpoint, over TLS or on loopback only', async () => {
    const given = { keyId, algorithm: 'ECDSA_SHA_256', region, credentials } as const
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', bench.emulator.url)
    const signer = createAwsSigner(given)
    expect((await signer.sign(message)).verified).toBe(true)
    await signer.close()
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', 'http://kms.example.com')
    const other = createAwsSigner({ ...given, integrity: 'off' })
    await expect(other.sign(message)).rejects.toMatchObject({ code: 'KMS_INVALID_CONFIG' })
  })
})

describe('permission', () => {
  it('that is missing is KMS_PERMISSION_DENIED', async () => {
    bench.emulator.faults.add({ kind: 'access-denied', operation: 'sign' })
    const failure = bench.signer('ECDSA_SHA_256', keyId).sign(message)
    await expect(failure).rejects.toMatchObject({ code: 'KMS_PERMISSION_DENIED', httpStatus: 400, retryable: false })
    expect(bench.asked('sign')).toBe(1)
  })

  it('that is missing for the public key leaves the signature unchecked, and says so', async () => {
    const why: string[] = []
    const unsubscribe = subscribe('kmsign:unverified', (event) => why.push(event.why))
    bench.emulator.faults.add({ kind: 'access-denied', operation: 'getPublicKey' })
    const signer = bench.signer('ECDSA_SHA_256', keyId)
    expect((await signer.sign(message)).verified).toBe(false)
    unsubscribe()
    expect(why).toEqual(['KMS_PERMISSION_DENIED'])
  })
})

describe('a wrong clock', () => {
  it.each([
    ['behind', -HOUR_MS],
    ['ahead', HOUR_MS],
    ['a week behind', -168 * HOUR_MS],
  ])('that is %s costs one request, once', async (_how, offset) => {
    const clock = () => Date.now() + offset
    const signer = bench.signer('ECDSA_SHA_256', keyId, { clock, integrity: 'off' })
    expect((await signer.sign(message)).attempts).toBe(2)
    expect((await signer.sign(message)).attempts).toBe(1)
    expect(bench.asked('sign')).toBe(3)
  })

  it('of this machine is corrected the same way', async () => {
    const emulator = await startEmulator({ clock: () => Date.now() + HOUR_MS })
    const { credentials, region } = emulator.aws
    const key = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    const options = { keyId: key.keyId, algorithm: 'ECDSA_SHA_256', region, credentials } as const
    const signer = createAwsSigner({ ...options, baseUrl: emulator.url })
    const results = await Promise.all(Array.from({ length: 20 }, () => signer.sign(message)))
    expect(results.every(({ verified }) => verified)).toBe(true)
    const before = emulator.requests.length
    await signer.sign(message)
    expect(emulator.requests.length - before).toBe(1)
    await Promise.all([signer.close(), emulator.close()])
  })

  it('that cannot be corrected is KMS_CLOCK_SKEW', async () => {
    const signer = bench.signer('ECDSA_SHA_256', keyId, { integrity: 'off', clock: () => Date.now() })
    bench.emulator.faults.add({ kind: 'clock', offset: HOUR_MS })
    bench.emulator.faults.add({ kind: 'clock', offset: -HOUR_MS })
    const failure = signer.sign(message)
    await expect(failure).rejects.toMatchObject({ code: 'KMS_CLOCK_SKEW', providerCode: 'InvalidSignatureException' })
    expect(bench.asked('sign')).toBe(2)
  })

  it('is corrected although the environment tells the SDK not to', async () => {
    vi.stubEnv('AWS_DISABLE_CLOCK_SKEW_CORRECTION', 'true')
    vi.stubEnv('AWS_MAX_ATTEMPTS', '5')
    const clock = () => Date.now() - HOUR_MS
    const signer = bench.signer('ECDSA_SHA_256', keyId, { clock, integrity: 'off' })
    expect((await signer.sign(message)).attempts).toBe(2)
    expect(bench.asked('sign')).toBe(2)
  })
})
