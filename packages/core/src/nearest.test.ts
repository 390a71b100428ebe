import { describe, expect, test } from 'vitest'
import { nearest } from './nearest.ts'

describe('the name that was probably meant', () => {
  const NAMES = ['timeoutMs', 'attemptTimeoutMs', 'publicKey', 'name', 'proxy']

  test.each([
    ['timeoutMs', 'timeoutMs'],
    ['TIMEOUTMS', 'timeoutMs'],
    ['timeout', 'timeoutMs'],
    ['timeoutMS', 'timeoutMs'],
    ['tmeoutMs', 'timeoutMs'],
    ['timeoutMms', 'timeoutMs'],
    ['timoeutMs', 'timeoutMs'],
    ['atemptTimeout', 'attemptTimeoutMs'],
    ['publickey', 'publicKey'],
    ['publicKy', 'publicKey'],
    ['nme', 'name'],
    ['prox', 'proxy'],
    ['proxies', 'proxy'],
  ])('%s is %s', (name, meant) => {
    expect(nearest(name, NAMES)).toBe(meant)
  })

  test.each(['', 'x', 'colour', 'tabcdefMs', 'pabcy', 'namewxyz', 'nxyz'])('%s is none', (name) => {
    expect(nearest(name, NAMES)).toBeUndefined()
  })

  test.each([
    ['ab', ['abcd', 'abc', 'abd'], 'abc'],
    ['abcdef', ['abcxef', 'abcdex'], 'abcxef'],
    ['abcdef', ['axcxef', 'abcdex'], 'abcdex'],
    ['kitten', ['sitting'], undefined],
    ['kittens', ['sitting'], 'sitting'],
    ['a', ['b'], 'b'],
    ['a', ['bc'], undefined],
    ['abc', ['bca'], undefined],
    ['abcd', ['bcad'], 'bcad'],
  ])('of %s among %j is %s', (name, known, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })

  test('is not looked for where the name is longer than any', () => {
    const name = 'a'.repeat(60)
    expect(nearest(name, [name])).toBe(name)
    expect(nearest(`${name}a`, [`${name}a`])).toBeUndefined()
  })
})
