import { createServer } from 'node:net'
import { inspect } from 'node:util'
import type { KmsErrorCode } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { VolcengineCredentials } from '../src/index.ts'
import { emulated, failureOf, keyAndSigner, signerOf, watch } from './emulated.ts'

const message = Buffer.from('message', 'utf8')
const HOUR_MS = 3_600_000
const ECDSA = { algorithm: 'ECDSA_SHA_256' } as const

let emulator: Emulator
beforeAll(async () => {
  emulator = await emulated()
})
afterEach(() => emulator.faults.clear())

/** A signer that has its public key already, so that every request that follows is one to sign. */
async function warmSigner(change: Record<string, unknown> = {}) {
  const { keyId, signer } = await keyAndSigner(emulator, 'EC_P256', { ...ECDSA, ...change })
  await signer.getPublicKey()
  return { keyId, signer, seen: watch(emulator) }
}

describe('credentials', () => {
  it('that are wrong are refused without another try, and named nowhere', async () => {
    const right = emulator.volcengine.credentials
    for (const wrong of [
      { accessKeyId: 'AKLTWRONG' },
      { secretAccessKey: 'WrongSecret' },
      { sessionToken: 'WrongToken' },
    ]) {
      const credentials = { ...right, ...wrong }
      const { signer } = await keyAndSigner(emulator, 'EC_P256', { ...ECDSA, credentials, integrity: 'off' })
      const seen = watch(emulator)
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_UNAUTHENTICATED', httpStatus: 401, retryable: false, attempts: 1 })
      expect(seen()).toEqual(['sign'])
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
      for (const secret of ['AKLTWRONG', 'WrongSecret', 'WrongToken', right.accessKeyId, right.secretAccessKey]) {
        expect(shown).not.toContain(secret)
      }
    }
  })

  it.each([HOUR_MS, -HOUR_MS])(
    'sign again with the server’s time when the clock is %i ms off, once for all',
    async (off) => {
      const other = await emulated()
      const { signer } = await keyAndSigner(other, 'EC_P256', {
        ...ECDSA,
        clock: () => Date.now() + off,
        integrity: 'off',
      })
      const seen = watch(other)
      expect(await signer.sign(message)).toMatchObject({ attempts: 2 })
      expect(await signer.sign(message)).toMatchObject({ attempts: 1 })
      expect(seen()).toEqual(['sign', 'sign', 'sign'])
    },
  )

  it('of a session that expired are fetched again', async () => {
    const reasons: string[] = []
    const credentials = async ({ reason }: { reason: string }) => {
      reasons.push(reason)
      const ended = reason === 'first' ? { sessionToken: 'SessionThatEnded' } : {}
      return { ...emulator.volcengine.credentials, ...ended }
    }
    const { signer } = await keyAndSigner(emulator, 'EC_P256', { ...ECDSA, credentials, integrity: 'off' })
    expect(await signer.sign(message)).toMatchObject({ attempts: 2 })
    expect(reasons).toEqual(['first', 'rejected'])
  })

  it.each([{}, { accessKeyId: 'a' }, { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c\r\nd' }])(
    'from a function that gives %j are no credentials',
    async (given) => {
      const credentials = async () => given as VolcengineCredentials
      const { signer } = await keyAndSigner(emulator, 'EC_P256', { ...ECDSA, credentials })
      const seen = watch(emulator)
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_CREDENTIALS_UNAVAILABLE', retryable: false })
      expect(seen()).toEqual([])
    },
  )
})

describe('keys that cannot sign', () => {
  it('an unknown key, with the address and region where it was asked for', async () => {
    const error = await failureOf(signerOf(emulator, 'no-such-key', ECDSA).sign(message))
    expect(error).toMatchObject({ code: 'KMS_KEY_NOT_FOUND', httpStatus: 404, retryable: false })
    expect(error.providerMessage).toContain(`${emulator.url}, region cn-beijing`)
    const names = { ...ECDSA, keyId: undefined, keyringName: 'no-such', keyName: 'no-such' }
    expect((await failureOf(signerOf(emulator, '', names).sign(message))).code).toBe('KMS_KEY_NOT_FOUND')
  })

  it.each(['Disable', 'PendingDelete', 'Archived', 'PendingImport'] as const)('a key in state %s', async (state) => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    emulator.volcengine.setKeyState(keyId, state)
    expect((await failureOf(signerOf(emulator, keyId, ECDSA).sign(message))).code).toBe('KMS_KEY_STATE')
  })

  it('a key of another usage', async () => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' })
    const signer = signerOf(emulator, keyId, { algorithm: 'RSA_PSS_SHA_256', integrity: 'off' })
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_MISMATCH')
  })

  it.each(['auto', 'off'])('a key of another kind than declared, with integrity %s', async (integrity) => {
    const { keyId } = await keyAndSigner(emulator, 'EC_P256', ECDSA)
    for (const algorithm of ['RSA_PSS_SHA_256', 'ECDSA_SHA_384', 'SM2_DSA'] as const) {
      const signer = signerOf(emulator, keyId, { algorithm, integrity })
      expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_MISMATCH')
    }
    const declared = signerOf(emulator, keyId, { ...ECDSA, keySpec: 'EC_P256K' })
    expect((await failureOf(declared.sign(message))).code).toBe('KMS_KEY_MISMATCH')
  })

  it('a key without permission', async () => {
    const { signer } = await warmSigner()
    emulator.faults.add({ kind: 'access-denied', provider: 'volcengine' })
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_PERMISSION_DENIED', attempts: 1 })
  })
})

