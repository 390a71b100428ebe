import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { algorithmRow, type KeySpec, rowsForKeySpec } from './algorithms.ts'
import { DER, derElement, derInteger } from './der.ts'
import { isKmsError } from './errors.ts'
import { curveOrder } from './order.ts'
import {
  convertSignature,
  ecdsaSignatureToDer,
  ecdsaSignatureToLowS,
  ecdsaSignatureToP1363,
  isLowS,
  normalizeSignature,
} from './signature-encoding.ts'

const CURVES = ['EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2'] as const satisfies readonly KeySpec[]

describe('DER and P1363', () => {
  test.each(CURVES)('convert both ways without loss for %s', (keySpec) => {
    const { width, order } = curve(keySpec)
    const scalar = fc.oneof(fc.bigInt({ min: 1n, max: order - 1n }), fc.bigInt({ min: 1n, max: 2n ** 40n }))
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const p1363 = concat(toBytes(r, width), toBytes(s, width))
        const der = ecdsaSignatureToDer(p1363, keySpec)
        expect(der).toEqual(new Uint8Array(sequence(integer(r), integer(s))))
        expect(ecdsaSignatureToP1363(der, keySpec)).toEqual(p1363)
      }),
      { numRuns: 300 },
    )
  })

  test.each([1, 2, 3, 31])('keep r and s at width with %i zero bytes in front', (zeros) => {
    const small = new Uint8Array(32).fill(0x81, zeros)
    const der = ecdsaSignatureToDer(concat(small, small), 'EC_P256')
    expect(der).toHaveLength(6 + 2 * (33 - zeros))
    expect(ecdsaSignatureToP1363(der, 'EC_P256')).toEqual(concat(small, small))
  })

  test('P-521 has 132 bytes and a long length', () => {
    const { width, order } = curve('EC_P521')
    const p1363 = concat(toBytes(order - 1n, width), toBytes(order - 1n, width))
    const der = ecdsaSignatureToDer(p1363, 'EC_P521')
    expect([p1363.length, der[0], der[1], der[2]]).toEqual([132, 0x30, 0x81, 136])
    expect(ecdsaSignatureToP1363(der, 'EC_P521')).toEqual(p1363)
  })

  test('are never guessed: P1363 that begins like DER is P1363', () => {
    const p1363 = new Uint8Array(64).fill(7)
    p1363.set([0x30, 62, 0x02])
    expect(ecdsaSignatureToP1363(ecdsaSignatureToDer(p1363, 'EC_P256'), 'EC_P256')).toEqual(p1363)
    expect(() => ecdsaSignatureToP1363(p1363, 'EC_P256')).toThrow()
  })

  test('give plain bytes with a buffer of their own, and read views with an offset', () => {
    const whole = Buffer.concat([Buffer.alloc(5), Buffer.alloc(64, 9), Buffer.alloc(5)])
    const der = ecdsaSignatureToDer(whole.subarray(5, 69), 'EC_P256')
    expect(der.constructor).toBe(Uint8Array)
    expect(der.byteLength).toBe(der.buffer.byteLength)
    const shifted = Buffer.concat([Buffer.alloc(3), der]).subarray(3)
    expect(ecdsaSignatureToP1363(shifted, 'EC_P256')).toEqual(new Uint8Array(64).fill(9))
  })
})

const one = integer(1n)
const MALFORMED: readonly [string, Uint8Array][] = [
  ['empty', Buffer.alloc(0)],
  ['a tag alone', hex('30')],
  ['an empty sequence', hex('3000')],
  ['another tag', concat(hex('3106'), one, one)],
  ['a byte after the end', concat(sequence(one, one), hex('00'))],
  ['a byte after s within the sequence', sequence(one, one, hex('00'))],
  ['a third integer', sequence(one, one, one)],
  ['one integer', sequence(one)],
  ['cut by one byte', sequence(one, one).subarray(0, -1)],
  ['a zero in front of r', sequence(hex('02020001'), one)],
  ['a zero in front of s', sequence(one, hex('02020001'))],
  ['negative r', sequence(hex('020181'), one)],
  ['negative s', sequence(one, hex('0201ff'))],
  ['r of no bytes', sequence(hex('0200'), one)],
  ['r = 0', sequence(integer(0n), one)],
  ['s = 0', sequence(one, integer(0n))],
  ['a long length for a short sequence', concat(hex('308106'), one, one)],
  ['a longer length than needed', concat(hex('30820006'), one, one)],
  ['an indefinite length', concat(hex('3080'), one, one, hex('0000'))],
  ['a long length in an integer', sequence(hex('02810101'), one)],
  ['an octet string for r', sequence(hex('040101'), one)],
  ['an integer longer than the sequence', hex('3006027f01020101')],
  ['an integer of 34 bytes', sequence(integer(2n ** 264n), one)],
  ['r that is right but for a byte in front', sequence(integer(2n ** 256n + 1n), one)],
  ['s that is right but for a byte in front', sequence(one, integer(2n ** 256n + 1n))],
  ['r that is just negative', sequence(hex('020180'), one)],
  ['r of no bytes before another value', hex('3005 0200 020105'.replaceAll(' ', ''))],
  ['s that ends beyond the sequence', hex('3006020101020201')],
  ['a sequence that ends beyond the bytes', hex('3007020101020101')],
]

