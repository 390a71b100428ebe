import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.ts'

test('what is encoded comes back, from views too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), fc.nat(20), (bytes, offset) => {
      const view = bytes.subarray(Math.min(offset, bytes.length))
      const text = encodeBase64(view)
      expect(text).toBe(Buffer.from(view).toString('base64'))
      expect(decodeBase64(text)).toEqual(new Uint8Array(view))
    }),
  )
})

test.each([
  [64, 'copied, which is cheaper for few bytes'],
  [65, 'read where they are, however many'],
])('%i bytes are %s', (length) => {
  const bytes = new Uint8Array(length)
  const from = vi.spyOn(Buffer, 'from')
  const text = encodeBase64(bytes)
  const [[source] = []] = from.mock.calls
  from.mockRestore()
  expect(source).toBe(length <= 64 ? bytes : bytes.buffer)
  expect(Buffer.from(text, 'base64')).toHaveLength(length)
})

test('what is decoded has one text only', () => {
  const near = fc.string({ unit: fc.constantFrom(...'ABZaz09+/-_= \n'), maxLength: 24 })
  fc.assert(
    fc.property(near, (text) => {
      const bytes = decodeBase64(text)
      if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  'A',
  'AA',
  'AAA',
  'AA=',
  'AAA==',
  'AB==',
  'AAB=',
  'AA==\n',
  ' AA==',
  'A-A=',
  'A_A=',
  'AA==AA==',
  '====',
  'Ä===',
])('refuses %j', (text) => {
  expect(decodeBase64(text)).toBeUndefined()
})
