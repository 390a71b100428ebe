import { constants, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64, codeOf, hash, send, volcengine } from './harness.ts'

interface Vector {
  readonly id: string
  readonly method: string
  readonly queries: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
const file = JSON.parse(readFileSync(new URL('volcengine-signature-vectors.json', import.meta.url), 'utf8')) as {
  accessKeyId: string
  secretAccessKey: string
  date: string
  vectors: Vector[]
}
const MESSAGE = 'This is a message example.'

let emulator: Emulator
const keys: Record<string, string> = {}
const SPECS = ['EC_P256', 'EC_P256K', 'EC_P384', 'EC_P521', 'EC_SM2', 'RSA_2048'] as const

beforeAll(async () => {
  emulator = await startEmulator()
  for (const keySpec of SPECS) keys[keySpec] = (await emulator.volcengine.createKey({ keySpec })).keyId
})
afterAll(() => emulator.close())

const sign = (KeyID: string | undefined, Algorithm: string, more: object = {}, from = emulator) =>
  volcengine(from, 'AsymmetricSign', { KeyID, Algorithm, Message: base64(MESSAGE), ...more })

describe('request signature vectors', () => {
  const { accessKeyId, secretAccessKey } = file
  const at = Date.parse(file.date)
  const start = (sessionToken?: string) =>
    startEmulator({
      clock: () => at,
      volcengine: { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } },
    })
  const cases = file.vectors.flatMap((vector) => vector.queries.map((query, index) => ({ ...vector, query, index })))

  it.each(cases)('accepts $id, spelling $index', async ({ method, query, headers, body }) => {
    const server = await start(headers['X-Security-Token'])
    const answer = await send(server, { method, target: `/?${query}`, headers, body })
    // Authentic requests get as far as the missing keyring, the missing key or the unknown action.
    expect(['Not Found', 'InvalidParameter', 'InvalidActionOrVersion']).toContain(codeOf(answer))
    const altered = await send(server, { method, target: `/?${query}&x=1`, headers, body })
    expect([altered.status, codeOf(altered)]).toEqual([401, 'SignatureDoesNotMatch'])
    await server.close()
  })
})

describe('authentication', () => {
  const at = 1_720_450_811_000
  let timed: Emulator
  beforeAll(async () => {
    timed = await startEmulator({ clock: () => at })
  })
  afterAll(() => timed.close())

  it.each([
    [-901_000, 'InvalidTimestamp'],
    [-900_000, undefined],
    [900_000, undefined],
    [901_000, 'InvalidTimestamp'],
  ])('answers a clock %i ms off with %s', async (offset, code) => {
    const answer = await volcengine(timed, 'DescribeRegions', {}, { at: at + offset })
    expect(codeOf(answer)).toBe(code)
    expect(answer.headers['date']).toBe(new Date(at).toUTCString())
  })

  it('honours X-Expires', async () => {
    const late = await volcengine(timed, 'DescribeRegions', {}, { at: at - 61_000, query: 'X-Expires=60' })
    expect(codeOf(late)).toBe('InvalidTimestamp')
  })

  it.each([
    ['secret', { secretAccessKey: 'wrong' }, 401, 'SignatureDoesNotMatch'],
    ['access key', { accessKeyId: 'AKLTwrong' }, 401, 'InvalidAccessKey'],
    ['token', { sessionToken: 'wrong' }, 401, 'InvalidSecretToken'],
    ['service', { service: 'ecs' }, 404, 'ServiceNotFound'],
    ['method', { method: 'PUT' }, 405, 'MethodNotAllowed'],
  ])('refuses a wrong %s', async (_what, change, status, code) => {
    const answer = await volcengine(timed, 'DescribeRegions', {}, { at, ...change })
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
  })

  const broken: [string, (headers: Record<string, string>) => Record<string, string>, string][] = [
    ['no authorization', ({ authorization: _, ...rest }) => rest, 'MissingAuthenticationToken'],
    ['another scheme', (headers) => ({ ...headers, authorization: 'Bearer x' }), 'InvalidAuthorization'],
    [
      'no signature',
      (headers) => ({ ...headers, authorization: (headers['authorization'] ?? '').replace(/, Signature=.*/, '') }),
      'MissingSignature',
    ],
    [
      'a short scope',
      (headers) => ({ ...headers, authorization: (headers['authorization'] ?? '').replace('/request', '') }),
      'InvalidCredential',
    ],
    ['another body hash', (headers) => ({ ...headers, 'x-content-sha256': '00' }), 'SignatureDoesNotMatch'],
    [
      'spaces in the header',
      (headers) => ({ ...headers, authorization: (headers['authorization'] ?? '').replaceAll(', ', ',   ') }),
      '',
    ],
  ]
  it.each(broken)('answers %s with its own code', async (_what, alter, code) => {
    expect(codeOf(await volcengine(timed, 'DescribeRegions', {}, { at, alter })) ?? '').toBe(code)
  })

  it('keeps the envelope on every outcome', async () => {
    const answer = await volcengine(timed, 'Nonsense', {}, { at })
    expect([answer.status, codeOf(answer)]).toEqual([404, 'InvalidActionOrVersion'])
    expect(answer.json.ResponseMetadata).toMatchObject({
      Action: 'Nonsense',
      Version: '2021-02-18',
      Service: 'kms',
      Region: 'cn-beijing',
    })
    expect(answer.json.ResponseMetadata.RequestId).toMatch(/^202407082300[0-9A-F]{20}$/)
  })

  it('keeps one key store for each region', async () => {
    const { keyId } = await timed.volcengine.createKey({ keySpec: 'EC_P256' })
    const away = await volcengine(timed, 'DescribeKey', { KeyID: keyId }, { at, region: 'cn-shanghai' })
    expect([away.status, codeOf(away)]).toEqual([404, 'Not Found'])
  })
})

