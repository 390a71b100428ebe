import { isKmsError } from '@kmsign/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isVolcengineAlgorithm, OFFERED_ALGORITHMS, VOLCENGINE_ALGORITHMS } from './algorithms.ts'
import { parseVolcengineOptions } from './options.ts'

const credentials = { accessKeyId: 'AKLTEXAMPLE', secretAccessKey: 'c2VjcmV0LWV4YW1wbGU=' }
const keyId = '2f7a1c3e-8f6b-4c55-9a0e-0123456789ab'
const good = { keyId, algorithm: 'ECDSA_SHA_256', credentials }
const named = { keyringName: 'ring_1', keyName: 'key-1', algorithm: 'SM2_DSA', credentials }

/** The options that are complained about, and the whole text of the error. */
function problems(options: unknown): { readonly paths: readonly string[]; readonly text: string } {
  try {
    parseVolcengineOptions(options)
  } catch (error) {
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw error
    return { paths: error.issues?.map(({ path }) => path) ?? [], text: `${error.message}${JSON.stringify(error)}` }
  }
  return { paths: [], text: '' }
}

afterEach(() => void vi.unstubAllEnvs())

describe('options that are right', () => {
  it('fills in the defaults', () => {
    const { config, signer } = parseVolcengineOptions(good)
    expect(config).toEqual({
      keyId,
      selector: { KeyID: keyId },
      region: 'cn-beijing',
      form: 'body',
      http: { baseUrl: 'https://kms.cn-beijing.volcengineapi.com', allowInsecureHttp: false },
    })
    expect(signer.credentials).toEqual(credentials)
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes a key by its names', () => {
    const { config } = parseVolcengineOptions({ ...named, keyId: undefined })
    expect(config.keyId).toBe('ring_1/key-1')
    expect(config.selector).toEqual({ KeyringName: 'ring_1', KeyName: 'key-1' })
  })

  it.each(['cn-beijing', 'cn-shanghai', 'ap-southeast-1', 'ap-southeast-3', 'cn-beijing-autodriving'])(
    'goes to the host of %s',
    (region) => {
      const { http } = parseVolcengineOptions({ ...good, region }).config
      expect(http.baseUrl).toBe(`https://kms.${region}.volcengineapi.com`)
    },
  )

  it.each([
    { requestForm: 'query', baseUrl: 'https://kms.byteplusapi.com', region: 'ap-southeast-1' },
    { credentials: { ...credentials, sessionToken: 'STSabc==' } },
    { credentials: { ...credentials, sessionToken: undefined } },
    { credentials: async () => credentials },
    { keySpec: 'EC_P256' },
    { keySpec: 'EC_P256K' },
    { keySpec: 'RSA_4096', algorithm: 'RSA_PKCS1_SHA_512' },
    { keyringName: undefined, keyName: undefined, region: undefined },
  ])('takes %j', (more) => expect(problems({ ...good, ...more }).paths).toEqual([]))

  it('takes a key pair and a token from the environment', () => {
    vi.stubEnv('VOLC_ACCESSKEY', 'AKLTENV')
    vi.stubEnv('VOLC_SECRETKEY', 'SecretEnv==')
    const found = { accessKeyId: 'AKLTENV', secretAccessKey: 'SecretEnv==', sessionToken: undefined }
    expect(parseVolcengineOptions({ ...good, credentials: undefined }).signer.credentials).toEqual(found)
    vi.stubEnv('VOLC_SESSION_TOKEN', 'token')
    const withToken = { ...found, sessionToken: 'token' }
    expect(parseVolcengineOptions({ ...good, credentials: undefined }).signer.credentials).toEqual(withToken)
    expect(parseVolcengineOptions(good).signer.credentials).toEqual(credentials)
  })
})

