import { constants, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64, hash, ncp } from './harness.ts'

const MESSAGE = 'what is signed'
const data = base64(MESSAGE)
let emulator: Emulator
let rsa: string
let ecdsa: string

beforeAll(async () => {
  emulator = await startEmulator()
  rsa = (await emulator.ncp.createKey({ keyType: 'RSA2048' })).keyTag
  ecdsa = (await emulator.ncp.createKey({ keyType: 'ECDSA' })).keyTag
})
afterAll(() => emulator.close())

async function signWith(keyTag: string, from = emulator, text = data): Promise<{ version: string; signature: Buffer }> {
  const { json } = await ncp(from, 'POST', `/${keyTag}/sign`, { data: text })
  const [name, version = '', signature = ''] = json.data.signature.split(':')
  expect(name).toBe('ncpkms')
  return { version, signature: Buffer.from(signature, 'base64') }
}

async function publicKeyOf(keyTag: string, from = emulator, body: object = {}) {
  return createPublicKey((await ncp(from, 'POST', `/${keyTag}/get-pub-key`, body)).json.data.publicKey)
}

describe('profiles, judged by node:crypto', () => {
  it('signs ECDSA as DER', async () => {
    const { signature, version } = await signWith(ecdsa)
    expect(version).toBe('v1')
    expect(verify('sha256', Buffer.from(MESSAGE), await publicKeyOf(ecdsa), signature)).toBe(true)
  })

  it('signs RSA with PSS and the longest salt', async () => {
    const { signature } = await signWith(rsa)
    const key = { key: await publicKeyOf(rsa), padding: constants.RSA_PKCS1_PSS_PADDING }
    expect(verify('sha256', Buffer.from(MESSAGE), { ...key, saltLength: 222 }, signature)).toBe(true)
    expect(verify('sha256', Buffer.from(MESSAGE), { ...key, saltLength: 32 }, signature)).toBe(false)
  })

  it.each([
    ['salt of the digest', { salt: 'digest' }, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ['PKCS#1 v1.5', { padding: 'pkcs1', publicKeyForm: 'pkcs1' }, { padding: constants.RSA_PKCS1_PADDING }],
  ])('signs RSA with the %s on request', async (_name, settings, check) => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'RSA2048', ...settings })
    const { signature } = await signWith(keyTag)
    expect(verify('sha256', Buffer.from(MESSAGE), { key: await publicKeyOf(keyTag), ...check }, signature)).toBe(true)
  })

  it('signs r‖s, and prehashed input, on request', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA', ecdsaEncoding: 'p1363', prehashed: true })
    const { signature } = await signWith(keyTag, emulator, base64(hash('sha256', MESSAGE)))
    expect(signature).toHaveLength(64)
    const key = { key: await publicKeyOf(keyTag), dsaEncoding: 'ieee-p1363' as const }
    expect(verify('sha256', Buffer.from(MESSAGE), key, signature)).toBe(true)
    expect((await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })).json.code).toBe('INVALID_REQUEST')
  })

  it('prints the public key as PEM', async () => {
    const { json } = await ncp(emulator, 'POST', `/${ecdsa}/get-pub-key`)
    expect(json.data.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
  })
})

describe('verify', () => {
  const check = async (keyTag: string, signature: string, message = data, from = emulator) =>
    (await ncp(from, 'POST', `/${keyTag}/verify`, { data: message, signature })).json

  it('answers true and false', async () => {
    for (const keyTag of [rsa, ecdsa]) {
      const { signature } = (await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })).json.data
      expect(await check(keyTag, signature)).toEqual({ code: 'SUCCESS', data: { valid: true } })
      expect((await check(keyTag, signature, base64('other'))).data.valid).toBe(false)
      expect((await check(keyTag, signature.slice('ncpkms:v1:'.length))).data.valid).toBe(false)
      expect((await check(keyTag, signature.replace(':v1:', ':v9:'))).data.valid).toBe(false)
      expect((await check(keyTag, 'ncpkms:v1:AAAA')).data.valid).toBe(false)
      expect((await check(keyTag, 'ncpkms:v1:_-==')).data.valid).toBe(false)
    }
  })

  it('answers with an error or a text where a setting says so', async () => {
    const other = await startEmulator({
      ncp: { badVersion: 'error', validType: 'string', signaturePrefix: 'optional' },
    })
    const { keyTag } = await other.ncp.createKey({ keyType: 'ECDSA' })
    const { signature } = (await ncp(other, 'POST', `/${keyTag}/sign`, { data })).json.data
    expect((await check(keyTag, signature.slice('ncpkms:v1:'.length), data, other)).data.valid).toBe('true')
    expect((await check(keyTag, signature.replace(':v1:', ':v9:'), data, other)).code).toBe('INVALID_REQUEST')
    await other.close()
  })
})