describe('signatures, judged by node:crypto', () => {
  const publicKeyOf = async (keyId: string | undefined, from = emulator) =>
    createPublicKey((await volcengine(from, 'GetPublicKey', { KeyID: keyId })).json.Result.PublicKey)

  it.each([
    ['RSA_2048', 'RSA_PSS_SHA_256', 'sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ['RSA_2048', 'RSA_PSS_SHA_384', 'sha384', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }],
    ['RSA_2048', 'RSA_PSS_SHA_512', 'sha512', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }],
    ['RSA_2048', 'RSA_PKCS1_SHA_256', 'sha256', { padding: constants.RSA_PKCS1_PADDING }],
    ['RSA_2048', 'RSA_PKCS1_SHA_384', 'sha384', { padding: constants.RSA_PKCS1_PADDING }],
    ['RSA_2048', 'RSA_PKCS1_SHA_512', 'sha512', { padding: constants.RSA_PKCS1_PADDING }],
    ['EC_P256', 'ECDSA_SHA_256', 'sha256', {}],
    ['EC_P256K', 'ECDSA_SHA_256', 'sha256', {}],
    ['EC_P384', 'ECDSA_SHA_384', 'sha384', {}],
    ['EC_P521', 'ECDSA_SHA_512', 'sha512', {}],
  ] as const)('%s %s signs a message and its digest alike', async (spec, algorithm, name, check) => {
    const key = { key: await publicKeyOf(keys[spec]), ...check }
    const digest = { MessageType: 'DIGEST', Message: base64(hash(name, MESSAGE)) }
    for (const more of [{}, digest]) {
      const { Result } = (await sign(keys[spec], algorithm, more)).json
      expect(Result.KeyID).toBe(keys[spec])
      expect(verify(name, Buffer.from(MESSAGE), key, Buffer.from(Result.Signature, 'base64'))).toBe(true)
      for (const asked of [{}, digest]) {
        const verified = await volcengine(emulator, 'AsymmetricVerify', {
          KeyID: keys[spec],
          Algorithm: algorithm,
          Message: base64(MESSAGE),
          ...asked,
          Signature: Result.Signature,
        })
        expect(verified.json.Result.SignatureValid).toBe(true)
      }
    }
  })

  it.each([
    ['RSA_3072', 384],
    ['RSA_4096', 512],
  ] as const)('%s signs with its whole modulus', async (keySpec, size) => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec })
    const { Signature } = (await sign(keyId, 'RSA_PSS_SHA_512')).json.Result
    const key = { key: await publicKeyOf(keyId), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
    const bytes = Buffer.from(Signature, 'base64')
    expect(bytes).toHaveLength(size)
    expect(verify('sha512', Buffer.from(MESSAGE), key, bytes)).toBe(true)
  })

  it('encodes ECDSA as r‖s, chooses salts and forms of the public key as settings say', async () => {
    const other = await startEmulator({
      volcengine: {
        ecdsaEncoding: 'p1363',
        salt: 'zero',
        publicKeyForm: 'wrapped-base64',
        signatureValidType: 'string',
      },
    })
    const { keyId } = await other.volcengine.createKey({ keySpec: 'EC_P521' })
    const { Signature } = (await sign(keyId, 'ECDSA_SHA_512', {}, other)).json.Result
    expect(Buffer.from(Signature, 'base64')).toHaveLength(132)
    const { PublicKey } = (await volcengine(other, 'GetPublicKey', { KeyID: keyId })).json.Result
    const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' })
    const bytes = Buffer.from(Signature, 'base64')
    expect(verify('sha512', Buffer.from(MESSAGE), { key, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true)
    await other.close()
  })

  it('answers a wrong signature with false and status 200', async () => {
    const Signature = (await sign(keys['EC_P256'], 'ECDSA_SHA_256')).json.Result.Signature
    const parameters = { KeyID: keys['EC_P256'], Algorithm: 'ECDSA_SHA_256', Message: base64('other'), Signature }
    const answer = await volcengine(emulator, 'AsymmetricVerify', parameters)
    expect([answer.status, answer.json.Result.SignatureValid]).toEqual([200, false])
    const junk = await volcengine(emulator, 'AsymmetricVerify', { ...parameters, Signature: 'AAAA' })
    expect(junk.json.Result.SignatureValid).toBe(false)
    const undecodable = await volcengine(emulator, 'AsymmetricVerify', { ...parameters, Signature: '*' })
    expect([undecodable.status, codeOf(undecodable)]).toEqual([400, 'InvalidParameter'])
  })
})

