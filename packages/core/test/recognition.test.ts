import { constants, createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { ecdsaSignatureToP1363, type SigningAlgorithm } from '@kmsign/core'
import type { OfferedAlgorithm } from '@kmsign/core/driver'
import { describe, expect, test } from 'vitest'
import { testKey } from './keys.ts'
import { DIGESTS, errorOf, type Maker, MESSAGES, offered } from './offered.ts'

const MESSAGE = Buffer.from('a message')
const padding = constants.RSA_PKCS1_PSS_PADDING
const { privateKey } = testKey('RSA_2048')
const pss =
  (saltLength: number): Maker =>
  async ({ payload }) => ({
    signature: new Uint8Array(sign('sha256', payload, { key: privateKey, padding, saltLength })),
  })
const rsa = (algorithm: SigningAlgorithm, make: Maker, offer: Partial<OfferedAlgorithm> = {}, options: object = {}) =>
  offered(algorithm, 'RSA_2048', { payloads: MESSAGES, encodings: ['raw'], ...offer }, { make, options })

describe('the salt of RSA-PSS', () => {
  test.each([
    ['digest', 32, { pssSaltLength: 32, verified: true }],
    ['max', 222, { pssSaltLength: 222, verified: true }],
    ['undocumented', 32, { pssSaltLength: 32, verified: true }],
    ['undocumented', 20, { pssSaltLength: 20, verified: true }],
    ['undocumented', 222, { pssSaltLength: 222, verified: true }],
  ] as const)('that is %s in the documents and %i bytes is in the result', async (pssSalt, salt, result) => {
    expect(await rsa('RSA_PSS_SHA_256', pss(salt), { pssSalt }).signer.sign(MESSAGE)).toMatchObject(result)
  })

  test('is none where the documents say nothing and the signature is something else', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const make: Maker = async ({ payload }) => ({ signature: sign('sha256', payload, stranger) })
    expect(await errorOf(rsa('RSA_PSS_SHA_256', make, { pssSalt: 'undocumented' }).signer.sign(MESSAGE))).toMatchObject(
      {
        code: 'KMS_INTEGRITY',
      },
    )
  })

  test.each([
    ['digest', 222],
    ['max', 32],
  ] as const)('that differs from the documented one (%s) is KMS_INTEGRITY', async (pssSalt, salt) => {
    expect(await errorOf(rsa('RSA_PSS_SHA_256', pss(salt), { pssSalt }).signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_INTEGRITY',
    })
  })

  test.each([
    ['digest', 32],
    ['max', 222],
    ['undocumented', undefined],
    [undefined, undefined],
  ] as const)('is claimed without a check only where it is documented: %s is %s', async (pssSalt, pssSaltLength) => {
    const offer = pssSalt === undefined ? {} : { pssSalt }
    const result = await rsa('RSA_PSS_SHA_256', pss(20), offer, { integrity: 'off' }).signer.sign(MESSAGE)
    expect([result.verified, result.pssSaltLength]).toEqual([false, pssSaltLength])
  })

  test('is nothing that other algorithms have', async () => {
    const make: Maker = async ({ payload }) => ({ signature: sign('sha256', payload, privateKey) })
    for (const integrity of ['auto', 'off']) {
      const result = await rsa('RSA_PKCS1_SHA_256', make, { pssSalt: 'max' }, { integrity }).signer.sign(MESSAGE)
      expect('pssSaltLength' in result).toBe(false)
    }
  })
})

describe('a key that really signs something else', () => {
  const pkcs1 =
    (hash: string): Maker =>
    async ({ kind, payload }) => {
      if (kind === 'digest') throw new Error('digests are made below')
      return { signature: sign(hash, payload, privateKey) }
    }

  test.each([
    ['RSA_PSS_SHA_256', pkcs1('sha256'), 'RSA_PKCS1_SHA_256'],
    ['RSA_PSS_SHA_256', pkcs1('sha512'), 'RSA_PKCS1_SHA_512'],
    ['RSA_PKCS1_SHA_256', pss(32), 'RSA_PSS_SHA_256'],
    ['RSA_PKCS1_SHA_256', pss(222), 'RSA_PSS_SHA_256'],
  ] as const)('than %s is KMS_KEY_MISMATCH, and named', async (declared, make, really) => {
    const { signer, sent } = rsa(declared, make, { pssSalt: 'digest' })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_KEY_MISMATCH',
      message: expect.stringContaining(`the key signs ${really}, not ${declared}`),
    })
    expect(sent).toHaveLength(1)
  })

  test('is named from a digest too, among the algorithms with digests of that length', async () => {
    // What privateKey signs over this message has the digest that is given.
    const make: Maker = async () => ({ signature: sign('sha256', MESSAGE, privateKey) })
    const { signer } = rsa('RSA_PSS_SHA_256', make, { payloads: DIGESTS(32), pssSalt: 'digest' })
    const digest = createHash('sha256').update(MESSAGE).digest()
    expect(await errorOf(signer.signDigest(digest))).toMatchObject({
      message: expect.stringContaining('the key signs RSA_PKCS1_SHA_256, not RSA_PSS_SHA_256'),
    })
  })

  test('is KMS_INTEGRITY where it is nothing that is known', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const make: Maker = async ({ payload }) => ({ signature: sign('sha256', payload, stranger.privateKey) })
    const { signer, sent } = rsa('RSA_PKCS1_SHA_256', make)
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_INTEGRITY',
      message: expect.stringContaining('the signature does not verify with the public key of the provider'),
    })
    expect(sent).toHaveLength(2)
  })
})