describe('strict reading', () => {
  test.each(MALFORMED)('refuses DER with %s', (_, der) => {
    for (const keySpec of CURVES) {
      if (keySpec !== 'EC_P384' && keySpec !== 'EC_P521') {
        expect(convertSignature(der, 'der', 'p1363', keySpec)).toBeUndefined()
      }
    }
    expect(codeOf(() => ecdsaSignatureToP1363(der, 'EC_P256'))).toBe('KMS_INVALID_ARGUMENT')
  })

  test('says which bytes are no signature of what, and names the argument that is no bytes', () => {
    const detail = 'the bytes are not a signature of ECDSA_SHA_256 with EC_P256 in the encoding der'
    const wrong = { code: 'KMS_INVALID_ARGUMENT', operation: 'verify', message: expect.stringContaining(detail) }
    expect(() => ecdsaSignatureToP1363(new Uint8Array(1), 'EC_P256')).toThrow(expect.objectContaining(wrong))
    expect(() => ecdsaSignatureToDer(5 as never, 'EC_P256')).toThrow(/^signature must be a Uint8Array/)
    const specs = new TypeError('keySpec must be EC_P256, EC_P384, EC_P521, EC_P256K or EC_SM2.')
    for (const keySpec of ['RSA_2048', 'P-256']) {
      expect(() => ecdsaSignatureToDer(new Uint8Array(64), keySpec as KeySpec)).toThrow(specs)
    }
  })

  test('writes and reads 127 and 128 bytes of content', () => {
    for (const sBytes of [61, 62]) {
      const p1363 = concat(toBytes(2n ** 488n, 66), toBytes(2n ** BigInt(8 * sBytes - 2), 66))
      const der = ecdsaSignatureToDer(p1363, 'EC_P521')
      expect(der).toEqual(new Uint8Array(sequence(integer(2n ** 488n), integer(2n ** BigInt(8 * sBytes - 2)))))
      expect(der.length).toBe(sBytes === 61 ? 129 : 131)
      expect(ecdsaSignatureToP1363(der, 'EC_P521')).toEqual(p1363)
    }
  })

  test.each(CURVES)('takes r and s from 1 to n - 1 for %s', (keySpec) => {
    const { width, order } = curve(keySpec)
    for (const value of [0n, order, order + 1n, 2n ** BigInt(8 * width) - 1n]) {
      for (const pair of [[value, 1n] as const, [1n, value] as const]) {
        const p1363 = concat(...pair.map((number) => toBytes(number, width)))
        expect(convertSignature(p1363, 'p1363', 'der', keySpec)).toBeUndefined()
        const der = sequence(...pair.map(integer))
        expect(convertSignature(der, 'der', 'p1363', keySpec)).toBeUndefined()
      }
    }
    const last = concat(toBytes(order - 1n, width), toBytes(1n, width))
    expect(convertSignature(last, 'p1363', 'p1363', keySpec)).toEqual(last)
  })

  test.each([0, 1, 62, 63, 65, 66, 96, 128])('refuses P1363 of %i bytes for P-256', (length) => {
    expect(codeOf(() => ecdsaSignatureToDer(new Uint8Array(length).fill(1), 'EC_P256'))).toBe('KMS_INVALID_ARGUMENT')
  })

  test('refuses what is not bytes, and keys without such signatures, as mistakes in the program', () => {
    expect(() => ecdsaSignatureToDer('MEUC' as unknown as Uint8Array, 'EC_P256')).toThrow(/Buffer\.from/)
    expect(() => ecdsaSignatureToP1363(new Uint8Array(8), 'RSA_2048')).toThrow(TypeError)
    expect(() => ecdsaSignatureToP1363(new Uint8Array(8), 'P-256' as KeySpec)).toThrow(TypeError)
  })

  test('never throws for any bytes', () => {
    const der = fc.uint8Array({ maxLength: 150 })
    const near = fc
      .tuple(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }))
      .map(([r, s]) => sequence(concat(Uint8Array.of(2, r.length), r), concat(Uint8Array.of(2, s.length), s)))
    fc.assert(
      fc.property(fc.oneof(der, near), fc.constantFrom(...CURVES), (bytes, keySpec) => {
        const pair = convertSignature(bytes, 'der', 'p1363', keySpec)
        // Strict DER has one form only, so what was read must come back byte for byte.
        if (pair !== undefined) expect(ecdsaSignatureToDer(pair, keySpec)).toEqual(new Uint8Array(bytes))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the exact form of a signature', () => {
  const rsa = algorithmRow('RSA_PSS_SHA_256', 'RSA_2048')
  const ed25519 = algorithmRow('ED25519', 'ED25519')
  const mlDsa = algorithmRow('ML_DSA', 'ML_DSA_65')
  const ecdsa = algorithmRow('ECDSA_SHA_256', 'EC_P256')
  if (!rsa || !ed25519 || !mlDsa || !ecdsa) throw new Error('rows are missing')

  test('puts back the zeros in front of an RSA signature, and refuses longer ones', () => {
    const short = normalizeSignature(new Uint8Array(255).fill(7), 'raw', rsa)
    expect(short).toHaveLength(256)
    expect([short?.[0], short?.[1]]).toEqual([0, 7])
    expect(normalizeSignature(new Uint8Array(256), 'raw', rsa)).toHaveLength(256)
    expect(normalizeSignature(new Uint8Array(257), 'raw', rsa)).toBeUndefined()
    expect(normalizeSignature(new Uint8Array(0), 'raw', rsa)).toBeUndefined()
  })

  test('has one length for Ed25519 and ML-DSA', () => {
    for (const [row, length] of [[ed25519, 64] as const, [mlDsa, 3309] as const]) {
      expect(normalizeSignature(new Uint8Array(length), 'raw', row)).toHaveLength(length)
      expect(normalizeSignature(new Uint8Array(length - 1), 'raw', row)).toBeUndefined()
      expect(normalizeSignature(new Uint8Array(length + 1), 'raw', row)).toBeUndefined()
    }
  })

  test('is that of its own encoding for curves, and of no other', () => {
    const pair = new Uint8Array(64).fill(0x11)
    const der = ecdsaSignatureToDer(pair, 'EC_P256')
    expect(normalizeSignature(pair, 'p1363', ecdsa)).toEqual(pair)
    expect(normalizeSignature(der, 'der', ecdsa)).toEqual(der)
    for (const [signature, encoding] of [
      [pair, 'der'],
      [der, 'p1363'],
      [pair, 'raw'],
      [der.subarray(1), 'der'],
      [new Uint8Array(64), 'p1363'],
    ] as const) {
      expect(normalizeSignature(signature, encoding, ecdsa)).toBeUndefined()
    }
  })

  test('is the array that was given away where that is plain and alone, else a copy', () => {
    const pair = new Uint8Array(64).fill(0x11)
    const der = ecdsaSignatureToDer(pair, 'EC_P256')
    const pss = new Uint8Array(256)
    expect(normalizeSignature(der, 'der', ecdsa)).toBe(der)
    expect(normalizeSignature(pss, 'raw', rsa)).toBe(pss)
    const ed = new Uint8Array(64)
    for (const [given, encoding, row] of [
      [pair, 'p1363', ecdsa],
      [ed, 'raw', ed25519],
      [Buffer.from(der), 'der', ecdsa],
      [Buffer.alloc(256), 'raw', rsa],
    ] as const) {
      const exact = normalizeSignature(given, encoding, row)
      const before = new Uint8Array(given)
      given.fill(0)
      expect(exact).toEqual(before)
      expect(exact?.constructor).toBe(Uint8Array)
    }
  })

  test('counts s as low up to half of the order', () => {
    const { order } = curve('EC_P256K')
    const half = order / 2n
    expect([1n, half - 1n, half].map((s) => isLowS(withS(s)))).toEqual([true, true, true])
    expect([half + 1n, order - 1n].map((s) => isLowS(withS(s)))).toEqual([false, false])
  })
})

test.each([
  ['EC_P256', p256.Point.Fn.ORDER],
  ['EC_P384', p384.Point.Fn.ORDER],
  ['EC_P521', p521.Point.Fn.ORDER],
  ['EC_P256K', secp256k1.Point.Fn.ORDER],
  // GB/T 32918.5.
  ['EC_SM2', 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n],
] as const)('the order of %s is that of its curve, as wide as r and s', (keySpec, order) => {
  expect(curve(keySpec)).toEqual({ width: rowsForKeySpec(keySpec)[0]?.coordinateBytes, order })
})

describe('a signature in another encoding', () => {
  const pair = new Uint8Array(64).fill(1)
  const one = Buffer.from(`0220${'01'.repeat(32)}`, 'hex')
  const der = new Uint8Array(Buffer.concat([Uint8Array.of(0x30, 68), one, one]))

  test.each([
    ['DER', der, 'der', 'p1363', pair],
    ['DER as it is', der, 'der', 'der', der],
    ['P1363', pair, 'p1363', 'der', der],
    ['P1363 as it is', pair, 'p1363', 'p1363', pair],
    ['raw, which ECDSA is never', pair, 'raw', 'p1363', undefined],
    ['to raw', pair, 'p1363', 'raw', undefined],
  ] as const)('of a curve: %s', (_, bytes, from, to, converted) => {
    expect(convertSignature(bytes, from, to, 'EC_P256')).toEqual(converted)
  })

  test.each(['der', 'p1363', 'raw'] as const)('of RSA is raw and from %s nothing else', (encoding) => {
    expect(convertSignature(pair, 'raw', encoding, 'RSA_2048')).toEqual(encoding === 'raw' ? pair : undefined)
    expect(convertSignature(pair, encoding, 'raw', 'ED25519')).toEqual(encoding === 'raw' ? pair : undefined)
    expect(convertSignature(pair, encoding, encoding, 'ML_DSA_44')).toEqual(encoding === 'raw' ? pair : undefined)
  })
})

describe('a secp256k1 signature with low s', () => {
  const order = secp256k1.Point.Fn.ORDER

  test('keeps r, and s up to half of the order; above it s is n - s', () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(1n, order - 1n), fc.bigInt(order / 2n - 3n, order / 2n + 3n)), (s) => {
        const low = s > order / 2n ? order - s : s
        expect(ecdsaSignatureToLowS(withS(s), 'EC_P256K')).toEqual(withS(low))
      }),
      { numRuns: 300 },
    )
  })

  test('has a buffer of its own, changed or not', () => {
    for (const given of [withS(1n), withS(order - 1n)]) {
      const before = given.slice()
      ecdsaSignatureToLowS(given, 'EC_P256K').fill(0)
      expect(given).toEqual(before)
    }
  })

  test.each([
    ['r and s out of range', new Uint8Array(64)],
    ['another length', new Uint8Array(63)],
    ['DER', Buffer.from('3006020101020101', 'hex')],
  ])('is not made of %s', (_, bytes) => {
    expect(() => ecdsaSignatureToLowS(bytes, 'EC_P256K')).toThrow(
      expect.objectContaining({ code: 'KMS_INVALID_ARGUMENT' }),
    )
  })

  test.each(['EC_P256', 'EC_P384', 'EC_SM2', 'RSA_2048', 'P-256K'])('is refused for %s', (keySpec) => {
    expect(() => ecdsaSignatureToLowS(withS(1n), keySpec as KeySpec)).toThrow(
      new TypeError('keySpec must be EC_P256K.'),
    )
  })

  test('is for bytes only', () => {
    expect(() => ecdsaSignatureToLowS('00' as unknown as Uint8Array, 'EC_P256K')).toThrow(TypeError)
  })
})

/** r = 1 and this s on secp256k1. */
function withS(s: bigint): Uint8Array {
  return concat(toBytes(1n, 32), toBytes(s, 32))
}

function curve(keySpec: KeySpec): { width: number; order: bigint } {
  const bytes = curveOrder(keySpec)
  if (bytes === undefined) throw new Error(`${keySpec} has no order`)
  return { width: bytes.length, order: BigInt(`0x${Buffer.from(bytes).toString('hex')}`) }
}

function toBytes(value: bigint, width: number): Uint8Array {
  return Uint8Array.from(
    Buffer.from(
      value
        .toString(16)
        .padStart(2 * width, '0')
        .slice(-2 * width),
      'hex',
    ),
  )
}

function integer(value: bigint): Uint8Array {
  const digits = value.toString(16)
  return derInteger(Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex'))
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(DER.SEQUENCE, ...parts)
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return isKmsError(error) ? error.code : undefined
  }
  return undefined
}