describe('parameters and limits', () => {
  it.each([
    [0, 400],
    [1, 200],
    [4095, 200],
    [4096, 200],
    [4097, 400],
  ])('RAW of %i bytes answers %i', async (size, status) => {
    const answer = await sign(keys['EC_P256'], 'ECDSA_SHA_256', { Message: base64(Buffer.alloc(size, 7)) })
    expect(answer.status).toBe(status)
  })

  it.each([31, 32, 33])('DIGEST of %i bytes', async (size) => {
    const more = { MessageType: 'DIGEST', Message: base64(Buffer.alloc(size, 7)) }
    expect((await sign(keys['EC_P256'], 'ECDSA_SHA_256', more)).status).toBe(size === 32 ? 200 : 400)
  })

  it.each([
    ['Algorithm', { Algorithm: undefined }, 'MissingParameter'],
    ['Message', { Message: undefined }, 'MissingParameter'],
    ['KeyID', { KeyID: undefined }, 'MissingParameter'],
    ['Algorithm', { Algorithm: 'ECDSA_SHA_224' }, 'InvalidParameter'],
    ['Algorithm', { Algorithm: 'ECDSA_SHA_384' }, 'InvalidParameter'],
    ['Algorithm', { Algorithm: 'RSA_PSS_SHA_256' }, 'InvalidParameter'],
    ['MessageType', { MessageType: 'HASH' }, 'InvalidParameter'],
    ['Message', { Message: 'a-_=' }, 'InvalidParameter'],
    ['KeyringName', { KeyID: undefined, KeyringName: 'a', KeyName: 'bb' }, 'InvalidParameter'],
    ['Keyring', { KeyID: undefined, KeyringName: 'none', KeyName: 'bb' }, 'Not Found'],
    ['Key', { KeyID: '7359eed3-bec3-474b-a444-52da39777dce' }, 'Not Found'],
  ])('refuses a bad %s: %j', async (_name, change, code) => {
    const answer = await sign(keys['EC_P256'], 'ECDSA_SHA_256', change)
    expect(codeOf(answer)).toBe(code)
    expect(answer.status).toBe(code === 'Not Found' ? 404 : 400)
  })

  it('takes parameters from the query, and the body wins', async () => {
    const { keyId, keyringName, keyName } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    const query = `KeyName=${keyName}&KeyringName=${keyringName}`
    const get = await volcengine(emulator, 'DescribeKey', '', { method: 'GET', query })
    expect(get.json.Result.Key.ID).toBe(keyId)
    const both = await volcengine(
      emulator,
      'DescribeKey',
      { KeyName: keyName },
      { query: `KeyName=zz&KeyringName=${keyringName}` },
    )
    expect(both.json.Result.Key.ID).toBe(keyId)
    const bad = await volcengine(emulator, 'DescribeKey', '{"KeyName":')
    expect([bad.status, codeOf(bad)]).toEqual([400, 'InvalidParameter'])
  })
})

