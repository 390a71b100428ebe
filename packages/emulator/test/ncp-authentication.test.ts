import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { ncp, ncpHeaders, send } from './harness.ts'

const ACCESS_KEY = 'TESTACCESSKEY0000001'
const SECRET_KEY = 'TestSecretKey0000000000000000000000000001'
const GATEWAY_KEY = 'TESTAPIGWKEY000000000000000000000000001'
const TIMESTAMP = 1_700_000_000_000
const TAG = 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6'

let now = TIMESTAMP
let emulator: Emulator

beforeAll(async () => {
  const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY, apiGatewayKey: GATEWAY_KEY }
  emulator = await startEmulator({ clock: () => now, ncp: { credentials } })
})
afterAll(() => emulator.close())

const account = (signature: string, header = 'x-ncp-apigw-signature-v2') => ({
  'x-ncp-apigw-timestamp': String(TIMESTAMP),
  'x-ncp-iam-access-key': ACCESS_KEY,
  [header]: signature,
})

/** An unknown key is the answer once a request is authentic. */
const isAuthentic = (answer: { status: number; json: { code?: string } }): boolean => {
  return answer.status === 200 || answer.json.code === 'NOT_FOUND'
}

describe('signature vectors', () => {
  it.each([
    ['POST', `/kms/v1/keys/${TAG}/sign`, 'D53veLYpGAwruJaHJ+38uMit3PWBUVZb6WyzOI2Wkd0='],
    ['POST', `/kms/v1/keys/${TAG}/verify`, 'liPpUTJv8olQPY5LzR8lP+9hUhjj1NwwgRumsm/vUBI='],
    ['GET', '/kms/v1/keys?pageNo=1&pageSize=1', 'VEO8Rnj0DxUYgohWepb6pqZZYgHh6sTkjSd1h+JvRFI='],
    ['POST', `/keys/v2/${TAG}/sign`, 'KxKiHvQfbPEaH6yE6gEjCrJXclKVcGujb1uxVOS8zIc='],
  ])('accepts v2 of %s %s', async (method, target, signature) => {
    expect(isAuthentic(await send(emulator, { method, target, headers: account(signature) }))).toBe(true)
  })

  it('accepts v1 on the v1 stage, with the API Gateway key', async () => {
    const headers = {
      ...account('lVKQK9YCDb0VhOVCipdGziJZnumU+WTqEGlksDcCsuc=', 'x-ncp-apigw-signature-v1'),
      'x-ncp-apigw-api-key': GATEWAY_KEY,
    }
    const target = `/keys/v1/${TAG}/sign`
    expect(isAuthentic(await send(emulator, { target, headers }))).toBe(true)
    const stranger = await send(emulator, { target, headers: { ...headers, 'x-ncp-apigw-api-key': 'other' } })
    expect(stranger.status).toBe(401)
  })

  it.each([
    ['a trailing LF', 'Az/+RvzWdpOt1MRNzRMb49hJQbvXeffgZYoge8ngCeo='],
    ['the absolute URL', 'Bw95RXRXF4zuDoK5+UjdkJSw0DZBSO4WLcoIOUV4zec='],
    ['another target', 'liPpUTJv8olQPY5LzR8lP+9hUhjj1NwwgRumsm/vUBI='],
    ['nothing', ''],
  ])('refuses a signature over %s', async (_what, signature) => {
    const answer = await send(emulator, { target: `/kms/v1/keys/${TAG}/sign`, headers: account(signature) })
    expect(answer.status).toBe(401)
    expect(answer.json.error.errorCode).toBe('200')
  })

  it('takes v1 under the three-line text only on the switch', async () => {
    const headers = account('KxKiHvQfbPEaH6yE6gEjCrJXclKVcGujb1uxVOS8zIc=', 'x-ncp-apigw-signature-v1')
    const target = `/keys/v2/${TAG}/sign`
    expect((await send(emulator, { target, headers })).status).toBe(401)
    const tolerant = await startEmulator({
      clock: () => TIMESTAMP,
      ncp: { credentials: { accessKey: ACCESS_KEY, secretKey: SECRET_KEY }, signatureV1OnV2Stage: true },
    })
    expect(isAuthentic(await send(tolerant, { target, headers }))).toBe(true)
    await tolerant.close()
  })
})

