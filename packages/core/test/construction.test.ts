import { createPublicKey } from 'node:crypto'
import { isKmsError } from '@kmsign/core'
import { type ConfigIssue, createSigner, parseOptions, type SignerDriver, signerFields } from '@kmsign/core/driver'
import { describe, expect, test } from 'vitest'
import { checkPair } from '../src/signer-options.ts'
import { testKey } from './keys.ts'
import { errorOf, MESSAGES, offered } from './offered.ts'
import { type Credentials, scriptedDriver, succeed } from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const ECDSA = { payloads: MESSAGES, encodings: ['der'] } as const
const pem = (keySpec: 'EC_P256' | 'EC_P384' | 'EC_P256K') => testKey(keySpec).publicPem

function issuesOf(make: () => unknown): readonly ConfigIssue[] | undefined {
  try {
    make()
  } catch (error) {
    if (isKmsError(error, 'KMS_INVALID_CONFIG')) return error.issues
    throw error
  }
  return []
}

describe('a signer is not made', () => {
  const make = (options: object, driver: Partial<SignerDriver<Credentials>> = {}, algorithm = 'ECDSA_SHA_256') =>
    createSigner(scriptedDriver([succeed], driver), algorithm as 'ECDSA_SHA_256', {
      credentials: { token: 'x' },
      ...options,
    })
  const pinned = 'is a EC_P384 key, which does not fit the algorithm or key spec declared'
  const notP256 = 'is a EC_P256K key, which does not fit the algorithm or key spec declared'

  test.each<[string, () => unknown, ConfigIssue[]]>([
    [
      'over a driver for another version',
      () => make({}, { apiVersion: 2 as never }),
      [{ path: 'driver.apiVersion', message: 'expected 1, the driver is for another version of core' }],
    ],
    [
      'for an algorithm that the provider lacks',
      () => make({}, {}, 'ED25519'),
      [{ path: 'algorithm', message: 'expected an algorithm that scripted offers: ECDSA_SHA_256' }],
    ],
    [
      'for an algorithm that nobody knows',
      () => make({}, {}, 'toString'),
      [{ path: 'algorithm', message: 'expected an algorithm that scripted offers: ECDSA_SHA_256' }],
    ],
    [
      'for a key spec that does not fit',
      () => make({ keySpec: 'ED25519' }),
      [{ path: 'keySpec', message: 'a ED25519 key cannot be used with ECDSA_SHA_256' }],
    ],
    [
      'for a key spec that nobody knows',
      () => make({ keySpec: 'EC_P224' }),
      [{ path: 'keySpec', message: 'expected a key spec' }],
    ],
    [
      'with a pinned key that does not fit',
      () => make({ publicKey: pem('EC_P384') }),
      [{ path: 'publicKey', message: pinned }],
    ],
    [
      'with a pinned key of another spec than declared',
      () => make({ publicKey: pem('EC_P256K'), keySpec: 'EC_P256' }),
      [{ path: 'publicKey', message: notP256 }],
    ],
    [
      'with pinned versions of which one does not fit',
      () => make({ publicKey: { byVersion: { 1: pem('EC_P256'), 2: pem('EC_P384') } } }),
      [{ path: 'publicKey', message: pinned }],
    ],
    [
      'with pinned versions that are no keys',
      () => make({ publicKey: { byVersion: { 1: pem('EC_P256'), two: 5, three: 'text' } } }),
      [
        {
          path: 'publicKey.byVersion.two',
          message: 'expected a public key (SPKI bytes, PEM, JWK or KeyObject) of a known key spec, got a number',
        },
        {
          path: 'publicKey.byVersion.three',
          message: 'expected a public key (SPKI bytes, PEM, JWK or KeyObject) of a known key spec, got a string',
        },
      ],
    ],
    [
      'with no pinned version at all',
      () => make({ publicKey: { byVersion: {} } }),
      [{ path: 'publicKey.byVersion', message: 'expected at least one version' }],
    ],
    [
      'with a list of versions that is none',
      () => make({ publicKey: { byVersion: null } }),
      [
        {
          path: 'publicKey',
          message: 'expected a public key (SPKI bytes, PEM, JWK or KeyObject) of a known key spec, got an object',
        },
      ],
    ],
    [
      'that must verify and never can',
      () => make({ integrity: 'require' }, { publicKeyBy: 'none' }),
      [
        {
          path: 'integrity',
          message: "'require' can never hold here: no public key can be had, or this runtime cannot check it",
        },
      ],
    ],
  ])('%s', (_, attempt, issues) => {
    expect(issuesOf(attempt)).toEqual(issues)
  })

  test('though it is where the pinned key makes the check possible', () => {
    expect(issuesOf(() => make({ integrity: 'require', publicKey: pem('EC_P256') }, { publicKeyBy: 'none' }))).toEqual(
      [],
    )
    expect(issuesOf(() => make({ publicKey: pem('EC_P256K'), keySpec: 'EC_P256K' }))).toEqual([])
  })
})

