import { createECDH, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { unusable } from '../test/caught.ts'
import { DER, derElement, derInteger } from './der.ts'
import { fixedSpki, isPrivateDer, readRsaKey, readSpki, rsaSpki, unusableKey } from './spki.ts'

// What a test needs is computed in it: a table that is wrong must fail tests, not keep the file from being read.

/** Curves with their names in node:crypto and the bytes of a coordinate. */
const CURVES = [
  ['EC_P256', 'prime256v1', 32],
  ['EC_P384', 'secp384r1', 48],
  ['EC_P521', 'secp521r1', 66],
  ['EC_P256K', 'secp256k1', 32],
  ['EC_SM2', 'SM2', 32],
] as const
/** RFC 9881 §2: OIDs without parameters. */
const ML_DSA = [
  ['ML_DSA_44', '300b0609608648016503040311', 1312],
  ['ML_DSA_65', '300b0609608648016503040312', 1952],
  ['ML_DSA_87', '300b0609608648016503040313', 2592],
] as const
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex')
const ED25519 = Buffer.from('300506032b6570', 'hex')
/** RFC 8032 §7.1, test 1. */
const ED25519_KEY = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
const MODULUS = Buffer.alloc(256, 0xff)
const F4 = Uint8Array.of(1, 0, 1)

describe('a SubjectPublicKeyInfo', () => {
  test.each(CURVES)('of %s is what node:crypto writes', (keySpec, namedCurve, bytes) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const key = new Uint8Array(der.subarray(-2 * bytes))
    const parsed = readSpki(der)
    expect(parsed).toEqual({ keySpec, spki: new Uint8Array(der), key })
    expect(parsed.spki.buffer.byteLength).toBe(der.length)
    expect(fixedSpki(keySpec, Buffer.concat([Uint8Array.of(4), key]))).toEqual(parsed)
  })

  test('of Ed25519 is what node:crypto writes', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const key = new Uint8Array(der.subarray(-32))
    expect(readSpki(der)).toEqual({ keySpec: 'ED25519', spki: new Uint8Array(der), key })
    expect(fixedSpki('ED25519', key)).toEqual(readSpki(der))
  })

  test.each(ML_DSA)('of %s has the identifier of its RFC', (keySpec, algorithm, bytes) => {
    const key = new Uint8Array(bytes).fill(7)
    const der = spkiOf(Buffer.from(algorithm, 'hex'), key)
    expect(readSpki(der)).toEqual({ keySpec, spki: new Uint8Array(der), key })
    expect(fixedSpki(keySpec, key).spki).toEqual(new Uint8Array(der))
  })

  test.each([
    [256, 'RSA_2048'],
    [384, 'RSA_3072'],
    [512, 'RSA_4096'],
  ] as const)('of RSA with %i bytes', (bytes, keySpec) => {
    const modulus = new Uint8Array(bytes).fill(0xff)
    modulus[0] = 0x80
    const der = rsaSpkiOf(modulus, F4)
    const expected = { keySpec, spki: new Uint8Array(der), key: modulus, exponent: F4 }
    expect(readSpki(der)).toEqual(expected)
    expect(readRsaKey(rsaKeyOf(modulus, F4))).toEqual(expected)
    expect(rsaSpki(modulus, F4)).toEqual(expected)
  })

  test('keeps no view of what it was read from', () => {
    const modulus = Buffer.from(MODULUS)
    const exponent = new Uint8Array(F4)
    const point = Buffer.concat([Uint8Array.of(4), Buffer.alloc(64, 1)])
    const mlDsa = Buffer.alloc(1312)
    const parsed = [rsaSpki(modulus, exponent), fixedSpki('EC_P256', point), fixedSpki('ML_DSA_44', mlDsa)]
    const before = structuredClone(parsed)
    for (const bytes of [modulus, exponent, point, mlDsa]) bytes.fill(0xee)
    expect(parsed).toEqual(before)
  })

  test('that restricts RSA to PSS becomes that of plain RSA', () => {
    const options = { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }
    const { publicKey } = generateKeyPairSync('rsa-pss', options)
    const { spki, key, exponent = F4 } = readSpki(publicKey.export({ type: 'spki', format: 'der' }))
    expect(spki).toEqual(new Uint8Array(rsaSpkiOf(key, exponent)))
  })
})

