import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isEd25519Point } from './ed25519-point.ts'

const P = 2n ** 255n - 19n
/** y and the sign of x, little-endian (RFC 8032 §5.1.2). */
const encoded = (y: bigint, sign = 0n) =>
  Uint8Array.from(Buffer.from((y + (sign << 255n)).toString(16).padStart(64, '0'), 'hex').reverse())

describe('32 bytes are a usable Ed25519 key', () => {
  test('when they were generated as one', () => {
    for (let round = 0; round < 20; round += 1) {
      const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
      expect(isEd25519Point(Buffer.from(x, 'base64url'))).toBe(true)
    }
  })

  // RFC 8032 §7.1, tests 1 to 3.
  test.each([
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
  ])('when they are the public key %s', (key) => {
    expect(isEd25519Point(Buffer.from(key, 'hex'))).toBe(true)
  })

  test('with either sign of x', () => {
    expect([encoded(3n), encoded(3n, 1n), encoded(4n, 1n)].map(isEd25519Point)).toEqual([true, true, true])
  })
})

describe('32 bytes are no usable Ed25519 key', () => {
  // y of all points whose order divides eight, with both signs.
  const eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
  test.each([0n, 1n, P - 1n, eighth, P - eighth])('when y is that of a point of small order: %s', (y) => {
    expect([encoded(y), encoded(y, 1n)].map(isEd25519Point)).toEqual([false, false])
  })

  test.each([2n, 7n, 8n, P - 2n])('when no point of the curve has that y: %s', (y) => {
    expect([encoded(y), encoded(y, 1n)].map(isEd25519Point)).toEqual([false, false])
  })

  test.each([0n, 1n, 3n, 4n, 18n])('when y is not below the prime: %s above it', (more) => {
    expect([encoded(P + more), encoded(P + more, 1n)].map(isEd25519Point)).toEqual([false, false])
  })
})
