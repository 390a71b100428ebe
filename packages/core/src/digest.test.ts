import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { createDigester, type DigestTarget, digestMessage, digestStream } from './digest.ts'
import { isKmsError } from './errors.ts'
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
    const wrong: readonly [DigestTarget, unknown][] = [
      [{ algorithm: 'ED25519' }, { code: 'KMS_UNSUPPORTED' }],
      [{ algorithm: 'SM2_DSA', publicKey: testKey('EC_P256').publicKey }, { code: 'KMS_KEY_MISMATCH' }],
      [{ algorithm: 'ML_DSA', publicKey: testKey('EC_P256').publicKey }, { code: 'KMS_KEY_MISMATCH' }],
      [{ algorithm: 'SM2_DSA', publicKey: 'none' }, { code: 'KMS_INVALID_ARGUMENT' }],
      [{ algorithm: 'SM2_DSA' }, TypeError],
      [{ algorithm: 'ML_DSA' }, TypeError],
      [{ algorithm: 'sha256' as 'ED25519' }, TypeError],
    ]
    for (const [target, expected] of wrong) {
      const reading = digestStream(source, [{ algorithm: 'ECDSA_SHA_256' }, target])
      if (expected === TypeError) await expect(reading).rejects.toThrow(TypeError)
      else await expect(reading).rejects.toMatchObject(expected as object)
    }
    await expect(digestStream(source, undefined as unknown as [])).rejects.toThrow(TypeError)
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
    try {
      createDigester('ED25519')
    } catch (error) {
      expect(isKmsError(error, 'KMS_UNSUPPORTED')).toBe(true)
    }
    expect(() => createDigester('ED25519')).toThrow()
    expect(() => digestMessage('ECDSA_SHA_256', 'text' as unknown as Uint8Array)).toThrow(TypeError)
  })
})
