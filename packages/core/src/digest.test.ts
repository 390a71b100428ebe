import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { createDigester, type DigestTarget, digestMessage, digestStream } from './digest.ts'
import { parsePublicKey } from './public-key.ts'
import { sm2Digest } from './sm2.ts'
import { fixedSpki } from './spki.ts'

const MESSAGE = randomBytes(300_000)
const hashed = (hash: string) => new Uint8Array(createHash(hash).update(MESSAGE).digest())
const mlDsaKey = parsePublicKey(fixedSpki('ML_DSA_44', new Uint8Array(1312).fill(5)).spki)

describe('digestStream', () => {
  test('reads once and gives one digest per target, in order', async () => {
    const { publicKey, publicPem } = testKey('EC_SM2')
    const targets: DigestTarget[] = [
      { algorithm: 'ECDSA_SHA_512' },
      { algorithm: 'RSA_PSS_SHA_256' },
      { algorithm: 'SM2_DSA', publicKey: publicPem },
      { algorithm: 'ECDSA_SHA_256' },
      { algorithm: 'SM2_DSA', publicKey, sm2UserId: 'someone' },
      { algorithm: 'ML_DSA', publicKey: mlDsaKey },
      { algorithm: 'RSA_PKCS1_SHA_384' },
    ]
    const progress: number[] = []
    const source = Readable.from([MESSAGE.subarray(0, 100_000), MESSAGE.subarray(100_000)])
    const digests = await digestStream(source, targets, { onProgress: ({ bytes }) => void progress.push(bytes) })
    expect(digests).toEqual([
      hashed('sha512'),
      hashed('sha256'),
      sm2Digest(publicKey, MESSAGE, Buffer.from('1234567812345678')),
      hashed('sha256'),
      sm2Digest(publicKey, MESSAGE, Buffer.from('someone')),
      digestMessage('ML_DSA', MESSAGE, { publicKey: mlDsaKey }),
      hashed('sha384'),
    ])
    expect(progress).toEqual([100_000, 300_000])
    expect(new Set(digests.map(({ buffer }) => buffer)).size).toBe(targets.length)
  })

  test('needs no options', async () => {
    expect(await digestStream([MESSAGE], [{ algorithm: 'ECDSA_SHA_256' }])).toEqual([hashed('sha256')])
    expect(await digestStream([MESSAGE], [])).toEqual([])
  })

  test('ends with the reason of the signal', async () => {
    const controller = new AbortController()
    const source = new Readable({ read: () => undefined })
    setTimeout(() => controller.abort('stop'), 5)
    const reading = digestStream(source, [{ algorithm: 'ECDSA_SHA_256' }], { signal: controller.signal })
    await expect(reading).rejects.toBe('stop')
    expect(source.destroyed).toBe(true)
  })

  test('reads nothing when a target is wrong', async () => {
    const source = Readable.from([MESSAGE])
    const ec = testKey('EC_P256').publicKey
    const mismatch = (algorithm: string) => ({
      code: 'KMS_KEY_MISMATCH',
      operation: 'configure',
      message: expect.stringContaining(`${algorithm} cannot be used with a EC_P256 key`),
    })
    const missing = (algorithm: string) => ({
      name: 'TypeError',
      message: `publicKey is required: ${algorithm} binds the key into its digest.`,
    })
    const noDigest = {
      code: 'KMS_UNSUPPORTED',
      operation: 'configure',
      message: expect.stringContaining('ED25519 signs messages only, it has no digest'),
    }
    const wrong: readonly [DigestTarget, object][] = [
      [{ algorithm: 'ED25519' }, noDigest],
      [{ algorithm: 'SM2_DSA', publicKey: ec }, mismatch('SM2_DSA')],
      [{ algorithm: 'ML_DSA', publicKey: ec }, mismatch('ML_DSA')],
      [{ algorithm: 'SM2_DSA', publicKey: 'none' }, { code: 'KMS_INVALID_ARGUMENT' }],
      [{ algorithm: 'SM2_DSA' }, missing('SM2_DSA')],
      [{ algorithm: 'ML_DSA' }, missing('ML_DSA')],
    ]
    for (const [target, expected] of wrong) {
      const reading = digestStream(source, [{ algorithm: 'ECDSA_SHA_256' }, target])
      await expect(reading).rejects.toThrow(expect.objectContaining(expected))
    }
    const unknown = [{ algorithm: 'sha256' as 'ED25519' }]
    await expect(digestStream(source, unknown)).rejects.toThrow(TypeError)
    const none = undefined as unknown as []
    await expect(digestStream(source, none)).rejects.toThrow(new TypeError('targets must be an array, got undefined.'))
    expect(source.readableDidRead).toBe(false)
  })
})

describe('one digest', () => {
  test('is the same in one piece or many, of any size', () => {
    for (const size of [0, 1, 63, 64, 65, 4096]) {
      const message = MESSAGE.subarray(0, size)
      const digester = createDigester('ECDSA_SHA_384')
      for (const byte of message) digester.update(Uint8Array.of(byte))
      expect(digester.digest()).toEqual(digestMessage('ECDSA_SHA_384', message))
      expect(digestMessage('ECDSA_SHA_384', message)).toEqual(
        new Uint8Array(createHash('sha384').update(message).digest()),
      )
    }
  })

  test('is plain bytes', () => {
    const digest = digestMessage('ECDSA_SHA_256', MESSAGE)
    expect([digest.constructor, digest.buffer.byteLength]).toEqual([Uint8Array, 32])
  })

  test('of ML-DSA is mu of FIPS 204 with an empty context', () => {
    const shake = (...parts: Uint8Array[]) =>
      createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest()
    const expected = shake(shake(new Uint8Array(1312).fill(5)), Uint8Array.of(0, 0), MESSAGE)
    expect(digestMessage('ML_DSA', MESSAGE, { publicKey: mlDsaKey })).toEqual(new Uint8Array(expected))
  })

  test('of Ed25519 does not exist', () => {
    expect(() => createDigester('ED25519')).toThrow(expect.objectContaining({ code: 'KMS_UNSUPPORTED' }))
  })

  test('is of bytes', () => {
    const text = 'text' as unknown as Uint8Array
    expect(() => digestMessage('ECDSA_SHA_256', text)).toThrow(/^chunk must be a Uint8Array, got a string/)
  })
})