describe('options that only transports look into', () => {
  const parse = (options: object) => parseOptions('somewhere', options, signerFields)

  test.each([
    ['text', 'https://kms.example'],
    ['a URL', new URL('https://kms.example/')],
    ['a URL of another realm', { href: 'https://kms.example/' }],
  ])('take a URL that is %s', (_, baseUrl) => {
    expect(parse({ baseUrl }).baseUrl).toMatch(/^https:\/\/kms\.example\/?$/)
  })

  test.each([null, 5, {}, []])('take no %j for a URL', (proxy) => {
    expect(issuesOf(() => parse({ proxy }))).toEqual([
      { path: 'proxy', message: expect.stringMatching(/^expected an http or https URL, got /) },
    ])
  })

  test('take one PEM or several, as a copy that is frozen', () => {
    const ca = ['one', 'two']
    const { tls } = parse({ tls: { ca } })
    expect(tls?.ca).toEqual(ca)
    expect(tls?.ca === ca || !Object.isFrozen(tls?.ca)).toBe(false)
    expect(parse({ tls: { ca: 'one', cert: 'a\nb', key: 'c' } }).tls).toEqual({ ca: 'one', cert: 'a\nb', key: 'c' })
  })

  test.each([[5], [['one', 5]], [{}]])('take no %j for PEM', (ca) => {
    expect(issuesOf(() => parse({ tls: { ca } }))).toEqual([
      { path: 'tls.ca', message: expect.stringMatching(/^expected PEM text or an array of them, got /) },
    ])
  })

  test('have their defaults', () => {
    expect(parse({})).toMatchObject({
      integrity: 'auto',
      timeoutMs: 20_000,
      attemptTimeoutMs: 5_000,
      maxAttempts: 3,
      allowInsecureHttp: false,
      clock: Date.now,
    })
  })

  test.each([
    [{ publicKey: 5 }, 'publicKey'],
    [{ sm2UserId: 5 }, 'sm2UserId'],
    [{ sm2UserId: '\ud800' }, 'sm2UserId'],
  ])('are checked and passed on as they were given: %j', (wrong, path) => {
    expect(issuesOf(() => parse(wrong))?.map((issue) => issue.path)).toEqual([path])
    const right = { publicKey: pem('EC_P256'), sm2UserId: 'someone' }
    expect(parse(right)).toMatchObject(right)
  })
})

describe('an algorithm beside a key spec', () => {
  const problems = (...[algorithm, legal]: [Parameters<typeof checkPair>[0], Parameters<typeof checkPair>[1]]) => {
    const found: string[] = []
    checkPair(algorithm, legal, (path, message) => void found.push(`${path}: ${message}`))
    return found
  }

  test('is reported where the key spec does not take it', () => {
    expect(problems('ED25519', ['ECDSA_SHA_256', 'SM2_DSA'])).toEqual([
      'algorithm: does not fit the keySpec, which takes ECDSA_SHA_256, SM2_DSA',
    ])
  })

  test('is not reported where it fits, or either is not known', () => {
    expect([problems('ED25519', ['ED25519']), problems(undefined, []), problems('ED25519', undefined)]).toEqual([
      [],
      [],
      [],
    ])
  })
})

describe('pinned versions of a key', () => {
  const byVersion = { 1: pem('EC_P256K'), 2: pem('EC_P256') }
  const signer = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { options: { publicKey: { byVersion } } })

  test('are asked for by their name, the last without one, and never fetched', async () => {
    expect((await signer.signer.getPublicKey()).keySpec).toBe('EC_P256')
    expect((await signer.signer.getPublicKey({ keyVersion: '1' })).keySpec).toBe('EC_P256K')
    expect(signer.driver.keyRequests).toEqual([])
  })

  test('are all there are: another version is KMS_KEY_VERSION_CHANGED', async () => {
    expect(await errorOf(signer.signer.getPublicKey({ keyVersion: '3' }))).toMatchObject({
      code: 'KMS_KEY_VERSION_CHANGED',
      operation: 'getPublicKey',
      message: expect.stringContaining('this version of the key is not among the pinned ones'),
    })
  })

  test('that are one key for all have the name that was asked for', async () => {
    const { signer: one } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { options: { publicKey: pem('EC_P256') } })
    expect((await one.getPublicKey({ keyVersion: '9' })).keyVersion).toBe('9')
    expect('keyVersion' in (await one.getPublicKey())).toBe(false)
  })
})