describe('a compressed point', () => {
  test.each(CURVES)('of %s is that of the whole point', (keySpec, curve) => {
    const pair = createECDH(curve)
    pair.generateKeys()
    const whole = fixedSpki(keySpec, pair.getPublicKey(null, 'uncompressed'))
    expect(fixedSpki(keySpec, pair.getPublicKey(null, 'compressed'))).toEqual(whole)
    expect(whole.key.constructor).toBe(Uint8Array)
  })

  test('of both signs gives two keys', () => {
    const { key } = fixedSpki('EC_P256', Buffer.concat([Uint8Array.of(2), baseX()]))
    const { key: other } = fixedSpki('EC_P256', Buffer.concat([Uint8Array.of(3), baseX()]))
    expect(key.subarray(0, 32)).toEqual(other.subarray(0, 32))
    expect([(key[63] ?? 0) & 1, (other[63] ?? 0) & 1]).toEqual([0, 1])
  })

  test.each([
    ['with another first byte', () => [0x05, ...baseX()]],
    ['with one byte more', () => [0x02, ...baseX(), 0]],
    ['with one byte less', () => [0x02, ...baseX().subarray(1)]],
    ['with an x that no point has', () => [0x02, ...Buffer.alloc(32, 0xff)]],
    ['that is whole with one byte more', () => [0x04, ...Buffer.alloc(65, 1)]],
    ['that is whole with one byte less', () => [0x04, ...Buffer.alloc(63, 1)]],
    ['that is whole with another first byte', () => [0x06, ...Buffer.alloc(64, 1)]],
    ['without bytes', () => []],
  ])('%s is refused', (_what, bytes) => {
    expect(() => fixedSpki('EC_P256', Uint8Array.from(bytes()))).toThrow(unusable('has the wrong length or form'))
  })
})

describe('a key of fixed length', () => {
  test.each([31, 33])('of %i bytes is no Ed25519 key', (bytes) => {
    expect(() => fixedSpki('ED25519', new Uint8Array(bytes))).toThrow(unusable('has the wrong length or form'))
  })

  test('of RSA is refused, which has none', () => {
    expect(() => fixedSpki('RSA_2048', MODULUS)).toThrow(unusable('has the wrong length or form'))
  })

  test('must be a point for Ed25519, and of no small order', () => {
    for (const y of [0, 1, 2]) {
      const key = new Uint8Array(32)
      key[0] = y
      expect(() => fixedSpki('ED25519', key)).toThrow(unusable('is not a usable point of its curve'))
    }
    // Any bytes are a key of ML-DSA.
    expect(fixedSpki('ML_DSA_44', new Uint8Array(1312)).keySpec).toBe('ML_DSA_44')
  })
})

describe('what is no SubjectPublicKeyInfo', () => {
  const bits = (key: Uint8Array, unused = 0) => derElement(DER.BIT_STRING, Uint8Array.of(unused), key)
  const sequence = (...parts: readonly Uint8Array[]) => derElement(DER.SEQUENCE, ...parts)

  test.each([
    ['no bytes', () => Buffer.alloc(0)],
    ['an empty sequence', () => sequence()],
    ['an identifier alone', () => sequence(ED25519)],
    ['a key alone', () => sequence(bits(ED25519_KEY))],
    ['a third element', () => sequence(ED25519, bits(ED25519_KEY), sequence())],
    [
      'an OCTET STRING for the key',
      () => sequence(ED25519, derElement(DER.OCTET_STRING, Buffer.alloc(1), ED25519_KEY)),
    ],
    ['a SET for the identifier', () => sequence(derElement(0x31, ED25519.subarray(2)), bits(ED25519_KEY))],
    ['unused bits', () => sequence(ED25519, bits(ED25519_KEY, 1))],
    ['a SET of both', () => derElement(0x31, ED25519, bits(ED25519_KEY))],
    ['a byte after the end', () => Buffer.concat([sequence(ED25519, bits(ED25519_KEY)), Buffer.alloc(1)])],
  ])('is refused: %s', (_what, der) => {
    expect(() => readSpki(der())).toThrow(unusable('is not DER SubjectPublicKeyInfo'))
  })

  test('has its right form in the table above', () => {
    expect(readSpki(sequence(ED25519, bits(ED25519_KEY))).key).toEqual(new Uint8Array(ED25519_KEY))
  })

  test.each([
    ['RSA without the NULL', '300b06092a864886f70d010101'],
    ['RSA for OAEP', '300b06092a864886f70d010107'],
    ['X25519', '300506032b656e'],
    ['P-224', '301006072a8648ce3d020106052b81040021'],
    ['no OID', '3000'],
  ])('is refused as of another type: %s', (_what, algorithm) => {
    expect(() => readSpki(spkiOf(Buffer.from(algorithm, 'hex'), ED25519_KEY))).toThrow(
      unusable('is of a type or on a curve that is not supported'),
    )
  })
})

