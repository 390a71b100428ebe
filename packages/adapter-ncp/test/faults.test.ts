import { createServer } from 'node:net'
import type { KmsErrorCode } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emulated, failureOf, keyAndSigner, operationsOf, signerOf } from './emulated.ts'

const message = Buffer.from('message', 'utf8')

let emulator: Emulator
beforeAll(async () => {
  emulator = await emulated()
})
afterEach(() => emulator.faults.clear())

const signs = (keyTag: string) => operationsOf(emulator, keyTag).filter((operation) => operation === 'sign').length

describe('keys that cannot sign', () => {
  it.each(['service', 'gateway'])(
    'an unknown key (%s says so), with the address where it was asked for',
    async (unknownKey) => {
      const other = await emulated({ unknownKey })
      const error = await failureOf(signerOf(other, 'no-such-key').sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_NOT_FOUND', httpStatus: 404, retryable: false })
      expect(error.providerMessage).toContain(other.url)
    },
  )

  it.each(['DISABLE', 'REVOKE'] as const)('a key in state %s', async (status) => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.ncp.setKeyStatus(keyTag, status)
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1 })
  })

  it('a key without permission', async () => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.faults.add({ kind: 'access-denied', provider: 'ncp' })
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_PERMISSION_DENIED', attempts: 1 })
  })

  it('signs unchecked without permission for the public key', async () => {
    const other = await emulated({ deniedOperations: ['getPublicKey'] })
    const { signer } = await keyAndSigner(other, 'ECDSA')
    expect((await signer.sign(message)).verified).toBe(false)
  })
})

describe('failures that pass', () => {
  it.each([
    ['throttled', { kind: 'throttle' }],
    ['throttled with a wait', { kind: 'throttle', retryAfter: '0' }],
    ['503', { kind: 'status', status: 503 }],
    ['504', { kind: 'status', status: 504 }],
    ['500', { kind: 'status', status: 500 }],
    ['a page with 502', { kind: 'html', status: 502 }],
    ['a reset', { kind: 'reset-before' }],
    ['a reset inside the body', { kind: 'reset-inside' }],
    ['a truncated body', { kind: 'truncate' }],
    ['{}', { kind: 'empty-object' }],
    ['no JSON', { kind: 'not-json' }],
    ['a page with 200', { kind: 'html', status: 200 }],
    ['a flipped bit', { kind: 'corrupt-signature' }],
    ['a signature by another key', { kind: 'swap-signature' }],
    ['no answer', { kind: 'hang' }],
    ['a body that drips', { kind: 'drip', intervalMs: 200 }],
    ['a huge body', { kind: 'oversized' }],
    ['a compressed body', { kind: 'gzip-bomb' }],
  ])('%s: the second request succeeds', async (_what, fault) => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { attemptTimeoutMs: 500 })
    emulator.faults.add({ ...fault, provider: 'ncp', operation: 'sign' })
    const result = await signer.sign(message)
    expect(result).toMatchObject({ verified: true })
    expect(signs(keyTag)).toBe(2)
  })

  it.each<[string, Record<string, unknown>, KmsErrorCode]>([
    ['throttled', { kind: 'throttle' }, 'KMS_THROTTLED'],
    ['413', { kind: 'status', status: 413 }, 'KMS_MESSAGE_TOO_LARGE'],
    ['503', { kind: 'status', status: 503 }, 'KMS_UNAVAILABLE'],
    ['504', { kind: 'status', status: 504 }, 'KMS_TIMEOUT'],
    ['a quota', { kind: 'status', status: 429, code: '400' }, 'KMS_QUOTA_EXCEEDED'],
    ['a page with 502', { kind: 'html', status: 502 }, 'KMS_UNAVAILABLE'],
    ['a page with 404', { kind: 'html', status: 404 }, 'KMS_INVALID_ARGUMENT'],
    ['{}', { kind: 'empty-object' }, 'KMS_INVALID_RESPONSE'],
    ['an unknown code', { kind: 'status', status: 418, code: 'TEAPOT' }, 'KMS_UNKNOWN'],
    ['an unknown code with 200', { kind: 'error-envelope', code: 'TEAPOT' }, 'KMS_UNKNOWN'],
    ['a reset', { kind: 'reset-before' }, 'KMS_NETWORK'],
    ['no answer', { kind: 'hang' }, 'KMS_TIMEOUT'],
    ['a flipped bit', { kind: 'corrupt-signature' }, 'KMS_INTEGRITY'],
  ])('%s: the error is right when it does not pass', async (_what, fault, code) => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA', { attemptTimeoutMs: 300, maxAttempts: 2 })
    emulator.faults.add({ kind: '', ...fault, provider: 'ncp', operation: 'sign', times: 99 })
    expect((await failureOf(signer.sign(message))).code).toBe(code)
  })

  it('takes the right answer whatever its Content-Type', async () => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.faults.add({ kind: 'content-type', value: 'text/html', times: 2 })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 1 })
  })
})

