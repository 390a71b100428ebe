import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/index.ts'
import { base64, ncp, volcengine } from './harness.ts'

const started: Emulator[] = []
const start = async (options?: EmulatorOptions): Promise<Emulator> => {
  const emulator = await startEmulator(options)
  started.push(emulator)
  return emulator
}
afterEach(async () => {
  for (const emulator of started.splice(0)) await emulator.close()
})

describe('options', () => {
  it.each([
    [{ prot: 1 }, 'port'],
    [{ port: 70_000 }, '65535'],
    [{ tls: 'yes' }, 'boolean'],
    [{ profile: 'odd' }, 'random'],
    [{ ncp: { pading: 'pss' } }, 'padding'],
    [{ ncp: { padding: 'oaep' } }, 'pkcs1'],
    [{ volcengine: { ecdsaEncodings: 'der' } }, 'ecdsaEncoding'],
    [{ aws: { credentials: { accessKeyId: 'x' } } }, 'secretAccessKey'],
  ])('refuses %j and says what would be right', async (options, hint) => {
    await expect(startEmulator(options as EmulatorOptions)).rejects.toThrow(TypeError)
    await expect(startEmulator(options as EmulatorOptions)).rejects.toThrow(hint)
  })

  it('refuses unknown settings of a key', async () => {
    const emulator = await start()
    await expect(emulator.ncp.createKey({ keyType: 'ECDSA', encoding: 'der' })).rejects.toThrow(TypeError)
    await expect(emulator.ncp.createKey({ keyType: 'RSA4096' as 'RSA2048' })).rejects.toThrow(TypeError)
    await expect(emulator.volcengine.createKey({ keySpec: 'EC_P256', keyName: 'x' })).rejects.toThrow(TypeError)
    await expect(emulator.aws.createKey({ keySpec: 'EC_P256' })).rejects.toThrow(TypeError)
  })

  it('rejects when the port is taken', async () => {
    const first = await start()
    await expect(startEmulator({ port: Number(new URL(first.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('listens on loopback', async () => {
    expect((await start()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })
})

describe('profile', () => {
  it('is the same for the same seed and differs between seeds', async () => {
    const profiles = []
    for (const seed of [1, 1, 2, 3]) profiles.push((await start({ profile: 'random', seed })).profile)
    expect(profiles[0]).toEqual(profiles[1])
    expect(
      new Set(
        profiles.map(
          ({ ncp: { padding, ecdsaEncoding }, volcengine: { salt } }) => `${padding} ${ecdsaEncoding} ${salt}`,
        ),
      ).size,
    ).toBeGreaterThan(1)
    expect(profiles[0]?.seed).toBe(1)
  })

  it('draws each alternative sooner or later and leaves given settings alone', async () => {
    const { drawSettings } = await import('../src/random-profile.ts')
    const { NCP_SETTINGS } = await import('../src/ncp/settings.ts')
    const seen = new Set<unknown>()
    for (let seed = 0; seed < 40; seed += 1) seen.add(drawSettings('ncp', NCP_SETTINGS, seed)['throttleCode'])
    expect([...seen].sort()).toEqual(['410', '420'])
    const fixed = await start({ profile: 'random', seed: 5, ncp: { padding: 'pss', salt: 'digest' } })
    expect(fixed.profile.ncp).toMatchObject({ padding: 'pss', salt: 'digest' })
  })

  it.each([11, 12, 13, 14, 15, 16])('signs what it verifies under seed %i', async (seed) => {
    const emulator = await start({ profile: 'random', seed })
    const data = base64('drawn')
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { signature } = (await ncp(emulator, 'POST', `/${keyTag}/sign`, { data })).json.data
    const verified = await ncp(emulator, 'POST', `/${keyTag}/verify`, { data, signature })
    expect(String(verified.json.data.valid)).toBe('true')
    for (const [keySpec, Algorithm] of [
      ['EC_P384', 'ECDSA_SHA_384'],
      ['EC_SM2', 'SM2_DSA'],
    ] as const) {
      const { keyId: KeyID } = await emulator.volcengine.createKey({ keySpec })
      const input = { KeyID, Algorithm, Message: data }
      const { Signature } = (await volcengine(emulator, 'AsymmetricSign', input)).json.Result
      const answer = await volcengine(emulator, 'AsymmetricVerify', { ...input, Signature })
      expect(String(answer.json.Result.SignatureValid)).toBe('true')
    }
  })

  it('makes up a seed and says which', async () => {
    expect((await start({ profile: 'random' })).profile.seed).toBeTypeOf('number')
    expect((await start()).profile.seed).toBeUndefined()
  })
})

describe('requests', () => {
  it('names what arrived without secrets and messages', async () => {
    const emulator = await start({ clock: () => 1e12 })
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    const secret = 'a message nobody may see'
    await ncp(
      emulator,
      'POST',
      `/${keyTag}/sign`,
      { data: base64(secret) },
      { timestamp: '1000000000000', headers: { 'x-ncp-ocapi-token': accessToken } },
    )
    await volcengine(emulator, 'AsymmetricSign', { Message: base64(secret) })
    await volcengine(emulator, 'Unheard', {}, { at: 1e12 })
    expect(emulator.requests).toMatchObject([
      { provider: 'ncp', operation: 'sign', status: 200, at: 1e12, keyId: keyTag },
      { provider: 'volcengine', operation: 'sign', status: 400 },
      { provider: 'volcengine', operation: 'unknown', status: 404 },
    ])
    const text = JSON.stringify(emulator.requests)
    for (const hidden of [
      base64(secret),
      accessToken,
      emulator.ncp.credentials.secretKey,
      emulator.ncp.credentials.accessKey,
    ]) {
      expect(text).not.toContain(hidden)
    }
  })
})

describe('tls', () => {
  it('serves a certificate of its own authority', async () => {
    const emulator = await start({ tls: true })
    expect(emulator.url).toMatch(/^https:/)
    const status = (options: object) =>
      new Promise((resolve) => {
        const outgoing = request(emulator.url, { agent: false, ...options }, (incoming) => {
          incoming.resume()
          resolve(incoming.statusCode)
        })
        outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)).end()
      })
    expect(await status({ ca: emulator.ca })).toBe(401)
    expect(await status({ ca: emulator.ca, servername: 'localhost' })).toBe(401)
    expect(await status({ ca: emulator.ca, servername: 'example.com' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await status({})).toMatch(/SELF_SIGNED|UNABLE/)
  })
})

describe('data directory', () => {
  it('keeps keys, states, versions, aliases and tokens for the next start, readable by the owner alone', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'kmsign-data-'))
    const credentials = { accessKey: 'kept-access', secretKey: 'kept-secret' }
    const first = await start({ dataDirectory, ncp: { credentials } })
    const { keyTag } = await first.ncp.createKey({ keyType: 'ECDSA', ecdsaEncoding: 'p1363' })
    first.ncp.rotateKey(keyTag)
    const data = base64('kept')
    const { signature } = (await ncp(first, 'POST', `/${keyTag}/sign`, { data })).json.data
    const { accessToken } = await first.ncp.issueTokens(keyTag)
    const volcengineKey = await first.volcengine.createKey({ keySpec: 'EC_SM2' })
    first.volcengine.setKeyState(volcengineKey.keyId, 'Archived')
    const made: string[] = []
    for (const keySpec of ['ML_DSA_44', 'ECC_NIST_EDWARDS25519', 'SYMMETRIC_DEFAULT']) {
      made.push((await first.aws.createKey({ keySpec, alias: keySpec })).keyId)
    }
    await first.close()

    const second = await start({ dataDirectory, ncp: { credentials } })
    const headers = { 'x-ncp-ocapi-token': accessToken }
    const verified = await ncp(second, 'POST', `/${keyTag}/verify`, { data, signature }, { headers })
    expect(signature).toMatch(/^ncpkms:v2:/)
    expect(verified.json.data.valid).toBe(true)
    const change = second.volcengine.credentials
    const described = await volcengine(second, 'DescribeKey', { KeyID: volcengineKey.keyId }, change)
    expect(described.json.Result.Key.KeyState).toBe('Archived')
    for (const keyId of made) expect(() => second.aws.setKeyState(keyId, 'Disabled')).not.toThrow()
    expect(statSync(dataDirectory).mode & 0o777).toBe(0o700)
    const files = readdirSync(dataDirectory)
    expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([])
    for (const file of files) expect(statSync(join(dataDirectory, file)).mode & 0o777).toBe(0o600)
    rmSync(dataDirectory, { recursive: true })
  })
})

describe('close', () => {
  it('ends every connection and may be called again', async () => {
    const emulator = await start()
    emulator.faults.add({ kind: 'hang' })
    const { hostname, port } = new URL(emulator.url)
    const idle = connect(Number(port), hostname)
    const closed = new Promise((resolve) => idle.on('close', resolve).on('error', () => undefined))
    await new Promise((resolve) => idle.once('connect', resolve))
    await Promise.all([emulator.close(), emulator.close(), closed])
    await emulator.close()
    await expect(ncp(emulator, 'GET', '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