describe('an RSA key', () => {
  test.each([
    ['no bytes', () => Buffer.alloc(0)],
    ['no integers', () => derElement(DER.SEQUENCE)],
    ['a modulus alone', () => derElement(DER.SEQUENCE, derInteger(MODULUS))],
    ['a third integer', () => derElement(DER.SEQUENCE, derInteger(MODULUS), derInteger(F4), derInteger(F4))],
    ['a negative modulus', () => derElement(DER.SEQUENCE, derElement(DER.INTEGER, MODULUS), derInteger(F4))],
    ['a zero exponent', () => derElement(DER.SEQUENCE, derInteger(MODULUS), derInteger(Uint8Array.of(0)))],
    ['texts', () => derElement(DER.SEQUENCE, derElement(DER.OCTET_STRING, MODULUS), derElement(DER.OCTET_STRING, F4))],
  ])('is refused: %s', (_what, der) => {
    expect(() => readRsaKey(der())).toThrow(unusable('is not a DER RSA key'))
    expect(() => readSpki(spkiOf(RSA_ENCRYPTION, der()))).toThrow(unusable('is not a DER RSA key'))
  })

  test.each([
    ['255 bytes', () => new Uint8Array(255).fill(0xff)],
    ['257 bytes', () => new Uint8Array(257).fill(0xff)],
    ['2047 bits', () => Uint8Array.from([0x7f, ...MODULUS.subarray(1)])],
    ['nothing', () => new Uint8Array(0)],
  ])('is of another size: %s', (_what, modulus) => {
    expect(() => rsaSpki(modulus(), F4)).toThrow(unusable('is RSA of another size than 2048, 3072 or 4096 bits'))
  })

  test('has an odd modulus', () => {
    const even = Uint8Array.from([...MODULUS.subarray(1), 0xfe])
    expect(() => rsaSpki(even, F4)).toThrow(unusable('has an even modulus'))
  })

  test.each([[[3]], [[5]], [[1, 1]], [[0x80, 1]], [[1, 0, 0, 0, 0, 0, 0, 1]], [[0xff, 1, 1, 1, 1, 1, 1, 0xff]]])(
    'may have the exponent %j',
    (exponent) => {
      expect(rsaSpki(MODULUS, Uint8Array.from(exponent)).exponent).toEqual(Uint8Array.from(exponent))
    },
  )

  test.each([[[]], [[1]], [[2]], [[4]], [[1, 0]], [[1, 0, 0, 0, 0, 0, 0, 0, 1]]])(
    'may not have the exponent %j',
    (exponent) => {
      expect(() => rsaSpki(MODULUS, Uint8Array.from(exponent))).toThrow(
        unusable('has a public exponent that is not supported'),
      )
    },
  )
})

test('a refusal says which key and nothing of it', () => {
  const error = unusableKey('is of wood')
  expect(error).toMatchObject({ code: 'KMS_INVALID_ARGUMENT', operation: 'configure' })
  expect(error.message).toContain('the public key is of wood')
})

describe('DER of a private key', () => {
  test.each([
    ['a version, then anything', '3003020100'],
    ['version 1 of SEC 1', '3003020101'],
    ['version 3 of PKCS #12', '30050201033000'],
    ['an identifier, then an OCTET STRING: encrypted PKCS #8', '30053000040100'],
  ])('begins with %s', (_what, der) => {
    expect(isPrivateDer(Buffer.from(der, 'hex'))).toBe(true)
  })

  test.each([
    ['no bytes', ''],
    ['an empty sequence', '3000'],
    ['a SET', '3103020100'],
    ['an OCTET STRING', '0403020100'],
    ['an INTEGER', '020100'],
    ['a number of two bytes, as a modulus has', '300402020100'],
    ['a number of no bytes', '30020200'],
    ['an OCTET STRING before an OCTET STRING', '3006040100040100'],
    ['an identifier alone', '30023000'],
    ['an identifier, then a BIT STRING: a public key', '30053000030100'],
    ['an identifier, and an OCTET STRING behind the end', '30023000040100'],
    ['a number that ends behind the end', '30020201'],
  ])('does not begin with %s', (_what, der) => {
    expect(isPrivateDer(Buffer.from(der, 'hex'))).toBe(false)
  })
})

/** x of the base point of P-256 (FIPS 186-4 D.1.2.3). */
function baseX(): Buffer {
  return Buffer.from('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', 'hex')
}

function rsaKeyOf(modulus: Uint8Array, exponent: Uint8Array): Buffer {
  return derElement(DER.SEQUENCE, derInteger(modulus), derInteger(exponent))
}

function rsaSpkiOf(modulus: Uint8Array, exponent: Uint8Array): Buffer {
  return spkiOf(RSA_ENCRYPTION, rsaKeyOf(modulus, exponent))
}

function spkiOf(algorithm: Uint8Array, key: Uint8Array): Buffer {
  return derElement(DER.SEQUENCE, algorithm, derElement(DER.BIT_STRING, Uint8Array.of(0), key))
}
