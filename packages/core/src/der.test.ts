import { describe, expect, test } from 'vitest'
import {
  DER,
  derElement,
  derInteger,
  dropLeadingZeros,
  readElement,
  readElements,
  readPositive,
  readSequence,
} from './der.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const filled = (head: string, length: number) => Buffer.concat([hex(head), Buffer.alloc(length)])

describe('an element', () => {
  test.each([
    ['of no content', hex('0500'), { tag: 5, offset: 0, start: 2, end: 2 }],
    ['of a short length', hex('0401aa ff'), { tag: 4, offset: 0, start: 2, end: 3 }],
    ['of 127 bytes', filled('047f', 127), { tag: 4, offset: 0, start: 2, end: 129 }],
    ['of 128 bytes', filled('048180', 128), { tag: 4, offset: 0, start: 3, end: 131 }],
    ['of 256 bytes', filled('04820100', 256), { tag: 4, offset: 0, start: 4, end: 260 }],
    ['of 65 536 bytes', filled('0483010000', 65_536), { tag: 4, offset: 0, start: 5, end: 65_541 }],
    ['of 66 051 bytes', filled('0483010203', 66_051), { tag: 4, offset: 0, start: 5, end: 66_056 }],
  ])('%s is read', (_, bytes, element) => {
    expect(readElement(bytes, 0)).toEqual(element)
  })

  test('is read at an offset', () => {
    expect(readElement(hex('ffff 0401aa'), 2)).toEqual({ tag: 4, offset: 2, start: 4, end: 5 })
  })

  test.each([
    ['nothing', hex('')],
    ['a tag alone', hex('04')],
    ['a tag of several bytes', hex('1f00')],
    ['another such tag', hex('3f00')],
    ['a constructed tag of several bytes', hex('bf00')],
    ['content that is cut short', hex('0402aa')],
    ['an indefinite length', hex('30800000')],
    ['a length of four bytes', filled('048401000000', 2 ** 24)],
    ['a length that is cut short', hex('0482ff')],
    ['a length that ends where the bytes do, without content', hex('048180')],
    ['127 bytes with a length of two', filled('04817f', 127)],
    ['255 bytes with a length of three', filled('048200ff', 255)],
    ['65 535 bytes with a length of four', filled('048300ffff', 65_535)],
  ])('is not %s', (_, bytes) => {
    expect(readElement(bytes, 0)).toBeUndefined()
  })

  test('ends within the end given, in its length and in its content', () => {
    const bytes = filled('04820100', 256)
    expect(readElement(bytes, 0, 260)).toBeDefined()
    expect(readElement(bytes, 0, 259)).toBeUndefined()
    expect(readElement(bytes, 0, 3)).toBeUndefined()
  })
})

describe('elements side by side', () => {
  test('are read to exactly the end', () => {
    const bytes = hex('0500 0401aa 020105')
    expect(readElements(bytes, 0, 8)?.map(({ tag }) => tag)).toEqual([5, 4, 2])
    expect(readElements(bytes, 2, 5)?.map(({ tag }) => tag)).toEqual([4])
    expect(readElements(bytes, 3, 3)).toEqual([])
  })

  test.each([
    ['the last is cut short', hex('0500 0402aa')],
    ['a byte is left over', hex('0500 04')],
  ])('are nothing when %s', (_, bytes) => {
    expect(readElements(bytes, 0, bytes.length)).toBeUndefined()
  })
})

describe('a sequence', () => {
  test('is all there is', () => {
    expect(readSequence(hex('3003 020105'))?.map(({ tag }) => tag)).toEqual([DER.INTEGER])
    expect(readSequence(hex('3000'))).toEqual([])
  })

  test.each([
    ['followed by a byte', hex('3003 020105 00')],
    ['of another tag', hex('3103 020105')],
    ['empty bytes', hex('')],
    ['with a child cut short', hex('3003 020205')],
  ])('is not %s', (_, bytes) => {
    expect(readSequence(bytes)).toBeUndefined()
  })
})

describe('a positive integer', () => {
  const read = (text: string) => {
    const bytes = hex(text)
    const value = readPositive(bytes, readElement(bytes, 0))
    return value && Buffer.from(value).toString('hex')
  }

  test.each([
    ['020101', '01'],
    ['02017f', '7f'],
    ['02020080', '80'],
    ['020200ff', 'ff'],
    ['02020100', '0100'],
    ['0203008000', '8000'],
  ])('%s is %s', (der, value) => {
    expect(read(der)).toBe(value)
  })

  test.each([
    ['no element', ''],
    ['of another tag', '040101'],
    ['empty', '0200'],
    ['negative', '020180'],
    ['zero', '020100'],
    ['a byte longer than it must be', '0202007f'],
    ['zero at two bytes', '02020000'],
    ['empty before another byte', '020005'],
    ['zero before another byte', '020100ff'],
  ])('is not %s', (_, der) => {
    expect(read(der)).toBeUndefined()
  })
})

describe('writing', () => {
  test.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ])('%i bytes of content begin with the shortest length', (length, head) => {
    const element = derElement(DER.OCTET_STRING, Buffer.alloc(length))
    expect(element.toString('hex', 0, head.length / 2)).toBe(head)
    expect(element).toHaveLength(length + head.length / 2)
  })

  test('parts are put together', () => {
    expect(derElement(DER.SEQUENCE, hex('0500'), hex('020105')).toString('hex')).toBe('30050500020105')
  })

  test.each([
    ['', '020100'],
    ['00', '020100'],
    ['0000', '020100'],
    ['01', '020101'],
    ['7f', '02017f'],
    ['80', '02020080'],
    ['00000080', '02020080'],
    ['0100', '02020100'],
  ])('the number %s is the integer %s', (value, der) => {
    expect(derInteger(hex(value)).toString('hex')).toBe(der)
  })

  test.each([
    ['', ''],
    ['00', ''],
    ['0000', ''],
    ['0001', '01'],
    ['010000', '010000'],
  ])('%s without its leading zeros is %s', (given, left) => {
    expect(Buffer.from(dropLeadingZeros(hex(given))).toString('hex')).toBe(left)
  })
})