describe('options that are wrong', () => {
  it.each([
    [{ keyId: undefined }, ['keyId']],
    [{ keyId: '' }, ['keyId']],
    [{ keyId: 'with space' }, ['keyId']],
    [{ keyringName: 'ring' }, ['keyId']],
    [{ keyringName: 'ring', keyName: 'key' }, ['keyId']],
    [{ keyId: undefined, keyringName: 'ring' }, ['keyName']],
    [{ keyId: undefined, keyName: 'key' }, ['keyringName']],
    [{ keyId: undefined, keyringName: 'r', keyName: 'key' }, ['keyringName']],
    [{ keyId: undefined, keyringName: 'ring', keyName: 'x'.repeat(32) }, ['keyName']],
    [{ keyId: undefined, keyringName: 'ring', keyName: 'a/b' }, ['keyName']],
    [{ algorithm: undefined }, ['algorithm']],
    [{ algorithm: 'ED25519' }, ['algorithm']],
    [{ algorithm: 'toString' }, ['algorithm']],
    [{ keySpec: 'ED25519' }, ['keySpec']],
    [{ keySpec: 'EC_P384' }, ['algorithm']],
    [{ keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_384' }, ['algorithm']],
    [{ keySpec: 'RSA_2048', algorithm: 'SM2_DSA' }, ['algorithm']],
    [{ region: 'beijing' }, ['region']],
    [{ region: 'cn-beijing.evil.example' }, ['region']],
    [{ region: 'cn-beijing/' }, ['region']],
    [{ region: '' }, ['region']],
    [{ requestForm: 'get' }, ['requestForm']],
    [{ credentials: null }, ['credentials']],
    [{ credentials: {} }, ['credentials.accessKeyId', 'credentials.secretAccessKey']],
    [{ credentials: { ...credentials, sessionToken: '' } }, ['credentials.sessionToken']],
    [{ credentials: { ...credentials, sessionToken: 'a\r\nb' } }, ['credentials.sessionToken']],
    [{ credentials: { ...credentials, secretAccessKey: 'x ' } }, ['credentials.secretAccessKey']],
    [{ credentials: { ...credentials, accessKey: 'x' } }, ['credentials.accessKey']],
    [{ baseUrl: 'http://kms.example.com' }, ['baseUrl']],
    [{ tls: { key: 'no PEM' } }, ['tls.key', 'tls.cert']],
    [{ rateLimit: { perSecond: -1 } }, ['rateLimit.perSecond']],
    [{ zone: 'kr' }, ['zone']],
    [{ keyID: 'x' }, ['keyID']],
  ])('refuses %j', (more, paths) => expect(problems({ ...good, ...more }).paths).toEqual(paths))

  it.each([undefined, null, 'x', [], 1])('refuses %j instead of options', (options) => {
    expect(problems(options).paths).toEqual(['options'])
  })

  it('names every problem at once, the nearest name and no value', () => {
    const { paths, text } = problems({
      keyId: 'VALUE 1',
      algoritm: 'VALUE-2',
      region: 'VALUE-3',
      credentials: { accessKeyId: 'VALUE-4', secretAccessKey: 'VALUE 5' },
      baseUrl: 'https://VALUE-6/path',
    })
    const expected = ['algorithm', 'algoritm', 'baseUrl', 'credentials.secretAccessKey', 'keyId', 'region']
    expect([...paths].sort()).toEqual(expected)
    expect(text).toContain("did you mean 'algorithm'")
    expect(text).not.toMatch(/VALUE.[1-6]/i)
  })

  it('says which variables of the environment are missing or wrong', () => {
    vi.stubEnv('VOLC_ACCESSKEY', undefined)
    vi.stubEnv('VOLC_SECRETKEY', '')
    const both = problems({ ...good, credentials: undefined })
    expect(both.paths).toEqual(['credentials'])
    expect(both.text).toContain('VOLC_ACCESSKEY and VOLC_SECRETKEY')
    vi.stubEnv('VOLC_ACCESSKEY', 'AKLT')
    vi.stubEnv('VOLC_SECRETKEY', 'a b')
    const wrong = problems({ ...good, credentials: undefined })
    expect(wrong.paths).toEqual(['credentials'])
    expect(wrong.text).not.toContain('a b')
  })
})

describe('algorithms', () => {
  it('knows its own ten names', () => {
    expect(VOLCENGINE_ALGORITHMS).toHaveLength(10)
    for (const name of VOLCENGINE_ALGORITHMS) expect(isVolcengineAlgorithm(name)).toBe(true)
    for (const other of ['ED25519', 'toString', '', undefined, 1]) expect(isVolcengineAlgorithm(other)).toBe(false)
  })

  it('offers digests of exactly the length of the hash', () => {
    const sizes = VOLCENGINE_ALGORITHMS.map((name) => OFFERED_ALGORITHMS[name].payloads.digest)
    const bytes = [32, 48, 64, 32, 48, 64, 32, 48, 64, 32]
    expect(sizes).toEqual(bytes.map((length) => ({ minBytes: length, maxBytes: length })))
  })
})