describe('account authentication', () => {
  it.each([
    [-300_000, 401],
    [-299_999, 200],
    [299_999, 200],
    [300_000, 401],
  ])('answers a clock %i ms off with %i and the time', async (offset, status) => {
    const answer = await ncp(emulator, 'GET', '', undefined, { timestamp: String(TIMESTAMP + offset) })
    expect(answer.status).toBe(status)
    expect(answer.headers['date']).toBe(new Date(TIMESTAMP).toUTCString())
  })

  it.each([
    ['secret key', { secretKey: 'wrong' }],
    ['access key', { accessKey: 'wrong' }],
    ['timestamp', { timestamp: 'soon' }],
  ])('refuses a wrong %s', async (_what, change) => {
    const answer = await ncp(emulator, 'GET', '', undefined, { timestamp: String(TIMESTAMP), ...change })
    expect(answer.status).toBe(401)
    expect(answer.json.error).toMatchObject({ errorCode: '200', message: 'Authentication Failed' })
  })

  it('says so when there is no authentication at all', async () => {
    const answer = await send(emulator, { method: 'GET', target: '/kms/v1/keys' })
    expect(answer.json.error.details).toBe('Authentication information are missing.')
    expect(answer.headers['x-ncp-trace-id']).toMatch(/^[0-9a-f]{32}$/)
  })

  it('covers the raw target, not a decoded one', async () => {
    const headers = ncpHeaders(emulator, 'GET', '/kms/v1/keys/a b', { timestamp: String(TIMESTAMP) })
    expect((await send(emulator, { method: 'GET', target: '/kms/v1/keys/a%20b', headers })).status).toBe(401)
  })

  it('answers an unknown path like the gateway', async () => {
    const answer = await ncp(emulator, 'POST', `/${TAG}/public-key`, {}, { timestamp: String(TIMESTAMP) })
    expect(answer.status).toBe(404)
    expect(answer.json.error.errorCode).toBe('300')
  })
})

describe('tokens', () => {
  const data = { data: Buffer.from('message').toString('base64') }
  const withToken = (path: string, token: string, body: object = data, method = 'POST') =>
    send(emulator, {
      method,
      target: `/kms/v1/keys/${path}`,
      headers: { 'x-ncp-ocapi-token': token },
      body: JSON.stringify(body),
    })
  const account = { timestamp: String(TIMESTAMP) }

  it('signs with an access token until it expires', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    expect(accessToken.split('.')).toHaveLength(3)
    expect((await withToken(`${keyTag}/sign`, accessToken)).json.code).toBe('SUCCESS')
    now = TIMESTAMP + 72 * 3_600_000
    expect((await withToken(`${keyTag}/sign`, accessToken)).status).toBe(401)
    now = TIMESTAMP
  })

  it('binds a token to its key, its kind and its bytes', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const other = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { accessToken, refreshToken } = await emulator.ncp.issueTokens(keyTag)
    expect((await withToken(`${other.keyTag}/sign`, accessToken)).status).toBe(401)
    expect((await withToken(`${keyTag}/sign`, refreshToken)).status).toBe(401)
    expect((await withToken(`${keyTag}/sign`, `${accessToken.slice(0, -2)}xx`)).status).toBe(401)
    expect((await withToken(`${keyTag}/rotate`, accessToken)).status).toBe(401)
    expect((await withToken(`${keyTag}/access-token`, accessToken)).status).toBe(401)
  })

  it('renews with the refresh token and leaves old tokens valid', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const first = await emulator.ncp.issueTokens(keyTag)
    const renewed = (await withToken(`${keyTag}/token-set`, first.refreshToken, {}, 'PUT')).json.data
    const single = (await withToken(`${keyTag}/access-token`, renewed.refreshToken, { accessTokenHours: 'UL' })).json
      .data
    now = TIMESTAMP + 3_600_000
    for (const token of [first.accessToken, renewed.accessToken, single.accessToken]) {
      expect((await withToken(`${keyTag}/sign`, token)).json.code).toBe('SUCCESS')
    }
    now = TIMESTAMP + 365 * 86_400_000
    expect((await withToken(`${keyTag}/sign`, single.accessToken)).json.code).toBe('SUCCESS')
    now = TIMESTAMP
  })

  it('ends all tokens when the generator rotates', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    expect((await ncp(emulator, 'POST', `/${keyTag}/token-set`, {}, account)).json.code).toBe('UNPROCESSABLE_ENTITY')
    expect((await ncp(emulator, 'POST', `/${keyTag}/token-generator`, {}, account)).json).toEqual({
      code: 'SUCCESS',
      data: null,
    })
    const issued = await ncp(emulator, 'POST', `/${keyTag}/token-set`, { accessTokenHours: '1' }, account)
    await ncp(emulator, 'PUT', `/${keyTag}/token-generator`, {}, account)
    expect((await withToken(`${keyTag}/sign`, issued.json.data.accessToken)).status).toBe(401)
    const bad = await ncp(emulator, 'POST', `/${keyTag}/token-set`, { accessTokenHours: 17_521 }, account)
    expect(bad.json.code).toBe('INVALID_REQUEST')
  })

  it('knows no tokens on API 1.0', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    const headers = { 'x-ncp-ocapi-token': accessToken }
    expect((await send(emulator, { target: `/keys/v2/${keyTag}/sign`, headers })).status).toBe(401)
  })
})
