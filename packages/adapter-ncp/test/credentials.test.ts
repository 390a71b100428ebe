import { inspect } from 'node:util'
import type { Emulator } from '@kmsign/emulator'
import { beforeAll, describe, expect, it } from 'vitest'
import type { NcpCredentials } from '../src/index.ts'
import { emulated, failureOf, keyAndSigner, operationsOf, signerOf } from './emulated.ts'

const message = Buffer.from('message', 'utf8')
const HOUR_MS = 3_600_000

let emulator: Emulator
beforeAll(async () => {
  emulator = await emulated()
})

/** What the key was asked for, public keys aside. */
const asked = (keyTag: string) => operationsOf(emulator, keyTag).filter((operation) => operation !== 'getPublicKey')

describe('account keys', () => {
  it('that are wrong are refused once, and named nowhere', async () => {
    const credentials = { accessKey: 'WRONGACCESSKEY', secretKey: 'WrongSecretKey' }
    const wrong = [
      credentials,
      { ...emulator.ncp.credentials, secretKey: 'WrongSecretKey' },
      { ...emulator.ncp.credentials, accessKey: 'WRONGACCESSKEY' },
    ].map(({ accessKey, secretKey }) => ({ accessKey, secretKey }))
    for (const one of wrong) {
      const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { credentials: one })
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_UNAUTHENTICATED', httpStatus: 401, providerCode: '200', attempts: 1 })
      expect(asked(keyTag)).toEqual(['sign'])
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
      expect(shown).not.toMatch(/WrongSecretKey|WRONGACCESSKEY|bWVzc2FnZQ/)
    }
  })

  it.each([HOUR_MS, -HOUR_MS])(
    'sign again with the server’s time when the clock is %i ms off, once for all',
    async (off) => {
      const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { clock: () => Date.now() + off })
      expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
      expect(await signer.sign(message)).toMatchObject({ attempts: 1 })
      expect(asked(keyTag)).toEqual(['sign', 'sign', 'sign'])
    },
  )

  it('with a wrong secret and a wrong clock end as not authenticated', async () => {
    const credentials = { accessKey: emulator.ncp.credentials.accessKey, secretKey: 'WrongSecretKey' }
    const { signer } = await keyAndSigner(emulator, 'ECDSA', { credentials, clock: () => Date.now() - HOUR_MS })
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_UNAUTHENTICATED', attempts: 2 })
  })

  it('from a function are fetched again once they are refused', async () => {
    const { accessKey, secretKey } = emulator.ncp.credentials
    const reasons: string[] = []
    const credentials = async ({ reason }: { reason: string }) => {
      reasons.push(reason)
      return reason === 'rejected' ? { accessKey, secretKey } : { accessKey, secretKey: 'Expired' }
    }
    const { signer } = await keyAndSigner(emulator, 'ECDSA', { credentials })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
    expect(reasons).toEqual(['first', 'rejected'])
  })

  it.each([
    {},
    { accessKey: 'a' },
    { accessKey: 'a', secretKey: 'b c' },
    { accessToken: '' },
    { refreshToken: 'a\nb' },
  ])('from a function that gives %j are no credentials', async (given) => {
    const credentials = async () => given as NcpCredentials
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { credentials })
    const error = await failureOf(signer.sign(message))
    expect(error).toMatchObject({ code: 'KMS_CREDENTIALS_UNAVAILABLE', retryable: false })
    expect(asked(keyTag)).toEqual([])
  })
})

describe('access tokens', () => {
  it('sign, verify and give the public key', async () => {
    const { keyTag } = await keyAndSigner(emulator, 'ECDSA')
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    const signer = signerOf(emulator, keyTag, { credentials: { accessToken }, clock: () => Date.now() + HOUR_MS })
    const result = await signer.sign(message)
    expect(result).toMatchObject({ verified: true, attempts: 1 })
    expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
  })

  it('of another key, or of the wrong kind, are refused once', async () => {
    const [{ keyTag }, other] = await Promise.all([keyAndSigner(emulator, 'ECDSA'), keyAndSigner(emulator, 'ECDSA')])
    const tokens = await emulator.ncp.issueTokens(keyTag)
    await emulator.ncp.issueTokens(other.keyTag)
    for (const [tag, accessToken] of [
      [other.keyTag, tokens.accessToken],
      [keyTag, tokens.refreshToken],
      [keyTag, 'no.such.token'],
    ] as const) {
      const before = asked(tag).length
      const error = await failureOf(signerOf(emulator, tag, { credentials: { accessToken } }).sign(message))
      expect(['KMS_UNAUTHENTICATED', 'KMS_PERMISSION_DENIED']).toContain(error.code)
      expect(error.attempts).toBe(1)
      expect(asked(tag)).toHaveLength(before + 1)
      expect(inspect(error, { depth: 9 })).not.toContain(accessToken)
    }
  })

  it('from a function cannot be used with API 1.0', async () => {
    const credentials = async () => ({ accessToken: 'a.b.c' })
    const { signer } = await keyAndSigner(emulator, 'ECDSA', { credentials, apiVersion: '1.0' })
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_CREDENTIALS_UNAVAILABLE')
  })
})

