import { describe, expect, it } from 'vitest'
import { parseJson, retryAfterMs, sanitizeText, serverDate } from '../src/index.ts'

describe('sanitizeText', () => {
  it.each<[string, unknown, string | undefined]>([
    ['plain text', 'Key not found', 'Key not found'],
    ['Korean and emoji', '키를 찾을 수 없습니다 🔑', '키를 찾을 수 없습니다 🔑'],
    ['line breaks', ' a\r\n\tb\u2028c ', 'a b c'],
    ['terminal escapes', '\u001b[31mred\u0007', '[31mred'],
    ['bidi overrides', 'a\u202eb\u2066c\u200f', 'abc'],
    ['zero-width and tag characters', 'a\u200bb\ufeff\u{e0041}', 'ab'],
    ['half a surrogate pair', 'a\ud800b', 'ab'],
    ['a number', 429, '429'],
    ['nothing readable', '\u0000\u200b ', undefined],
    ['an object', { toString: () => 'x' }, undefined],
    ['undefined', undefined, undefined],
  ])('cleans %s', (_title, text, expected) => {
    expect(sanitizeText(text)).toBe(expected)
  })

  it('cuts to 256 characters with an ellipsis', () => {
    expect(sanitizeText('x'.repeat(256))).toHaveLength(256)
    expect(sanitizeText('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`)
  })

  it('cuts to the length asked for and splits no character', () => {
    expect(sanitizeText('ab🔑cd', 4)).toBe('ab…')
    expect(sanitizeText('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…')
  })
})

describe('parseJson', () => {
  it.each<[string, unknown]>([
    ['{"a":[1,"x",null]}', { a: [1, 'x', null] }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['null', null],
    ['<html>', undefined],
    ['{"a":', undefined],
    ['', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseJson(text)).toEqual(expected)
  })

  it.each([
    '{"a":{"__proto__":{"polluted":1}},"b":2}',
    '{"__pro\\u0074o__":{"polluted":1},"b":2}',
    '{"\\u005f\\u005Fproto__" :{"polluted":1},"b":2}',
  ])('leaves __proto__ members out of %s', (text) => {
    const value = parseJson(text) as Record<string, unknown>
    expect(value['b']).toBe(2)
    expect(JSON.stringify(value)).not.toContain('polluted')
    expect(Object.assign({}, value)).not.toHaveProperty('polluted')
  })

  it('does not fall over deep nesting', () => {
    expect(() => parseJson('['.repeat(500_000))).not.toThrow()
    expect(() => parseJson(`{"__proto__":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).not.toThrow()
  })
})

describe('retryAfterMs', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0)
  it.each<[string | undefined, number | undefined]>([
    ['0', 0],
    ['2', 2000],
    ['3600', 3_600_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['Sun Nov 22 12:00:30 2026', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['99999999999', undefined],
    ['2026-11-22', undefined],
    ['Sun, 99 Nov 2026 12:00:30 GMT', undefined],
    [undefined, undefined],
  ])('reads %j', (value, expected) => {
    expect(retryAfterMs(value === undefined ? {} : { 'retry-after': value }, now)).toBe(expected)
  })
})

describe('serverDate', () => {
  it('reads the Date header', () => {
    expect(serverDate({ date: 'Sun, 22 Nov 2026 12:00:00 GMT' })).toBe(Date.UTC(2026, 10, 22, 12))
  })

  it.each([undefined, 'yesterday', '1'])('gives undefined for %j', (date) => {
    expect(serverDate(date === undefined ? {} : { date })).toBeUndefined()
  })
})
