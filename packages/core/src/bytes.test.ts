import { describe, expect, test } from 'vitest'
import { assertBytes, byteAt, copyBytes, describeType, equalBytes, ownBytes } from './bytes.ts'

describe('bytes', () => {
  test('are copied into a plain array with a buffer of its own', () => {
    const given = Buffer.from([1, 2, 3]).subarray(1)
    const copy = copyBytes(given)
    expect(copy).toEqual(Uint8Array.of(2, 3))
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype)
    expect(copy.buffer.byteLength).toBe(2)
    given.fill(0)
    expect(copy).toEqual(Uint8Array.of(2, 3))
  })

  test('that were given away are kept where they are plain, alone in their buffer and no few', () => {
    const plain = new Uint8Array(65)
    expect(ownBytes(plain)).toBe(plain)
    for (const given of [new Uint8Array(64), Buffer.from(new ArrayBuffer(65)), new Uint8Array(66).subarray(1)]) {
      const own = ownBytes(given)
      expect(own).not.toBe(given)
      expect(own).toEqual(new Uint8Array(given))
      expect(own.constructor).toBe(Uint8Array)
      expect(own.buffer.byteLength).toBe(given.length)
    }
  })

  test.each([
    ['12', '12', true],
    ['12', '13', false],
    ['12', '1213', false],
    ['', '', true],
  ])('%j and %j are equal: %j', (left, right, equal) => {
    expect(equalBytes(Buffer.from(left, 'hex'), Buffer.from(right, 'hex'))).toBe(equal)
  })

  test('are 0 beyond the end', () => {
    expect([0, 1, 2, -1].map((index) => byteAt(Uint8Array.of(5, 6), index))).toEqual([5, 6, 0, 0])
  })

  test.each([[new Uint8Array(1)], [Buffer.alloc(1)]])('may be any Uint8Array: %o', (value) => {
    expect(() => assertBytes(value, 'message')).not.toThrow()
  })

  test.each([
    [
      'text',
      "message must be a Uint8Array, got a string. Use Buffer.from(text, 'utf8') or Buffer.from(text, 'base64').",
    ],
    [5, 'message must be a Uint8Array, got a number.'],
    [undefined, 'message must be a Uint8Array, got undefined.'],
    [new ArrayBuffer(1), 'message must be a Uint8Array, got a ArrayBuffer.'],
    [new Uint16Array(1), 'message must be a Uint8Array, got a Uint16Array.'],
  ])('are nothing else: %o', (value, message) => {
    expect(() => assertBytes(value, 'message')).toThrow(new TypeError(message))
  })
})

describe('the type of a value in a message', () => {
  class Named {}
  class NameOfFortyOneCharactersWhichIsTheLongest {}
  class NameOfFortyTwoCharactersWhichIsTooLongHere {}
  const misleading = { constructor: { name: 'a secret' } }

  test.each([
    ['null', () => null],
    ['undefined', () => undefined],
    ['an array', () => []],
    ['a string', () => 'text'],
    ['a number', () => 5],
    ['a boolean', () => true],
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('s')],
    ['a bigint', () => 5n],
    ['an object', () => ({})],
    ['an object', () => Object.create(null)],
    ['a Date', () => new Date()],
    ['a Named', () => new Named()],
    ['a NameOfFortyOneCharactersWhichIsTheLongest', () => new NameOfFortyOneCharactersWhichIsTheLongest()],
    ['an object', () => new NameOfFortyTwoCharactersWhichIsTooLongHere()],
    ['an object', () => Object.create(misleading)],
    ['an object', () => Object.create({ constructor: { name: 'X secret' } })],
    ['an object', () => Object.create({ constructor: { name: '1st' } })],
    ['an object', () => Object.create({ constructor: { name: 5 } })],
    ['an object', () => Object.create({ constructor: { name: '' } })],
    ['a A', () => Object.create({ constructor: { name: 'A' } })],
    ['an object', () => Object.create({ constructor: undefined })],
  ])('is %s', (type, value) => {
    expect(describeType(value())).toBe(type)
  })
})