describe('limits', () => {
  it.each([
    ['encoded', 6143, 200],
    ['encoded', 6144, 200],
    ['encoded', 6145, 400],
    ['decoded', 8191, 200],
    ['decoded', 8192, 200],
    ['decoded', 8193, 400],
    ['decoded', 1, 200],
    ['decoded', 0, 400],
  ])('bounds %s data: %i bytes answer %i', async (messageLimit, size, status) => {
    const limited = await startEmulator({ ncp: { messageLimit } })
    const { keyTag } = await limited.ncp.createKey({ keyType: 'ECDSA' })
    const answer = await ncp(limited, 'POST', `/${keyTag}/sign`, { data: base64(Buffer.alloc(size, 1)) })
    expect(answer.status).toBe(status)
    await limited.close()
  })

  it('signs nothing at all where a setting allows it', async () => {
    const lax = await startEmulator({ ncp: { emptyMessage: 'sign' } })
    const { keyTag } = await lax.ncp.createKey({ keyType: 'ECDSA' })
    const { signature } = await signWith(keyTag, lax, '')
    expect(verify('sha256', Buffer.alloc(0), await publicKeyOf(keyTag, lax), signature)).toBe(true)
    await lax.close()
  })

  it.each([['YQ'], ['YQ=='.replace('YQ', 'YR')], ['_-=='], ['Y Q=='], ['YQ==\n']])(
    'refuses %j as base64',
    async (text) => {
      expect((await ncp(emulator, 'POST', `/${ecdsa}/sign`, { data: text })).status).toBe(400)
    },
  )

  it('refuses a body that is no JSON object, whatever the Content-Type says', async () => {
    for (const headers of [{}, { 'content-type': 'application/x-www-form-urlencoded' }]) {
      expect((await ncp(emulator, 'POST', `/${ecdsa}/sign`, { data }, { headers })).status).toBe(200)
    }
    expect((await ncp(emulator, 'POST', `/${ecdsa}/sign`, [])).json.error.errorCode).toBe('100')
  })
})

describe('states, versions and permissions', () => {
  it.each(['DISABLE', 'REVOKE'] as const)('does not sign with a key that is %s', async (status) => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    emulator.ncp.setKeyStatus(keyTag, status)
    const answer = await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })
    expect([answer.status, answer.json.code]).toEqual([422, 'UNPROCESSABLE_ENTITY'])
  })

  it('signs with the new version after a rotation and still verifies the old', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const old = (await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })).json.data.signature
    const before = await publicKeyOf(keyTag)
    expect(emulator.ncp.rotateKey(keyTag)).toBe(2)
    const { version, signature } = await signWith(keyTag)
    expect(version).toBe('v2')
    expect(verify('sha256', Buffer.from(MESSAGE), before, signature)).toBe(false)
    expect(verify('sha256', Buffer.from(MESSAGE), await publicKeyOf(keyTag), signature)).toBe(true)
    expect((await publicKeyOf(keyTag, emulator, { keyVersion: 1 })).equals(before)).toBe(true)
    expect((await ncp(emulator, 'POST', `/${keyTag}/verify`, { data, signature: old })).json.data.valid).toBe(true)
    await ncp(emulator, 'POST', `/${keyTag}/versions/1/disable`)
    expect((await ncp(emulator, 'POST', `/${keyTag}/verify`, { data, signature: old })).json.data.valid).toBe(false)
    expect((await ncp(emulator, 'POST', `/${keyTag}/get-pub-key`, { keyVersion: 1 })).status).toBe(422)
    emulator.ncp.setVersionStatus(keyTag, 2, 'DISABLE')
    expect((await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })).status).toBe(422)
  })

  it('keeps each version’s state while the key is off', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    await ncp(emulator, 'POST', `/${keyTag}/rotate`)
    await ncp(emulator, 'POST', `/${keyTag}/versions/1/disable`)
    await ncp(emulator, 'POST', `/${keyTag}/disable`)
    expect((await ncp(emulator, 'POST', `/${keyTag}/rotate`)).status).toBe(422)
    await ncp(emulator, 'POST', `/${keyTag}/enable`)
    const { versionList } = (await ncp(emulator, 'GET', `/${keyTag}/versions`)).json.data
    expect(versionList).toMatchObject([{ status: 'DISABLE' }, { status: 'ENABLE' }])
  })

  it('cannot sign with AES256', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'AES256' })
    for (const path of ['sign', 'verify', 'get-pub-key']) {
      expect((await ncp(emulator, 'POST', `/${keyTag}/${path}`, { data, signature: 'x' })).json.code).toBe(
        'INVALID_REQUEST',
      )
    }
  })

  it('refuses denied operations and throttles', async () => {
    const strict = await startEmulator({ clock: () => 1e12, ncp: { deniedOperations: ['verify'], ratePerSecond: 2 } })
    const { keyTag } = await strict.ncp.createKey({ keyType: 'ECDSA' })
    const change = { timestamp: String(1e12) }
    expect((await ncp(strict, 'POST', `/${keyTag}/verify`, {}, change)).json.code).toBe('FORBIDDEN')
    const answers = []
    for (let count = 0; count < 3; count += 1)
      answers.push(await ncp(strict, 'POST', `/${keyTag}/sign`, { data }, change))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[2]?.json.error.errorCode).toBe('410')
    await strict.close()
  })
})

