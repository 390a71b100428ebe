import { createHash } from 'node:crypto'
import { verifySignature } from '@kmsign/core'
import type { SignRequest } from '@kmsign/core/driver'
import { describe, expect, test } from 'vitest'
import { fixedSpki } from '../src/spki.ts'
import { testKey } from './keys.ts'
import { DIGESTS, errorOf, localMaker, MESSAGES, MU, offered } from './offered.ts'
import { whyUnverified } from './outcomes.ts'

const MESSAGE = Buffer.from('a message')
const LONG = Buffer.alloc(101, 1)
const SHORT_ONES = { message: { minBytes: 1, maxBytes: 100 } }
const kinds = (sent: readonly SignRequest[]) => sent.map(({ kind, payload }) => [kind, payload.length])
const sha256 = (message: Uint8Array) => createHash('sha256').update(message).digest()

/** ML-DSA cannot be signed on every runtime: the provider's answer has the right length and is not checked. */
const mlDsa = (payloads: object, options: object = { integrity: 'off' }) =>
  offered(
    'ML_DSA',
    'EC_P256',
    { payloads, encodings: ['raw'] },
    {
      make: async () => ({ signature: new Uint8Array(2420) }),
      driver: { fetchPublicKey: async () => ({ spki: fixedSpki('ML_DSA_44', new Uint8Array(1312)).spki }) },
      options: { keySpec: 'ML_DSA_44', ...options },
    },
  )

describe('a message that the provider does not take', () => {
  test.each([
    ['too long', LONG],
    ['empty', Buffer.alloc(0)],
  ])('for being %s goes as its digest, where digests are signed', async (_, message) => {
    const payloads = { ...SHORT_ONES, ...DIGESTS(32) }
    const { signer, sent } = offered('RSA_PKCS1_SHA_256', 'RSA_2048', { payloads, encodings: ['raw'] })
    expect((await signer.sign(message)).verified).toBe(true)
    expect(sent).toEqual([{ algorithm: 'RSA_PKCS1_SHA_256', kind: 'digest', payload: new Uint8Array(sha256(message)) }])
  })

  test('is refused where digests are not signed, with what is wrong with it', async () => {
    const { signer, sent } = offered('ECDSA_SHA_256', 'EC_P256', { payloads: SHORT_ONES, encodings: ['der'] })
    expect(await errorOf(signer.sign(LONG))).toMatchObject({
      code: 'KMS_MESSAGE_TOO_LARGE',
      message: expect.stringContaining(
        'the provider signs up to 100 bytes with ECDSA_SHA_256 and has no digest mode for it',
      ),
    })
    expect(await errorOf(signer.sign(Buffer.alloc(0)))).toMatchObject({
      code: 'KMS_INVALID_ARGUMENT',
      message: expect.stringContaining('the provider signs 1 byte or more, got 0'),
    })
    expect(sent).toEqual([])
  })

  test.each([0, 100])('is the first beyond the limits: %i bytes still travel', async (bytes) => {
    const { signer, sent } = offered('ECDSA_SHA_256', 'EC_P256', { payloads: MESSAGES, encodings: ['der'] })
    await signer.sign(Buffer.alloc(bytes))
    expect(kinds(sent)).toEqual([['message', bytes]])
  })

  test('is every one where nothing is offered', async () => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', { payloads: {}, encodings: ['der'] })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
    expect(await errorOf(signer.signStream([MESSAGE]))).toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
  })

  test('goes as mu for ML-DSA, with the public key in it', async () => {
    const { signer, sent, driver } = mlDsa({ ...MESSAGES, ...MU })
    expect((await signer.sign(LONG)).verified).toBe(false)
    expect(kinds(sent)).toEqual([['mu', 64]])
    expect(signer.capabilities).toMatchObject({ digest: true })
    expect(driver.attempts).toHaveLength(1)
  })
})