describe('failures that stay', () => {
  it('does not follow a redirect', async () => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.faults.add({ kind: 'redirect', provider: 'ncp' })
    const error = await failureOf(signer.sign(message))
    expect(error).toMatchObject({ code: 'KMS_INVALID_RESPONSE', retryable: false, attempts: 1, httpStatus: 302 })
    expect(error.providerMessage).toContain(emulator.url)
    expect(signs(keyTag)).toBe(1)
  })

  it('says that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const signer = signerOf(emulator, 'tag', { baseUrl: `http://127.0.0.1:${port}`, maxAttempts: 2 })
    const error = await failureOf(signer.sign(message))
    expect(error).toMatchObject({ code: 'KMS_NETWORK', fault: 'transport', providerCode: 'ECONNREFUSED', attempts: 2 })
  })

  it('does not trust a certificate that nobody vouches for, and trusts the one that it is told to', async () => {
    const secure = await emulated({}, { tls: true })
    const { keyTag, signer } = await keyAndSigner(secure, 'ECDSA')
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_NETWORK', retryable: false, attempts: 1 })
    const trusting = signerOf(secure, keyTag, { tls: { ca: secure.ca ?? '' } })
    expect((await trusting.sign(message)).verified).toBe(true)
  })

  it('hands on the reason of an abort as it is', async () => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.faults.add({ kind: 'hang', provider: 'ncp' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const call = signer.sign(message, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await expect(call).rejects.toBe(reason)
  })
})

describe('what NCP leaves open', () => {
  it.each([
    { authErrorShape: 'service' },
    { authErrorShape: 'service', serviceErrorStatus: '200' },
    { errorCodeType: 'number' },
    { contentType: 'text/plain;charset=UTF-8' },
    { traceId: false },
    { validType: 'string' },
    { publicKeyNewline: 'crlf' },
    { publicKeyForm: 'pkcs1', padding: 'pss' },
    { serviceErrorStatus: '200' },
    { base64: 'lenient' },
    { throttleCode: '420' },
    { currentVersionDisabled: 'sign' },
    { bothAuthHeaders: 'reject' },
  ])('%j: signs, verifies, and understands what is refused', async (settings) => {
    const other = await emulated(settings)
    const { keyTag, signer } = await keyAndSigner(other, 'RSA2048', { algorithm: 'RSA_PSS_SHA_256' })
    const result = await signer.sign(message)
    expect(result).toMatchObject({ verified: true, pssSaltLength: 222 })
    expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
    expect(await signer.verify(Buffer.from('another'), result, { mode: 'remote' })).toBe(false)

    const late = { algorithm: 'RSA_PSS_SHA_256', clock: () => Date.now() - 3_600_000 } as const
    expect(await signerOf(other, keyTag, { ...late, name: 'late' }).sign(message)).toMatchObject({ attempts: 2 })
    const wrong = { algorithm: 'RSA_PSS_SHA_256', credentials: { accessKey: 'A', secretKey: 'B' } } as const
    expect((await failureOf(signerOf(other, keyTag, wrong).sign(message))).code).toBe('KMS_UNAUTHENTICATED')
    expect((await failureOf(signerOf(other, 'no-such-key').sign(message))).code).toBe('KMS_KEY_NOT_FOUND')
    other.faults.add({ kind: 'throttle', provider: 'ncp', operation: 'sign', times: 9 })
    const throttled = await failureOf(signerOf(other, keyTag, { ...late, maxAttempts: 1 }).sign(message))
    expect(throttled.code).toBe('KMS_THROTTLED')
    other.faults.clear()
    other.ncp.setKeyStatus(keyTag, 'DISABLE')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_STATE')
  })

  it.each([1, 2, 3, 4, 5, 6])('random profile %i: signs, and understands who is unknown', async (seed) => {
    const other = await emulated({}, { profile: 'random', seed })
    const { ecdsaEncoding } = other.profile.ncp
    const { signer } = await keyAndSigner(other, 'ECDSA')
    const result = await signer.sign(message, { encoding: 'p1363' })
    expect([result.verified, result.signature.length, ecdsaEncoding]).toEqual([true, 64, expect.any(String)])
    expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
    expect((await failureOf(signerOf(other, 'no-such-key').sign(message))).code).toBe('KMS_KEY_NOT_FOUND')
  })
})
