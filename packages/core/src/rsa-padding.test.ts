import { constants, createHash, createPublicKey, createSign, privateEncrypt, sign, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { encodePkcs1, encodePss, openSignature, readPssSalt } from './rsa-padding.ts'

const MESSAGE = Buffer.from('a message')
const HASHES = ['sha256', 'sha384', 'sha512'] as const
const { privateKey } = testKey('RSA_2048')
const publicKey = createPublicKey(privateKey)
const digestOf = (hash: string) => createHash(hash).update(MESSAGE).digest()
const raw = (encoded: Uint8Array) => privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded)

describe('PKCS #1 v1.5', () => {
  test.each(HASHES)('with %s is what node:crypto signs, byte for byte', (hash) => {
    const opened = openSignature(publicKey, sign(hash, MESSAGE, privateKey))
    expect(Buffer.from(encodePkcs1(hash, digestOf(hash), 256))).toEqual(opened)
    expect(createSign(hash).update(MESSAGE).sign(privateKey)).toEqual(raw(encodePkcs1(hash, digestOf(hash), 256)))
  })

  test('knows no DigestInfo for SM3, and says so', () => {
    expect(() => encodePkcs1('sm3', new Uint8Array(32), 256)).toThrow(
      new TypeError('RSA PKCS #1 v1.5 has no DigestInfo for sm3 here.'),
    )
  })
})

describe('a signature', () => {
  test('that is not below the modulus opens to nothing', () => {
    expect(openSignature(publicKey, Buffer.alloc(256, 0xff))).toBeUndefined()
  })
})

describe('PSS', () => {
  const padding = constants.RSA_PKCS1_PSS_PADDING

  test.each(HASHES.flatMap((hash) => [0, 20, 32, 48, 64].map((salt) => [hash, salt] as const)))(
    'with %s and %i bytes of salt is what node:crypto takes',
    (hash, saltLength) => {
      const salt = Buffer.from(Array.from({ length: saltLength }, (_, index) => index))
      const encoded = encodePss(hash, digestOf(hash), salt, 256)
      expect(verify(hash, MESSAGE, { key: publicKey, padding, saltLength }, raw(encoded))).toBe(true)
      expect(readPssSalt(hash, digestOf(hash), encoded)).toBe(saltLength)
    },
  )

  test.each([0, 32, 222])('made by node:crypto with %i bytes of salt is measured', (saltLength) => {
    const opened = openSignature(publicKey, sign('sha256', MESSAGE, { key: privateKey, padding, saltLength }))
    expect(opened && readPssSalt('sha256', digestOf('sha256'), opened)).toBe(saltLength)
  })

  /** Begins with 0, as one encoding in 128 does. */
  function good(): Uint8Array {
    for (let round = 0; ; round += 1) {
      const salt = createHash('sha256').update(`${round}`).digest()
      const encoded = encodePss('sha256', digestOf('sha256'), salt, 256)
      if (encoded[0] === 0) return encoded
    }
  }
  const flip = (index: number, mask: number) => (bytes: Uint8Array) => bytes.set([(bytes[index] ?? 0) ^ mask], index)

  test.each([
    ['another trailer', flip(255, 1)],
    ['a first bit that is set', flip(0, 0x80)],
    ['another byte of padding', flip(1, 1)],
    ['another separator', flip(190, 2)],
    ['another salt', flip(200, 1)],
    ['another hash', flip(240, 1)],
    ['nothing but zeros', (bytes: Uint8Array) => void bytes.fill(0)],
  ])('with %s is none', (_, change) => {
    const encoded = good()
    expect(readPssSalt('sha256', digestOf('sha256'), encoded)).toBe(32)
    change(encoded)
    expect(readPssSalt('sha256', digestOf('sha256'), encoded)).toBeUndefined()
  })

  test('of another message is none', () => {
    expect(readPssSalt('sha256', createHash('sha256').update('another').digest(), good())).toBeUndefined()
  })

  test('without a byte of padding that is set is none', () => {
    // A block that is all zeros once it is unmasked has no separator.
    const bound = Buffer.alloc(32, 5)
    const block = Buffer.alloc(223)
    for (let at = 0, count = 0; at < block.length; at += 32, count += 1) {
      const part = createHash('sha256')
        .update(bound)
        .update(Uint8Array.of(0, 0, 0, count))
        .digest()
      part.copy(block, at)
    }
    block[0] = (block[0] ?? 0) & 0x7f
    const encoded = Buffer.concat([block, bound, Uint8Array.of(0xbc)])
    expect(readPssSalt('sha256', digestOf('sha256'), encoded)).toBeUndefined()
  })
})