describe('a digest', () => {
  test('is sent as it is, and the signature held against it', async () => {
    const payloads = { ...MESSAGES, ...DIGESTS(32) }
    const { signer, sent } = offered('RSA_PSS_SHA_256', 'RSA_2048', { payloads, encodings: ['raw'], pssSalt: 'digest' })
    const { signature, verified } = await signer.signDigest(sha256(MESSAGE))
    expect([verified, kinds(sent)]).toEqual([true, [['digest', 32]]])
    const { publicKey } = testKey('RSA_2048')
    expect(await verifySignature({ algorithm: 'RSA_PSS_SHA_256', publicKey, signature, message: MESSAGE })).toBe(true)
  })

  test.each([
    ['of another length', 31, 'KMS_INVALID_ARGUMENT', 'a digest for ECDSA_SHA_256 has 32 bytes, got 31'],
    [
      'where the provider signs messages only',
      32,
      'KMS_UNSUPPORTED',
      'this provider signs messages only, it has no digest mode',
    ],
  ])('%s is refused before anything is sent', async (_, bytes, code, detail) => {
    const { signer, sent } = offered('ECDSA_SHA_256', 'EC_P256', { payloads: MESSAGES, encodings: ['der'] })
    expect(await errorOf(signer.signDigest(new Uint8Array(bytes)))).toMatchObject({
      code,
      message: expect.stringContaining(detail),
    })
    expect(sent).toEqual([])
  })

  test('is nothing that Ed25519 has', async () => {
    const { signer } = offered('ED25519', 'ED25519', { payloads: MESSAGES, encodings: ['raw'] })
    const refused = {
      code: 'KMS_UNSUPPORTED',
      message: expect.stringContaining('ED25519 signs messages only, it has no digest mode'),
    }
    expect(await errorOf(signer.signDigest(new Uint8Array(32)))).toMatchObject(refused)
    expect(await errorOf(signer.verifyDigest(new Uint8Array(32), new Uint8Array(64)))).toMatchObject(refused)
  })

  test('is mu for ML-DSA, which cannot be checked', async () => {
    const { signer, sent } = mlDsa({ ...MESSAGES, ...MU }, {})
    const why = await whyUnverified(async () => {
      expect(await signer.signDigest(new Uint8Array(64))).toMatchObject({ verified: false, encoding: 'raw' })
    })
    expect(why).toEqual(['this runtime cannot check ML_DSA from a mu'])
    expect(kinds(sent)).toEqual([['mu', 64]])
    expect(await errorOf(mlDsa({ ...MU }).signer.verifyDigest(new Uint8Array(64), new Uint8Array(2420)))).toMatchObject(
      {
        code: 'KMS_UNSUPPORTED',
        message: expect.stringContaining('this runtime cannot check ML_DSA from a mu'),
      },
    )
  })
})

describe('an SM2 user id', () => {
  const SM2 = { payloads: { ...MESSAGES, ...DIGESTS(32) }, encodings: ['der'] } as const

  test('that is the usual one lets the message travel', async () => {
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', SM2)
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, sm2UserId: '1234567812345678' })
    expect(kinds(sent)).toEqual([['message', 9]])
  })

  test.each(['auto', 'off'] as const)(
    'of another kind sends the digest that has it, with integrity %s',
    async (integrity) => {
      const { signer, sent, driver } = offered('SM2_DSA', 'EC_SM2', SM2, {
        options: { sm2UserId: 'someone', integrity },
      })
      const result = await signer.sign(MESSAGE)
      expect(result).toMatchObject({ verified: integrity === 'auto', sm2UserId: 'someone' })
      expect([kinds(sent), driver.keyRequests]).toEqual([[['digest', 32]], [undefined]])
      const options = { algorithm: 'SM2_DSA', publicKey: testKey('EC_SM2').publicKey, message: MESSAGE } as const
      expect(await verifySignature({ ...options, signature: result.signature, sm2UserId: 'someone' })).toBe(true)
      await signer.sign(MESSAGE)
      expect(driver.keyRequests).toHaveLength(1)
    },
  )

  test('that is no text is not in the result', async () => {
    const options = { sm2UserId: Uint8Array.of(0xff) }
    const { signer } = offered('SM2_DSA', 'EC_SM2', SM2, { options })
    expect('sm2UserId' in (await signer.sign(MESSAGE))).toBe(false)
    const readable = offered('SM2_DSA', 'EC_SM2', SM2, { options: { sm2UserId: Buffer.from('bytes') } })
    expect((await readable.signer.sign(MESSAGE)).sm2UserId).toBe('bytes')
  })

  test('is not claimed for a message whose signature was not checked', async () => {
    const { signer } = offered('SM2_DSA', 'EC_SM2', SM2, { options: { integrity: 'off' } })
    expect('sm2UserId' in (await signer.sign(MESSAGE))).toBe(false)
  })

  test('that the provider does not use for messages makes it sign digests from then on', async () => {
    const wrong = localMaker('SM2_DSA', 'EC_SM2', Buffer.from('another id'))
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', SM2, { make: wrong })
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 2, sm2UserId: '1234567812345678' })
    expect((await signer.sign(MESSAGE)).attempts).toBe(1)
    expect(kinds(sent)).toEqual([
      ['message', 9],
      ['digest', 32],
      ['digest', 32],
    ])
  })

  test('that the provider does not use, without digests, is KMS_INTEGRITY', async () => {
    const wrong = localMaker('SM2_DSA', 'EC_SM2', Buffer.from('another id'))
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', { payloads: MESSAGES, encodings: ['der'] }, { make: wrong })
    expect(await errorOf(signer.sign(MESSAGE))).toMatchObject({ code: 'KMS_INTEGRITY' })
    expect(kinds(sent)).toEqual([
      ['message', 9],
      ['message', 9],
    ])
  })
})

