import { isKmsError } from '@kmsign/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isNcpAlgorithm, offeredAlgorithms } from './algorithms.ts'
import { parseNcpOptions } from './options.ts'

const credentials = { accessKey: 'TESTACCESSKEY0000001', secretKey: 'TestSecretKey0000000000000000000000000001' }
const good = { keyTag: 'a1b2c3', algorithm: 'ECDSA_SHA_256', credentials }

/** The options that are complained about, and the whole text of the error. */
function problems(options: unknown): { readonly paths: readonly string[]; readonly text: string } {
  try {
    parseNcpOptions(options)
  } catch (error) {
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw error
    return { paths: error.issues?.map(({ path }) => path) ?? [], text: `${error.message}${JSON.stringify(error)}` }
  }
  return { paths: [], text: '' }
}

afterEach(() => void vi.unstubAllEnvs())

describe('options that are right', () => {
  it('fills in the defaults', () => {
    const { config, signer } = parseNcpOptions(good)
    expect(config).toEqual({
      keyTag: 'a1b2c3',
      zone: 'global',
      apiVersion: '2.0',
      messageLimit: 'decoded',
      signaturePrefix: 'required',
      attemptTimeoutMs: 5000,
      http: { baseUrl: 'https://ocapi.ncloud.com', allowInsecureHttp: false },
    })
    expect(signer.credentials).toEqual(credentials)
    expect(Object.isFrozen(config)).toBe(true)
  })

  it.each([
    [{}, 'https://ocapi.ncloud.com'],
    [{ zone: 'global' }, 'https://ocapi.ncloud.com'],
    [{ zone: 'kr' }, 'https://ocapi-kr.ncloud.com'],
    [{ zone: 'jp' }, 'https://ocapi-jp.ncloud.com'],
    [{ zone: 'gov' }, 'https://ocapi.gov-ncloud.com'],
    [{ apiVersion: '1.0' }, 'https://kms.apigw.ntruss.com'],
    [{ apiVersion: '1.0', zone: 'gov' }, 'https://kms.apigw.gov-ntruss.com'],
    [{ apiVersion: '1.0', zone: 'fin' }, 'https://kms.apigw.fin-ntruss.com'],
    [{ zone: 'kr', baseUrl: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000'],
    [{ baseUrl: new URL('https://kms.example.com') }, 'https://kms.example.com/'],
  ])('goes for %j to %s', (more, baseUrl) => {
    expect(parseNcpOptions({ ...good, ...more }).config.http.baseUrl).toBe(baseUrl)
  })

  it.each([
    { credentials: { accessToken: 'a.b.c' } },
    { credentials: { refreshToken: 'a.b.c' } },
    { credentials: async () => credentials },
    { keySpec: 'EC_P256' },
    { keySpec: 'RSA_2048', algorithm: 'RSA_PKCS1_SHA_256' },
    { keyTag: 'é/ ..x' },
    { zone: undefined, keySpec: undefined, baseUrl: undefined, publicKey: undefined },
    { messageLimit: 'encoded', signaturePrefix: 'optional', apiVersion: '2.0', integrity: 'off', name: 'n' },
  ])('takes %j', (more) => expect(problems({ ...good, ...more }).paths).toEqual([]))

  it('takes account keys from the environment, and what is given before them', () => {
    vi.stubEnv('NCLOUD_ACCESS_KEY', 'FROMENVIRONMENT')
    vi.stubEnv('NCLOUD_SECRET_KEY', 'SecretFromEnvironment')
    const found = { accessKey: 'FROMENVIRONMENT', secretKey: 'SecretFromEnvironment' }
    expect(parseNcpOptions({ ...good, credentials: undefined }).signer.credentials).toEqual(found)
    expect(parseNcpOptions(good).signer.credentials).toEqual(credentials)
  })
})

describe('options that are wrong', () => {
  it.each([
    [{ keyTag: undefined }, ['keyTag']],
    [{ keyTag: '' }, ['keyTag']],
    [{ keyTag: '..' }, ['keyTag']],
    [{ keyTag: 'a\nb' }, ['keyTag']],
    [{ keyTag: '\ud800' }, ['keyTag']],
    [{ keyTag: 'x'.repeat(257) }, ['keyTag']],
    [{ algorithm: undefined }, ['algorithm']],
    [{ algorithm: 'ECDSA_SHA_384' }, ['algorithm']],
    [{ algorithm: 'constructor' }, ['algorithm']],
    [{ keySpec: 'RSA_4096' }, ['keySpec']],
    [{ keySpec: 'RSA_2048' }, ['algorithm']],
    [{ keySpec: 'EC_P256', algorithm: 'RSA_PSS_SHA_256' }, ['algorithm']],
    [{ zone: 'us' }, ['zone']],
    [{ zone: 'fin' }, ['apiVersion']],
    [{ zone: 'kr', apiVersion: '1.0' }, ['apiVersion']],
    [{ apiVersion: '1.0', credentials: { accessToken: 'a' } }, ['apiVersion']],
    [{ apiVersion: '1.0', credentials: { refreshToken: 'a' } }, ['apiVersion']],
    [{ apiVersion: 2 }, ['apiVersion']],
    [{ messageLimit: 'raw' }, ['messageLimit']],
    [{ signaturePrefix: 'no' }, ['signaturePrefix']],
    [{ credentials: 'secret' }, ['credentials']],
    [{ credentials: {} }, ['credentials.accessKey', 'credentials.secretKey']],
    [{ credentials: { ...credentials, secretKey: '' } }, ['credentials.secretKey']],
    [{ credentials: { ...credentials, secretKey: 'ends in a line feed\n' } }, ['credentials.secretKey']],
    [{ credentials: { ...credentials, accessKey: 'a\r\nx-header: 1' } }, ['credentials.accessKey']],
    [{ credentials: { ...credentials, secret: 'x' } }, ['credentials.secret']],
    [{ credentials: { accessToken: 'a', refreshToken: 'b' } }, ['credentials.refreshToken']],
    [{ baseUrl: 'http://kms.example.com' }, ['baseUrl']],
    [{ baseUrl: 'https://kms.example.com/path' }, ['baseUrl']],
    [{ baseUrl: 1 }, ['baseUrl']],
    [{ proxy: 'socks://127.0.0.1' }, ['proxy']],
    [{ tls: { ca: 'no PEM' } }, ['tls.ca']],
    [{ timeoutMs: 0 }, ['timeoutMs']],
    [{ maxAttempts: 1.5 }, ['maxAttempts']],
    [{ region: 'kr' }, ['region']],
    [{ keytag: 'x' }, ['keytag']],
  ])('refuses %j', (more, paths) => expect(problems({ ...good, ...more }).paths).toEqual(paths))

  it.each([undefined, null, 'x', [], 1])('refuses %j instead of options', (options) => {
    expect(problems(options).paths).toEqual(['options'])
  })

  it('names every problem at once, the nearest name and no value', () => {
    const { paths, text } = problems({
      keyTg: 'VALUE-1',
      algorithm: 'VALUE-2',
      zone: 'VALUE-3',
      credentials: { accessKey: 'VALUE-4', secretKey: 'VALUE 5' },
      baseUrl: 'https://VALUE-6/path',
    })
    expect([...paths].sort()).toEqual(['algorithm', 'baseUrl', 'credentials.secretKey', 'keyTag', 'keyTg', 'zone'])
    expect(text).toContain("did you mean 'keyTag'")
    expect(text).not.toMatch(/VALUE.[1-6]/i)
  })

  it('says which variables of the environment are missing or wrong', () => {
    vi.stubEnv('NCLOUD_ACCESS_KEY', undefined)
    vi.stubEnv('NCLOUD_SECRET_KEY', undefined)
    const both = problems({ ...good, credentials: undefined })
    expect(both.paths).toEqual(['credentials'])
    expect(both.text).toContain('NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY')
    vi.stubEnv('NCLOUD_ACCESS_KEY', 'KEY')
    expect(problems({ ...good, credentials: undefined }).text).not.toContain('NCLOUD_ACCESS_KEY')
    vi.stubEnv('NCLOUD_SECRET_KEY', 'with a space')
    const wrong = problems({ ...good, credentials: undefined })
    expect(wrong.paths).toEqual(['credentials'])
    expect(wrong.text).not.toContain('with a space')
  })
})

describe('algorithms', () => {
  it('knows its own names', () => {
    expect(isNcpAlgorithm('RSA_PSS_SHA_256')).toBe(true)
    for (const other of ['ECDSA_SHA_384', 'toString', '', undefined, 1]) expect(isNcpAlgorithm(other)).toBe(false)
  })

  it('offers messages of 8 KB under either reading', () => {
    expect(offeredAlgorithms('decoded').ECDSA_SHA_256.payloads).toEqual({ message: { minBytes: 0, maxBytes: 8192 } })
    expect(offeredAlgorithms('encoded').RSA_PSS_SHA_256.payloads.message?.maxBytes).toBe(6144)
    expect(Buffer.alloc(6144).toString('base64')).toHaveLength(8192)
  })
})
