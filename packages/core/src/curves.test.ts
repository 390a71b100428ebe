import { createECDH, createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { signEcdsaDigest, signSm2, verifyEcdsaDigest, verifySm2 } from './curves.ts'
import { curveOrder } from './order.ts'

const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

describe('ECDSA over a digest', () => {
  const digest = createHash('sha256').update('a message').digest()

  test.each(['EC_SM2', 'ED25519', 'RSA_2048'] as const)('is not for %s', (keySpec) => {
    const error = new TypeError(`${keySpec} is not an ECDSA curve.`)
    expect(() => verifyEcdsaDigest(keySpec, digest, new Uint8Array(64), new Uint8Array(65))).toThrow(error)
    expect(() => signEcdsaDigest(keySpec, digest, new Uint8Array(32))).toThrow(error)
  })

  // RFC 6979 A.2.5: P-256, SHA-256, "sample".
  test('signs as RFC 6979 says, high s included', () => {
    const secret = Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex')
    const sample = createHash('sha256').update('sample').digest()
    const signature = Buffer.from(signEcdsaDigest('EC_P256', sample, secret))
    expect(signature.toString('hex')).toBe(
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
        'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    )
    expect(number(signature.subarray(32)) > number(curveOrder('EC_P256') ?? new Uint8Array(1)) / 2n).toBe(true)
  })
})

describe('SM2 over e', () => {
  const point = testKey('EC_SM2').publicKey.spki.subarray(-65)
  const secret = bytesOf(0x1234567890abcdefn)
  const e = createHash('sm3').update('a message').digest()

  test.each([
    ['r is 0', 0n, 1n],
    ['s is 0', 1n, 0n],
    ['r is the order', ORDER, 1n],
    ['s is the order', 1n, ORDER],
    ['r + s is the order', 1n, ORDER - 1n],
  ])('is false where %s', (_, r, s) => {
    expect(verifySm2(e, Buffer.concat([bytesOf(r), bytesOf(s)]), point)).toBe(false)
  })

  test.each([
    ['r is 0', 0n, 1n],
    ['s is 0', 1n, 0n],
    ['s is the order', 1n, ORDER],
    ['r + s is the order', 1n, ORDER - 1n],
  ])('is false where %s, even with an e that satisfies the equation', (_, r, s) => {
    const { fitting, key } = equation(r, s)
    expect(verifySm2(fitting, Buffer.concat([bytesOf(r), bytesOf(s)]), key)).toBe(false)
  })

  test('is true with such an e in range, and false with a byte of s left out or put before it', () => {
    const { fitting, key } = equation(1n, 2n)
    const [r, s] = [bytesOf(1n), bytesOf(2n)]
    expect(verifySm2(fitting, Buffer.concat([r, s]), key)).toBe(true)
    expect(verifySm2(fitting, Buffer.concat([r, s.subarray(1)]), key)).toBe(false)
    expect(verifySm2(fitting, Buffer.concat([r, Buffer.alloc(1), s]), key)).toBe(false)
  })

  test('is false for another length', () => {
    const signature = signSm2(e, secret)
    expect(verifySm2(e, signature.subarray(0, 63), point)).toBe(false)
    expect(verifySm2(e, Buffer.concat([signature, Buffer.alloc(1)]), point)).toBe(false)
  })

  test('is another signature each time', () => {
    expect(signSm2(e, secret)).not.toEqual(signSm2(e, secret))
  })
})

/** An e with which r and s satisfy the equation r = e + x, (x, y) = sG + (r + s)P, whatever their range. */
function equation(r: bigint, s: bigint): { fitting: Buffer; key: Buffer } {
  const d = 0x1234567890abcdefn
  const pointOf = (scalar: bigint): Buffer => {
    const ecdh = createECDH('SM2')
    ecdh.setPrivateKey(bytesOf(scalar))
    return ecdh.getPublicKey()
  }
  const x = number(pointOf((s + (r + s) * d) % ORDER).subarray(1, 33))
  return { fitting: bytesOf((((r - x) % ORDER) + ORDER) % ORDER), key: pointOf(d) }
}