describe('a stream', () => {
  const SM2 = { payloads: { ...MESSAGES, ...DIGESTS(32) }, encodings: ['der'] } as const
  const refuse = {
    fetchPublicKey: async () => Promise.reject({ mapped: { code: 'KMS_PERMISSION_DENIED', phase: 'response' } }),
  }

  test('is hashed with the public key for SM2', async () => {
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', SM2)
    expect((await signer.signStream([MESSAGE, LONG])).verified).toBe(true)
    expect(kinds(sent)).toEqual([['digest', 32]])
  })

  test('is buffered as a message where the public key cannot be had', async () => {
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', SM2, { driver: refuse })
    expect((await signer.signStream([MESSAGE])).verified).toBe(false)
    expect(kinds(sent)).toEqual([['message', 9]])
    expect(await errorOf(signer.signStream([LONG]))).toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
  })

  test('fails where the public key cannot be had and messages are not signed', async () => {
    const digestsOnly = { payloads: DIGESTS(32), encodings: ['der'] } as const
    const { signer } = offered('SM2_DSA', 'EC_SM2', digestsOnly, { driver: refuse })
    expect(await errorOf(signer.signStream([MESSAGE]))).toMatchObject({ code: 'KMS_PERMISSION_DENIED' })
  })

  test('ends with its caller while the public key is fetched', async () => {
    const controller = new AbortController()
    const { signer } = offered('SM2_DSA', 'EC_SM2', SM2, {
      driver: hanging(() => controller.abort('bye')),
    })
    expect(await errorOf(signer.signStream([MESSAGE], { signal: controller.signal }))).toBe('bye')
  })

  test('is verified from memory for Ed25519, up to 64 MiB', async () => {
    const { signer } = offered('ED25519', 'ED25519', { payloads: MESSAGES, encodings: ['raw'] })
    const { signature } = await signer.signStream([MESSAGE])
    expect(await signer.verifyStream([MESSAGE], signature)).toBe(true)
    expect(await signer.verifyStream([LONG], signature)).toBe(false)
    const block = Buffer.alloc(16 * 1024 * 1024)
    expect(await errorOf(signer.verifyStream([block, block, block, block, MESSAGE], signature))).toMatchObject({
      code: 'KMS_MESSAGE_TOO_LARGE',
      message: expect.stringContaining(
        'a ED25519 signature over a stream is checked from memory, up to 67108864 bytes',
      ),
    })
  })

  test('is signed up to the limit where digests are not, and closed beyond it', async () => {
    let closed = false
    async function* source() {
      try {
        yield LONG
      } finally {
        closed = true
      }
    }
    const { signer } = offered('ED25519', 'ED25519', { payloads: MESSAGES, encodings: ['raw'] })
    expect(await errorOf(signer.signStream(source()))).toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
    expect(closed).toBe(true)
  })

  test('tells of its progress', async () => {
    const { signer } = offered('ED25519', 'ED25519', { payloads: MESSAGES, encodings: ['raw'] })
    const seen: number[] = []
    await signer.signStream([MESSAGE, MESSAGE], { onProgress: ({ bytes }) => void seen.push(bytes) })
    expect(seen).toEqual([9, 18])
  })

  /** A public key request that never answers; it tells that it was begun. */
  function hanging(onBegin: () => void) {
    return {
      fetchPublicKey: () => {
        setTimeout(onBegin, 1)
        return new Promise<never>(() => {})
      },
    }
  }
})