describe('states and usages', () => {
  const MATRIX = {
    Enable: [200, 200, 200],
    Disable: [400, 400, 200],
    PendingDelete: [400, 400, 200],
    Archived: [400, 200, 200],
    PendingImport: [400, 400, 400],
  } as const

  it.each(Object.entries(MATRIX))('%s: sign, verify and public key answer %j', async (state, statuses) => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    const Signature = (await sign(keyId, 'ECDSA_SHA_256')).json.Result.Signature
    emulator.volcengine.setKeyState(keyId, state as keyof typeof MATRIX)
    const answers = [
      await sign(keyId, 'ECDSA_SHA_256'),
      await volcengine(emulator, 'AsymmetricVerify', {
        KeyID: keyId,
        Algorithm: 'ECDSA_SHA_256',
        Message: base64(MESSAGE),
        Signature,
      }),
      await volcengine(emulator, 'GetPublicKey', { KeyID: keyId }),
    ]
    expect(answers.map(({ status }) => status)).toEqual(statuses)
    for (const answer of answers) expect(codeOf(answer)).toBe(answer.status === 200 ? undefined : 'InvalidKeyStatus')
  })

  it('moves between states by the provider’s own calls, which answer without Result', async () => {
    const { keyId: KeyID } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    const state = async () => (await volcengine(emulator, 'DescribeKey', { KeyID })).json.Result.Key.KeyState
    const steps = [
      ['DisableKey', 'Disable'],
      ['EnableKey', 'Enable'],
      ['ArchiveKey', 'Archived'],
      ['CancelArchiveKey', 'Enable'],
      ['ScheduleKeyDeletion', 'PendingDelete'],
      ['CancelKeyDeletion', 'Enable'],
    ] as const
    for (const [action, after] of steps) {
      const answer = await volcengine(emulator, action, { KeyID, PendingWindowInDays: 7 })
      expect(Object.keys(answer.json)).toEqual(['ResponseMetadata'])
      expect(await state()).toBe(after)
    }
    expect(codeOf(await volcengine(emulator, 'ScheduleKeyDeletion', { KeyID, PendingWindowInDays: 6 }))).toBe(
      'InvalidParameter',
    )
    expect(codeOf(await volcengine(emulator, 'CancelArchiveKey', { KeyID }))).toBe('InvalidKeyStatus')
  })

  it('tells an encryption key from a signing key', async () => {
    const symmetric = await emulator.volcengine.createKey({ keySpec: 'SYMMETRIC_256' })
    expect(codeOf(await volcengine(emulator, 'GetPublicKey', { KeyID: symmetric.keyId }))).toBe('InvalidKeyUsage')
    expect(codeOf(await sign(symmetric.keyId, 'ECDSA_SHA_256'))).toBe('InvalidKeyUsage')
  })
})