describe('an encoding that is not documented', () => {
  const both = { payloads: MESSAGES, encodings: ['der', 'p1363'] } as const
  const ec = testKey('EC_P256')
  const der = (message: Uint8Array) => new Uint8Array(sign('sha256', message, ec.privateKey))
  const pair = (message: Uint8Array) => ecdsaSignatureToP1363(der(message), 'EC_P256')

  test.each([
    ['der', der],
    ['p1363', pair],
  ] as const)('is found with the public key: %s', async (_, made) => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', both, {
      make: async ({ payload }) => ({ signature: made(payload) }),
    })
    for (const encoding of ['der', 'p1363'] as const) {
      const result = await signer.sign(MESSAGE, { encoding })
      expect(result).toMatchObject({ encoding, verified: true })
      expect(await signer.verify(MESSAGE, result)).toBe(true)
    }
    expect((await signer.sign(MESSAGE)).encoding).toBe('der')
  })

  test('is found anew where what was learned does not fit any more', async () => {
    let made: (message: Uint8Array) => Uint8Array = pair
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', both, {
      make: async ({ payload }) => ({ signature: made(payload) }),
    })
    await signer.sign(MESSAGE)
    made = der
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 1 })
  })

  test('is the only one that parses where nothing can be checked', async () => {
    const make: Maker = async ({ payload }) => ({ signature: pair(payload) })
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', both, { make, options: { integrity: 'off' } })
    expect(await signer.sign(MESSAGE)).toMatchObject({ encoding: 'der', verified: false })
  })

  test('is not guessed where both parse', async () => {
    // 64 bytes that are r and s, and DER too.
    const integer = Buffer.concat([Uint8Array.of(2, 29, 1), Buffer.alloc(28, 5)])
    const signature = Buffer.concat([Uint8Array.of(0x30, 62), integer, integer])
    const make: Maker = async () => ({ signature })
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', both, { make, options: { integrity: 'off' } })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_INVALID_RESPONSE',
      message: expect.stringContaining('the answer holds no ECDSA_SHA_256 signature'),
    })
  })
})

describe('the key that was declared', () => {
  const message = { payloads: MESSAGES, encodings: ['der'] } as const

  test.each([
    ['of another key spec', 'EC_P256', 'the key is EC_P256K, declared was EC_P256'],
    ['that the algorithm cannot use', undefined, 'a EC_P384 key cannot be used with ECDSA_SHA_256'],
  ] as const)('and is one %s is KMS_KEY_MISMATCH', async (_, keySpec, detail) => {
    const really = keySpec === undefined ? 'EC_P384' : 'EC_P256K'
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, {
      driver: { fetchPublicKey: async () => ({ spki: createPublicKey(testKey(really).privateKey) }) },
      options: keySpec === undefined ? {} : { keySpec },
    })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({
      code: 'KMS_KEY_MISMATCH',
      message: expect.stringContaining(detail),
    })
  })

  test('explains better than the provider why a parameter was refused', async () => {
    const refuse =
      (code: string): Maker =>
      async () =>
        Promise.reject({ mapped: { code, phase: 'response', retry: 'never' } })
    const P384 = { fetchPublicKey: async () => ({ spki: createPublicKey(testKey('EC_P384').privateKey) }) }
    const failing = {
      fetchPublicKey: async () => Promise.reject({ mapped: { code: 'KMS_PERMISSION_DENIED', phase: 'response' } }),
    }
    const codeOf = async (code: string, driver: object, options: object = {}) =>
      (
        await errorOf(
          offered('ECDSA_SHA_256', 'EC_P256', message, { make: refuse(code), driver, options }).signer.sign(MESSAGE),
        )
      ).code
    expect(await codeOf('KMS_INVALID_ARGUMENT', P384)).toBe('KMS_KEY_MISMATCH')
    expect(await codeOf('KMS_INVALID_ARGUMENT', {})).toBe('KMS_INVALID_ARGUMENT')
    expect(await codeOf('KMS_INVALID_ARGUMENT', failing, { integrity: 'require' })).toBe('KMS_INVALID_ARGUMENT')
    expect(await codeOf('KMS_KEY_STATE', P384)).toBe('KMS_KEY_STATE')
  })
})

