import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Jwk, readJwk, writeJwk } from './jwk.ts'
import { privateKeyError } from './pem.ts'
import { fixedSpki, readSpki } from './spki.ts'

// Names and lengths of RFC 7518 §6, RFC 8037 §2, RFC 8812 §3.1 and RFC 9964.
const ELLIPTIC = [
  ['EC_P256', 'prime256v1', { kty: 'EC', crv: 'P-256' }],
  ['EC_P384', 'secp384r1', { kty: 'EC', crv: 'P-384' }],
  ['EC_P521', 'secp521r1', { kty: 'EC', crv: 'P-521' }],
  ['EC_P256K', 'secp256k1', { kty: 'EC', crv: 'secp256k1' }],
] as const
const ML_DSA = [
  ['ML_DSA_44', 1312, { kty: 'AKP', alg: 'ML-DSA-44' }],
  ['ML_DSA_65', 1952, { kty: 'AKP', alg: 'ML-DSA-65' }],
  ['ML_DSA_87', 2592, { kty: 'AKP', alg: 'ML-DSA-87' }],
] as const
const text = (bytes: number, value = 1) => Buffer.alloc(bytes, value).toString('base64url')
const RSA = { kty: 'RSA', n: text(256, 0xff), e: 'AQAB' }

describe('a JWK', () => {
  test.each(ELLIPTIC)('of %s is that of node:crypto, both ways', (keySpec, namedCurve, members) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve })
    const jwk = publicKey.export({ format: 'jwk' }) as Jwk
    const spki = readSpki(publicKey.export({ type: 'spki', format: 'der' }))
    expect(jwk).toMatchObject(members)
    expect(readJwk(jwk)).toEqual(spki)
    expect(writeJwk(spki)).toStrictEqual(jwk)
    expect(spki.keySpec).toBe(keySpec)
  })

  test('of Ed25519 is that of node:crypto, both ways', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const jwk = publicKey.export({ format: 'jwk' }) as Jwk
    const spki = readSpki(publicKey.export({ type: 'spki', format: 'der' }))
    expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519' })
    expect(readJwk(jwk)).toEqual(spki)
    expect(writeJwk(spki)).toStrictEqual(jwk)
  })

  test.each(ML_DSA)('of %s has its public key whole', (keySpec, bytes, members) => {
    const jwk = { ...members, pub: text(bytes) }
    const spki = fixedSpki(keySpec, Buffer.alloc(bytes, 1))
    expect(readJwk(jwk)).toEqual(spki)
    expect(writeJwk(spki)).toStrictEqual(jwk)
  })

  test('of RSA may have zeros before its numbers, and is written without', () => {
    const padded = { kty: 'RSA', n: Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)]).toString('base64url') }
    expect(readJwk({ ...padded, e: 'AAEAAQ' })).toEqual(readJwk(RSA))
    expect(writeJwk(readJwk(RSA))).toStrictEqual(RSA)
  })

  test('is frozen, and SM2 has none', () => {
    const point = generateKeyPairSync('ec', { namedCurve: 'SM2' }).publicKey.export({ type: 'spki', format: 'der' })
    expect(writeJwk(readSpki(point))).toBeUndefined()
    for (const jwk of [RSA, { kty: 'AKP', alg: 'ML-DSA-44', pub: text(1312) }]) {
      expect(Object.isFrozen(writeJwk(readJwk(jwk)))).toBe(true)
    }
  })

  test.each(['kid', 'use', 'key_ops', 'alg', 'x5c'])('may say more in %s', (member) => {
    expect(readJwk({ ...RSA, [member]: 'more' })).toEqual(readJwk(RSA))
  })
})

describe('a JWK that is refused', () => {
  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('is private for its %s', (member) => {
    expect(() => readJwk({ ...RSA, [member]: 'AQAB' })).toThrow(privateKeyError())
    expect(readJwk({ ...RSA, [member]: undefined })).toEqual(readJwk(RSA))
  })

  test('is secret', () => {
    expect(() => readJwk({ kty: 'oct' })).toThrow(privateKeyError())
  })

  test.each<[string, Jwk, string]>([
    ['another type', { kty: 'EC2', crv: 'P-256', x: text(32), y: text(32) }, 'type or on a curve'],
    ['another curve', { kty: 'EC', crv: 'P-224', x: text(28), y: text(28) }, 'type or on a curve'],
    ['a curve of another type', { kty: 'OKP', crv: 'P-256', x: text(32), y: text(32) }, 'type or on a curve'],
    ['the name in another member', { kty: 'EC', alg: 'P-256', x: text(32), y: text(32) }, 'type or on a curve'],
    ['no x', { kty: 'EC', crv: 'P-256', y: text(32) }, "a JWK without a text in 'x'"],
    ['bytes for y', { kty: 'EC', crv: 'P-256', x: text(32), y: Buffer.alloc(32) }, "a JWK without a text in 'y'"],
    ['no modulus', { kty: 'RSA', e: 'AQAB' }, "a JWK without a text in 'n'"],
    ['no exponent', { kty: 'RSA', n: text(256, 0xff) }, "a JWK without a text in 'e'"],
    ['a short x', { kty: 'OKP', crv: 'Ed25519', x: text(31) }, "a JWK whose 'x' is not base64url of the right length"],
    [
      'a long y',
      { kty: 'EC', crv: 'P-256', x: text(32), y: text(33) },
      "a JWK whose 'y' is not base64url of the right",
    ],
    ['padding', { ...RSA, e: 'AQAB=' }, "a JWK whose 'e' is not base64url of the right length"],
    ['base64', { ...RSA, n: '/'.repeat(342) }, "a JWK whose 'n' is not base64url of the right length"],
    ['spaces', { ...RSA, e: 'AQ AB' }, "a JWK whose 'e' is not base64url of the right length"],
  ])('has %s', (_what, jwk, detail) => {
    expect(() => readJwk(jwk)).toThrow(
      expect.objectContaining({
        code: 'KMS_INVALID_ARGUMENT',
        message: expect.stringMatching(new RegExp(`the public key is (a JWK of a )?${detail}`)),
      }),
    )
  })
})