describe('a fetched key', () => {
  const P256 = createPublicKey(testKey('EC_P256').privateKey)
  const signerOf = (fetchPublicKey: SignerDriver<Credentials>['fetchPublicKey'], options: object = {}) =>
    offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver: fetchPublicKey ? { fetchPublicKey } : {}, options }).signer

  test.each([
    ['cannot be read', { spki: Uint8Array.of(1) }],
    ['is of another spec than the provider says', { spki: P256, keySpec: 'EC_P384' }],
  ] as const)('that %s is KMS_INVALID_RESPONSE', async (_, answer) => {
    expect(await errorOf(signerOf(async () => answer).getPublicKey())).toMatchObject({
      code: 'KMS_INVALID_RESPONSE',
    })
  })

  test('has the identity that the provider gives it', async () => {
    const answer = { spki: P256, keySpec: 'EC_P256', keyId: 'resolved', keyVersion: '4' } as const
    expect(await signerOf(async () => answer).getPublicKey()).toMatchObject({ keyId: 'resolved', keyVersion: '4' })
    expect(await signerOf(async () => ({ spki: P256 })).getPublicKey()).toMatchObject({ keyId: 'key-1' })
  })

  test('is fetched anew for those who joined a fetch whose owner left', async () => {
    const controller = new AbortController()
    let asked = 0
    const signer = signerOf(async () => {
      asked += 1
      if (asked === 1) return new Promise<never>(() => {})
      return { spki: P256 }
    })
    const owner = errorOf(signer.getPublicKey({ signal: controller.signal }))
    await new Promise((resolve) => setTimeout(resolve, 1))
    const joined = [signer.getPublicKey(), signer.getPublicKey()]
    await new Promise((resolve) => setTimeout(resolve, 1))
    controller.abort('bye')
    expect(await owner).toBe('bye')
    const [one, other] = await Promise.all(joined)
    expect(one?.keySpec).toBe('EC_P256')
    expect(other).toBe(one)
    expect(asked).toBe(2)
  })
})

describe('a stream that is no stream', () => {
  const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)

  test.each([null, undefined, 5, 'text', {}, { getReader: 5 }])('is refused: %j', async (source) => {
    await expect(signer.signStream(source as never)).rejects.toThrow(
      /^source must be a stream or an iterable of Uint8Array, got /,
    )
    await expect(signer.verifyStream(source as never, new Uint8Array(8))).rejects.toThrow(TypeError)
  })

  test('may be a reader that has no lock to release', async () => {
    const chunks = [MESSAGE]
    const getReader = () => ({
      read: async () => (chunks.length > 0 ? { done: false, value: chunks.pop() } : { done: true }),
      cancel: async () => {},
    })
    const { signature } = await signer.signStream({ getReader } as never)
    expect(await signer.verify(MESSAGE, signature)).toBe(true)
  })
})

test('options of calls are refused by name, without their value', async () => {
  const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
  const signature = new Uint8Array(70)
  for (const [options, message] of [
    [{ pssSaltLength: -1 }, 'options.pssSaltLength must be a whole number of bytes, got another number.'],
    [{ pssSaltLength: 1.5 }, 'options.pssSaltLength must be a whole number of bytes, got another number.'],
    [{ pssSaltLength: 'any' }, 'options.pssSaltLength must be a whole number of bytes, got another string.'],
    [{ mode: 'far' }, "options.mode must be 'auto' or 'local' or 'remote', got another string."],
    [{ encoding: 'asn1' }, "options.encoding must be 'der' or 'p1363' or 'raw', got another string."],
    [{ keyVersion: '' }, 'options.keyVersion must be a text of 1 to 256 characters, got another string.'],
    [
      { timeoutMs: 0 },
      'options.timeoutMs must be a number of milliseconds above 0 and up to 2147483647, got another number.',
    ],
    [{ signal: {} }, 'options.signal must be an AbortSignal, got an object.'],
    [null, 'options must be an object, got null.'],
  ] as const) {
    await expect(signer.verify(MESSAGE, signature, options as never)).rejects.toThrow(new TypeError(message))
  }
  await expect(signer.sign(MESSAGE, { encoding: 'raw' as 'der' })).rejects.toThrow(TypeError)
})
