import { describe, expect, test } from 'vitest'
import { cleanText } from './clean-text.ts'

describe('remote text', () => {
  test.each([
    ['plain', 'plain'],
    ['  two\t\nlines \r\n', 'two lines'],
    ['bell\u0007 and \u001b[31mred', 'bell and [31mred'],
    ['right\u202eto\u2066left', 'right to left'],
    ['line\u2028and\u2029paragraph', 'line and paragraph'],
    ['a \u0000 b', 'a b'],
    ['키 없음', '키 없음'],
  ])('%j is shown as %j', (given, shown) => {
    expect(cleanText(given)).toBe(shown)
  })

  test.each([[''], ['   '], ['\u0000\u200b'], [undefined], [null], [5], [{ toString: () => 'text' }]])(
    '%j is nothing to show',
    (given) => {
      expect(cleanText(given)).toBeUndefined()
    },
  )

  test('is shown up to 256 characters, and says that there was more', () => {
    expect(cleanText('x'.repeat(256))).toBe('x'.repeat(256))
    expect(cleanText('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`)
  })

  test('is not even read beyond 2 048 characters', () => {
    expect(cleanText(`${' '.repeat(2047)}x`)).toBe('x')
    expect(cleanText(`${' '.repeat(2048)}x`)).toBeUndefined()
  })
})