describe('management', () => {
  it('creates keyrings and keys, pages and filters them', async () => {
    const ring = await volcengine(emulator, 'CreateKeyring', { KeyringName: 'listing' })
    expect(ring.json.Result.Keyring.TRN).toContain('keyrings/listing')
    for (const KeyName of ['alpha', 'beta', 'gamma']) {
      const made = await volcengine(emulator, 'CreateKey', {
        KeyringName: 'listing',
        KeyName,
        KeySpec: 'EC_P256',
        KeyUsage: 'SIGN_VERIFY',
        'Tags.1.Key': 'env',
        'Tags.1.Value': 'test',
      })
      expect(made.json.Result.Key).toMatchObject({ KeyName, KeyState: 'Enable', Tags: [{ Key: 'env', Value: 'test' }] })
    }
    const page = await volcengine(emulator, 'DescribeKeys', { KeyringName: 'listing', PageSize: 2, CurrentPage: 2 })
    expect(page.json.Result.PageInfo).toEqual({ TotalCount: 3, PageSize: 2, CurrentPage: 2, Count: 1 })
    const Filters = JSON.stringify([
      { Key: 'KeyName', Values: ['ALP', 'gam'] },
      { Key: 'KeySpec', Values: ['EC_P256'] },
    ])
    const found = await volcengine(emulator, 'DescribeKeys', { KeyringName: 'listing', Filters })
    expect(found.json.Result.Keys.map((key: { KeyName: string }) => key.KeyName)).toEqual(['alpha', 'gamma'])
    const rings = await volcengine(emulator, 'DescribeKeyrings', {
      Filters: '[{"Key":"KeyringName","Values":["listing"]}]',
    })
    expect(rings.json.Result.Keyrings).toMatchObject([{ KeyringName: 'listing', KeyCount: 3 }])
    const queried = await volcengine(emulator, 'QueryKeyring', '', { method: 'GET', query: 'KeyringName=listing' })
    expect(queried.json.Result.Keyring.ID).toBe(ring.json.Result.Keyring.ID)
  })

  it.each([
    ['DescribeKeys', { KeyringName: 'emulator', PageSize: 101 }],
    ['DescribeKeys', { KeyringName: 'emulator', CurrentPage: 0 }],
    ['DescribeKeys', { KeyringName: 'emulator', Filters: '{}' }],
    ['CreateKeyring', { KeyringName: 'x' }],
    ['CreateKeyring', { KeyringName: 'emulator' }],
    ['CreateKey', { KeyringName: 'emulator', KeyName: 'n1', KeySpec: 'EC_SM2', KeyUsage: 'SIGN_VERIFY' }],
    ['CreateKey', { KeyringName: 'emulator', KeyName: 'n2', KeyUsage: 'SIGN_VERIFY' }],
    ['CreateKey', { KeyringName: 'emulator', KeyName: 'n3', KeySpec: 'EC_P256' }],
    ['CreateKey', { KeyringName: 'emulator', KeyName: 'n4', KeySpec: 'RSA_4098', KeyUsage: 'SIGN_VERIFY' }],
    [
      'CreateKey',
      { KeyringName: 'emulator', KeyName: 'n5', KeySpec: 'EC_P256', KeyUsage: 'SIGN_VERIFY', MultiRegion: true },
    ],
  ])('%s refuses %j', async (action, parameters) => {
    const answer = await volcengine(emulator, action, parameters)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidParameter'])
  })

  it('denies and throttles where a setting says so', async () => {
    const strict = await startEmulator({ volcengine: { deniedOperations: ['verify'], ratePerSecond: 1, codeN: true } })
    const { keyId } = await strict.volcengine.createKey({ keySpec: 'EC_P256' })
    const denied = await volcengine(strict, 'AsymmetricVerify', { KeyID: keyId })
    expect(denied.json.ResponseMetadata.Error).toMatchObject({ CodeN: 100013, Code: 'AccessDenied' })
    await sign(keyId, 'ECDSA_SHA_256', {}, strict)
    const throttled = await sign(keyId, 'ECDSA_SHA_256', {}, strict)
    expect([throttled.status, codeOf(throttled)]).toEqual([403, 'Reject.Throttling.CMK'])
    await strict.close()
  })
})