describe('key management', () => {
  const valid = { keyName: 'wire-key', keyType: 'ECDSA', isAutoRotation: false, protectionType: 'BASIC' }

  it('creates, lists, describes, revokes and deletes a key', async () => {
    const { keyTag } = (await ncp(emulator, 'POST', '', valid)).json.data
    expect((await signWith(keyTag)).version).toBe('v1')
    const info = (await ncp(emulator, 'GET', `/${keyTag}`)).json.data
    expect(info).toMatchObject({ keyTag, keyName: 'wire-key', status: 'ENABLE', currentVersion: 1, keyType: 'ECDSA' })
    const page = (await ncp(emulator, 'GET', '?pageNo=1&pageSize=1')).json.data
    expect(page.keyList).toHaveLength(1)
    expect(page.totalPageNo).toBe(page.totalCount)
    await ncp(emulator, 'POST', `/${keyTag}/request-deletion`)
    expect((await ncp(emulator, 'GET', `/${keyTag}`)).json.data.status).toBe('REVOKE')
    await ncp(emulator, 'POST', `/${keyTag}/cancel-deletion`)
    expect((await ncp(emulator, 'DELETE', `/${keyTag}`)).status).toBe(422)
    await ncp(emulator, 'POST', `/${keyTag}/request-deletion`)
    expect((await ncp(emulator, 'DELETE', `/${keyTag}`)).json).toEqual({ code: 'SUCCESS', data: null })
    expect((await ncp(emulator, 'GET', `/${keyTag}`)).json.code).toBe('NOT_FOUND')
  })

  it.each([
    ['a short name', { keyName: 'ab' }],
    ['a name that begins with a digit', { keyName: '1abc' }],
    ['an unknown type', { keyType: 'RSA4096' }],
    ['no rotation choice', { isAutoRotation: undefined }],
    ['no protection type', { protectionType: undefined }],
    ['a period of 731 days', { rotationPeriod: 731 }],
  ])('refuses %s', async (_what, change) => {
    const answer = await ncp(emulator, 'POST', '', { ...valid, keyName: 'other-key', ...change })
    expect(answer.json.code).toBe('INVALID_REQUEST')
  })

  it('adds msg to the envelope of API 1.0 and has no public key there', async () => {
    const { ncpHeaders, send } = await import('./harness.ts')
    const call = (operation: string) => {
      const target = `/keys/v2/${ecdsa}/${operation}`
      return send(emulator, { target, headers: ncpHeaders(emulator, 'POST', target), body: JSON.stringify({ data }) })
    }
    expect((await call('sign')).json).toMatchObject({ code: 'SUCCESS', msg: '' })
    expect((await call('get-pub-key')).status).toBe(404)
  })
})
