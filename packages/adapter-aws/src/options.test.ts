import { isKmsError, type SigningAlgorithm } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { AWS_ALGORITHMS, AWS_KEY_SPECS, keySpecOf, OFFERED_ALGORITHMS, wireAlgorithm } from './algorithms.ts'
import { parseAwsOptions } from './options.ts'

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'c2VjcmV0LWV4YW1wbGU=' }
const keyId = '2f7a1c3e-8f6b-4c55-9a0e-0123456789ab'
const arn = `arn:aws:kms:eu-west-1:111122223333:key/${keyId}`
const good = { keyId, algorithm: 'ECDSA_SHA_256', region: 'eu-west-1', credentials }
const client = { send: async () => ({}), destroy() {}, config: { maxAttempts: async () => 3 } }
const injected = { keyId, algorithm: 'ECDSA_SHA_256', client }

/** The options that are complained about, and the whole text of the error. */
function problems(options: unknown): { readonly paths: readonly string[]; readonly text: string } {
  try {
    parseAwsOptions(options)
  } catch (error) {
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw error
    return { paths: error.issues?.map(({ path }) => path) ?? [], text: `${error.message}${JSON.stringify(error)}` }
  }
  return { paths: [], text: '' }
}

describe('options that are right', () => {
  it('fills in the defaults', () => {
    const { config, signer } = parseAwsOptions(good)
    expect(config).toEqual({
      keyId,
      algorithm: 'ECDSA_SHA_256',
      region: 'eu-west-1',
      http: { allowInsecureHttp: false },
    })
    expect(signer).toMatchObject({ credentials, maxAttempts: 3, attemptTimeoutMs: 5000 })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('leaves credentials and region to the chain of the SDK', () => {
    const { config, signer } = parseAwsOptions({ keyId, algorithm: 'ED25519' })
    expect(config.region).toBeUndefined()
    expect(signer.credentials).toBeUndefined()
  })

  it.each([
    keyId,
    'mrk-1234abcd12ab34cd56ef1234567890ab',
    arn,
    'alias/release',
    'alias/team/release_1',
    'arn:aws-cn:kms:cn-north-1:111122223333:alias/release',
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab',
  ])('takes the key %s', (name) => {
    expect(parseAwsOptions({ ...good, region: undefined, keyId: name }).config.keyId).toBe(name)
  })

  it.each([
    { credentials: { ...credentials, sessionToken: 'FwoGZXIvYXdzE==' } },
    { credentials: { ...credentials, sessionToken: undefined } },
    { credentials: async () => credentials },
    { credentials: { ...credentials, $source: { CREDENTIALS_CODE: 'e' }, accountId: '1', expiration: new Date(0) } },
    { keySpec: 'EC_P256' },
    { keySpec: 'EC_P256K' },
    { keySpec: 'ML_DSA_65', algorithm: 'ML_DSA' },
    { keyId: arn },
    { baseUrl: 'http://127.0.0.1:4566' },
    { baseUrl: 'http://kms.internal', allowInsecureHttp: true },
    { client: undefined, region: 'us-gov-west-1' },
  ])('takes %j', (more) => expect(problems({ ...good, ...more }).paths).toEqual([]))

  it('asks a client that repeats by itself once, and gives it the whole call', () => {
    expect(parseAwsOptions({ ...injected, maxAttempts: 5 }).signer).toMatchObject({ maxAttempts: 1 })
    expect(parseAwsOptions(injected).signer.attemptTimeoutMs).toBeGreaterThan(1e9)
    expect(parseAwsOptions({ ...injected, attemptTimeoutMs: 70 }).signer.attemptTimeoutMs).toBe(70)
    for (const maxAttempts of [2, undefined, Number.NaN, '1']) {
      const other = { ...client, config: { maxAttempts } }
      expect(parseAwsOptions({ ...injected, client: other }).signer.maxAttempts).toBe(1)
    }
  })

  it('repeats for a client that says it makes one attempt', () => {
    const single = { ...client, config: { maxAttempts: 1 } }
    expect(parseAwsOptions({ ...injected, client: single }).signer).toMatchObject({
      maxAttempts: 3,
      attemptTimeoutMs: 5000,
    })
  })
})

describe('options that are wrong', () => {
  it.each([
    [{ keyId: undefined }, ['keyId']],
    [{ keyId: '' }, ['keyId']],
    [{ keyId: 'with space' }, ['keyId']],
    [{ keyId: 'alias/' }, ['keyId']],
    [{ keyId: 'arn:aws:s3:::bucket' }, ['keyId']],
    [{ keyId: 'arn:aws:kms:eu-west-1:111122223333:grant/1' }, ['keyId']],
    [{ keyId: arn, region: 'us-east-1' }, ['region']],
    [{ algorithm: undefined }, ['algorithm']],
    [{ algorithm: 'RSASSA_PSS_SHA_256' }, ['algorithm']],
    [{ algorithm: 'toString' }, ['algorithm']],
    [{ keySpec: 'ECC_NIST_P256' }, ['keySpec']],
    [{ keySpec: 'EC_P384' }, ['algorithm']],
    [{ keySpec: 'RSA_2048', algorithm: 'SM2_DSA' }, ['algorithm']],
    [{ region: 'Europe' }, ['region']],
    [{ region: 'eu-west-1.evil.example' }, ['region']],
    [{ region: '' }, ['region']],
    [{ credentials: null }, ['credentials']],
    [{ credentials: {} }, ['credentials.accessKeyId', 'credentials.secretAccessKey']],
    [{ credentials: { ...credentials, sessionToken: 'a\r\nb' } }, ['credentials.sessionToken']],
    [{ credentials: { ...credentials, accessKey: 'x' } }, ['credentials.accessKey']],
    [{ baseUrl: 'http://kms.example.com' }, ['baseUrl']],
    [{ baseUrl: 'https://kms.example.com/path' }, ['baseUrl']],
    [{ tls: { key: 'no PEM' } }, ['tls.key', 'tls.cert']],
    [{ proxy: 'socks://x' }, ['proxy']],
    [{ client: {} }, ['client', 'credentials', 'region']],
    [{ client: 'x', credentials: undefined, region: undefined }, ['client']],
    [
      { client, baseUrl: 'https://a.example', proxy: 'env', tls: {} },
      ['credentials', 'baseUrl', 'proxy', 'tls', 'region'],
    ],
    [{ maxAttempt: 1 }, ['maxAttempt']],
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
})

describe('algorithms', () => {
  it('has a wire name of AWS for each, and no two the same', () => {
    const names = AWS_ALGORITHMS.map(wireAlgorithm)
    expect(new Set(names).size).toBe(AWS_ALGORITHMS.length)
    expect(names).toContain('ED25519_SHA_512')
    expect(names).not.toContain('ED25519_PH_SHA_512')
  })

  it('knows key specs by the name of AWS', () => {
    const names = ['ECC_NIST_P256', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'SM2', 'ML_DSA_87', 'RSA_4096']
    expect(names.map(keySpecOf)).toEqual(['EC_P256', 'EC_P256K', 'ED25519', 'EC_SM2', 'ML_DSA_87', 'RSA_4096'])
    for (const other of ['SYMMETRIC_DEFAULT', 'toString', undefined]) expect(keySpecOf(other)).toBeUndefined()
    expect(AWS_KEY_SPECS).toHaveLength(12)
  })

  it.each<[SigningAlgorithm, object]>([
    ['RSA_PSS_SHA_384', { message: [1, 4096], digest: [48, 48] }],
    ['RSA_PKCS1_SHA_512', { message: [1, 4096], digest: [64, 64] }],
    ['ECDSA_SHA_256', { message: [1, 4096], digest: [32, 32] }],
    ['SM2_DSA', { message: [1, 4096], digest: [32, 32] }],
    ['ED25519', { message: [1, 4096] }],
    ['ML_DSA', { message: [1, 4096], mu: [64, 64] }],
  ])('offers %s with %j', (algorithm, expected) => {
    const payloads = Object.entries(OFFERED_ALGORITHMS[algorithm].payloads)
    const sizes = payloads.map(([kind, { minBytes, maxBytes }]) => [kind, [minBytes, maxBytes]])
    expect(Object.fromEntries(sizes)).toEqual(expected)
  })
})