describe('refresh tokens', () => {
  async function withRefreshToken(change: { readonly attemptTimeoutMs?: number } = {}) {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { refreshToken } = await emulator.ncp.issueTokens(keyTag)
    return { keyTag, refreshToken, signer: signerOf(emulator, keyTag, { credentials: { refreshToken }, ...change }) }
  }

  it('are exchanged once for many calls at a time and after each other', async () => {
    const { keyTag, signer } = await withRefreshToken()
    const results = await Promise.all(Array.from({ length: 20 }, async () => signer.sign(message)))
    expect(results.every(({ verified, attempts }) => verified && attempts === 1)).toBe(true)
    await signer.sign(message)
    expect(asked(keyTag).filter((operation) => operation === 'issueAccessToken')).toHaveLength(1)
    expect(asked(keyTag).filter((operation) => operation === 'sign')).toHaveLength(21)
  })

  it('are exchanged again when the access token is refused', async () => {
    const { keyTag, signer } = await withRefreshToken()
    await signer.sign(message)
    emulator.faults.add({ kind: 'expired-token', provider: 'ncp', operation: 'sign' })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
    expect(asked(keyTag)).toEqual(['issueAccessToken', 'sign', 'sign', 'issueAccessToken', 'sign'])
  })

  it('from a function are exchanged again too, without asking the function', async () => {
    const { keyTag, refreshToken } = await withRefreshToken()
    let called = 0
    const credentials = async () => {
      called += 1
      return { refreshToken }
    }
    const signer = signerOf(emulator, keyTag, { credentials })
    await signer.sign(message)
    emulator.faults.add({ kind: 'expired-token', provider: 'ncp', operation: 'sign' })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
    expect(called).toBe(1)
  })

  it('are not exchanged over and over', async () => {
    const { keyTag, signer } = await withRefreshToken()
    emulator.faults.add({ kind: 'expired-token', provider: 'ncp', operation: 'sign', times: 9 })
    expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'KMS_UNAUTHENTICATED', attempts: 2 })
    emulator.faults.clear()
    expect(asked(keyTag)).toEqual(['issueAccessToken', 'sign', 'issueAccessToken', 'sign'])
  })

  it('that are refused themselves end the call', async () => {
    const { keyTag } = await withRefreshToken()
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    for (const refreshToken of [accessToken, 'no.such.token']) {
      const signer = signerOf(emulator, keyTag, { credentials: { refreshToken } })
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_UNAUTHENTICATED', attempts: 1 })
      expect(inspect(error, { depth: 9 })).not.toContain(refreshToken)
    }
  })

  it('outlive a failed exchange: it is repeated as any attempt is', async () => {
    const { keyTag, signer } = await withRefreshToken()
    emulator.faults.add({ kind: 'status', status: 503, provider: 'ncp', operation: 'issueAccessToken' })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
    expect(asked(keyTag)).toEqual(['issueAccessToken', 'issueAccessToken', 'sign'])
  })

  it('keep serving others when one caller gives up', async () => {
    const { keyTag, signer } = await withRefreshToken()
    emulator.faults.add({ kind: 'delay', ms: 300, provider: 'ncp', operation: 'issueAccessToken' })
    const impatient = new AbortController()
    const first = signer.sign(message, { signal: impatient.signal })
    const second = signer.sign(message)
    setTimeout(() => impatient.abort('enough'), 100)
    await expect(first).rejects.toBe('enough')
    expect(await second).toMatchObject({ verified: true, attempts: 1 })
    expect(asked(keyTag)).toEqual(['issueAccessToken', 'sign'])
  })

  it('are exchanged anew after everybody gave up', async () => {
    const { keyTag, signer } = await withRefreshToken()
    emulator.faults.add({ kind: 'hang', provider: 'ncp', operation: 'issueAccessToken' })
    const impatient = new AbortController()
    const first = signer.sign(message, { signal: impatient.signal })
    setTimeout(() => impatient.abort('enough'), 100)
    await expect(first).rejects.toBe('enough')
    expect(await signer.sign(message)).toMatchObject({ verified: true })
    expect(asked(keyTag)).toEqual(['issueAccessToken', 'issueAccessToken', 'sign'])
  })

  it('have the time of one attempt for an exchange', async () => {
    const { signer } = await withRefreshToken({ attemptTimeoutMs: 200 })
    emulator.faults.add({ kind: 'hang', provider: 'ncp', operation: 'issueAccessToken' })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
  })

  it('stop with the signer', async () => {
    const { signer } = await withRefreshToken()
    emulator.faults.add({ kind: 'hang', provider: 'ncp', operation: 'issueAccessToken' })
    const call = signer.sign(message)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const [error] = await Promise.all([failureOf(call), signer.close({ timeoutMs: 100 })])
    expect(error.code).toBe('KMS_SIGNER_CLOSED')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_SIGNER_CLOSED')
  })
})