describe('the version of the key', () => {
  const message = { payloads: MESSAGES, encodings: ['der'] } as const
  const versioned =
    (keyVersion: string | undefined): Maker =>
    async ({ payload }) => ({
      signature: sign('sha256', payload, testKey('EC_P256').privateKey),
      ...(keyVersion !== undefined && { keyVersion }),
    })
  const unknownVersion = { mapped: { code: 'KMS_KEY_NOT_FOUND', phase: 'response' } }

  test.each([
    [undefined, 'the provider does not say which version signed'],
    ['2', 'another version of the key signed'],
  ])('that signed is %s where another was asked for, and refused', async (keyVersion, detail) => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, { make: versioned(keyVersion) })
    expect(await errorOf(signer.sign(MESSAGE, { keyVersion: '1' }))).toMatchObject({
      code: 'KMS_KEY_VERSION_CHANGED',
      message: expect.stringContaining(detail),
    })
  })

  const rows = [
    ['is signed again and refused where its keys can be had', true, 'KMS_INTEGRITY', 2],
    ['is left unverified where no key can be had', false, 'resolved', 1],
  ] as const
  test.each(rows)('that the provider does not know %s', async (_, fetchable, code, signatures) => {
    const { signer, sent } = offered('ECDSA_SHA_256', 'EC_P256', message, {
      make: versioned('9'),
      driver: {
        publicKeyBy: 'version',
        fetchPublicKey: async ({ keyVersion }) => {
          if (keyVersion !== undefined || !fetchable) throw unknownVersion
          return { spki: createPublicKey(testKey('EC_P256').privateKey) }
        },
      },
    })
    expect((await errorOf(signer.sign(MESSAGE))).code).toBe(code)
    expect(sent).toHaveLength(signatures)
  })

  test('ends with the caller while it is asked for', async () => {
    const controller = new AbortController()
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, {
      make: versioned('9'),
      driver: {
        publicKeyBy: 'version',
        fetchPublicKey: async ({ keyVersion }) => {
          if (keyVersion !== undefined) throw unknownVersion
          setTimeout(() => controller.abort('bye'), 1)
          return new Promise<never>(() => {})
        },
      },
    })
    expect(await errorOf(signer.sign(MESSAGE, { signal: controller.signal }))).toBe('bye')
  })
})

describe('the public key asked for once more', () => {
  const message = { payloads: MESSAGES, encodings: ['der'] } as const
  const [right, wrong, other] = ['EC_P256', 'stranger', 'another stranger'].map((name) =>
    name === 'EC_P256'
      ? createPublicKey(testKey('EC_P256').privateKey)
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  )
  /** A provider whose answers for the key are these, the last again and again; undefined fails, 'hang' never answers. */
  const answering = (answers: readonly unknown[], onHang?: () => void) => {
    let asked = 0
    return {
      fetchPublicKey: async () => {
        const answer = answers[Math.min(asked, answers.length - 1)]
        asked += 1
        if (answer === undefined) throw { mapped: { code: 'KMS_KEY_STATE', phase: 'response' } }
        if (answer !== 'hang') return { spki: answer as never }
        setTimeout(() => onHang?.(), 1)
        return new Promise<never>(() => {})
      },
    }
  }

  test.each([
    ['fits now', [wrong, right], { verified: true, attempts: 1 }],
    ['is the same, and a new signature does not fit either', [wrong], { code: 'KMS_INTEGRITY' }],
    ['is another that does not fit, and so again', [wrong, other], { code: 'KMS_INTEGRITY' }],
    ['cannot be had, and the old one does not fit a new signature', [wrong, undefined], { code: 'KMS_INTEGRITY' }],
  ])('%s', async (_, answers, outcome) => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, { driver: answering(answers) })
    expect(await signer.sign(MESSAGE).catch((error: unknown) => error)).toMatchObject(outcome)
  })

  test('ends with the caller', async () => {
    const controller = new AbortController()
    const driver = answering([wrong, 'hang'], () => controller.abort('bye'))
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, { driver })
    expect(await errorOf(signer.sign(MESSAGE, { signal: controller.signal }))).toBe('bye')
  })

  test('is not waited for beyond the time of the call: the signature is unverified then', async () => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', message, {
      driver: answering(['hang']),
      options: { timeoutMs: 40 },
    })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({ code: 'resolved' })
    const required = offered('ECDSA_SHA_256', 'EC_P256', message, {
      driver: answering(['hang']),
      options: { timeoutMs: 40, integrity: 'require' },
    })
    expect(await errorOf(required.signer.sign(MESSAGE))).toMatchObject({ code: 'KMS_TIMEOUT' })
  })
})