describe('failures that pass', () => {
  it.each([
    ['throttled, with 403', { kind: 'throttle' }],
    ['throttled by the action', { kind: 'status', status: 403, code: 'Reject.Throttling.Action' }],
    ['throttled by the gateway', { kind: 'status', status: 429, code: 'FlowLimitExceeded' }],
    ['throttled with a wait', { kind: 'throttle', retryAfter: '0' }],
    ['500', { kind: 'status', status: 500 }],
    ['502', { kind: 'status', status: 502 }],
    ['503', { kind: 'status', status: 503 }],
    ['504', { kind: 'status', status: 504 }],
    ['a page with 502', { kind: 'html', status: 502 }],
    ['a reset', { kind: 'reset-before' }],
    ['a reset inside the body', { kind: 'reset-inside' }],
    ['a truncated body', { kind: 'truncate' }],
    ['{}', { kind: 'empty-object' }],
    ['no JSON', { kind: 'not-json' }],
    ['a page with 200', { kind: 'html', status: 200 }],
    ['an error with 200', { kind: 'error-envelope', code: 'InternalError' }],
    ['a flipped bit', { kind: 'corrupt-signature' }],
    ['a signature by another key', { kind: 'swap-signature' }],
    ['a hash of the hash', { kind: 'double-hash' }],
    ['the id of another key', { kind: 'wrong-key-id' }],
    ['no answer', { kind: 'hang' }],
    ['a huge body', { kind: 'oversized' }],
    ['a compressed body', { kind: 'gzip-bomb' }],
  ])('%s: the second request succeeds', async (_what, fault) => {
    const { signer, seen } = await warmSigner({ attemptTimeoutMs: 500 })
    emulator.faults.add({ ...fault, provider: 'volcengine', operation: 'sign' })
    expect(await signer.sign(message)).toMatchObject({ verified: true })
    expect(seen().filter((operation) => operation === 'sign')).toHaveLength(2)
  })

  it.each<[string, Record<string, unknown>, KmsErrorCode]>([
    ['throttled', { kind: 'throttle' }, 'KMS_THROTTLED'],
    ['material that expired', { kind: 'status', status: 403, code: 'KeyMaterialExpire' }, 'KMS_KEY_EXPIRED'],
    ['no subscription', { kind: 'status', status: 403, code: 'KMS_ServiceNotOpen' }, 'KMS_PERMISSION_DENIED'],
    ['an unknown service', { kind: 'status', status: 404, code: 'ServiceNotFound' }, 'KMS_INVALID_ARGUMENT'],
    ['502', { kind: 'status', status: 502 }, 'KMS_UNAVAILABLE'],
    ['503', { kind: 'status', status: 503 }, 'KMS_UNAVAILABLE'],
    ['504', { kind: 'status', status: 504 }, 'KMS_TIMEOUT'],
    ['a page with 502', { kind: 'html', status: 502 }, 'KMS_UNAVAILABLE'],
    ['a page with 404', { kind: 'html', status: 404 }, 'KMS_INVALID_ARGUMENT'],
    ['{}', { kind: 'empty-object' }, 'KMS_INVALID_RESPONSE'],
    ['an unknown code', { kind: 'status', status: 418, code: 'Teapot' }, 'KMS_UNKNOWN'],
    ['an unknown code with 200', { kind: 'error-envelope', code: 'Teapot' }, 'KMS_UNKNOWN'],
    ['a reset', { kind: 'reset-before' }, 'KMS_NETWORK'],
    ['no answer', { kind: 'hang' }, 'KMS_TIMEOUT'],
    ['a flipped bit', { kind: 'corrupt-signature' }, 'KMS_INTEGRITY'],
    ['the id of another key', { kind: 'wrong-key-id' }, 'KMS_INTEGRITY'],
  ])('%s: the error is right when it does not pass', async (_what, fault, code) => {
    const { signer } = await warmSigner({ attemptTimeoutMs: 300, maxAttempts: 2 })
    emulator.faults.add({ kind: '', ...fault, provider: 'volcengine', operation: 'sign', times: 99 })
    expect((await failureOf(signer.sign(message))).code).toBe(code)
  })
})

describe('failures that stay', () => {
  it('does not follow a redirect', async () => {
    const { signer, seen } = await warmSigner()
    emulator.faults.add({ kind: 'redirect', provider: 'volcengine' })
    const error = await failureOf(signer.sign(message))
    expect(error).toMatchObject({ code: 'KMS_INVALID_RESPONSE', retryable: false, attempts: 1, httpStatus: 302 })
    expect(error.providerMessage).toContain(emulator.url)
    expect(seen()).toEqual(['sign'])
  })

  it('says that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const address = { baseUrl: `http://127.0.0.1:${port}`, maxAttempts: 2, integrity: 'off' }
    const error = await failureOf(signerOf(emulator, 'any', { ...ECDSA, ...address }).sign(message))
    expect(error).toMatchObject({ code: 'KMS_NETWORK', fault: 'transport', providerCode: 'ECONNREFUSED', attempts: 2 })
  })

  it('does not trust a certificate that nobody vouches for, and trusts the one that it is told to', async () => {
    const secure = await emulated({}, { tls: true })
    const { signer } = await keyAndSigner(secure, 'EC_P256', ECDSA)
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_NETWORK', retryable: false })
    const trusting = await keyAndSigner(secure, 'EC_P256', { ...ECDSA, tls: { ca: secure.ca ?? '' } })
    expect((await trusting.signer.sign(message)).verified).toBe(true)
  })

  it('hands on the reason of an abort as it is', async () => {
    const { signer } = await warmSigner()
    emulator.faults.add({ kind: 'hang', provider: 'volcengine' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const call = signer.sign(message, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await expect(call).rejects.toBe(reason)
  })

  it('refuses calls once it is closed', async () => {
    const { signer } = await warmSigner()
    await signer.close()
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_SIGNER_CLOSED')
  })
})
