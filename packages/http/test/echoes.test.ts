import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEcho, remoteText } from '../src/index.ts'

const TOKEN = 'STSeyJMVEFjY2Vzc0tleUlk0123456789TestSessionToken'
const SECRETS = [TOKEN, 'sEcReT', '']

describe('text without what the request carried', () => {
  it.each([
    ['a whole secret', `token ${TOKEN} expired`, 'token [hidden] expired'],
    ['two of them', `${TOKEN} is not ${TOKEN}`, '[hidden] is not [hidden]'],
    ['a short one, whole', 'by sEcReT alone', 'by [hidden] alone'],
    ['its beginning', `token ${TOKEN.slice(0, 9)}…`, 'token [hidden]…'],
    ['its end', `…${TOKEN.slice(-8)}`, '…[hidden]'],
    ['a copy with one letter changed', `token ${TOKEN.slice(0, 20)}?${TOKEN.slice(21)}.`, 'token [hidden].'],
    ['parts of an Authorization header', 'got Credential=AKID/2026, Signature=00ff00', 'got [hidden] [hidden]'],
  ])('hides %s', (_what, text, shown) => {
    expect(remoteText(text, SECRETS)).toBe(shown)
  })

  it.each([
    ['between every two of its letters', [...TOKEN].join('\u200b')],
    ['once', `${TOKEN.slice(0, 6)}\u202e${TOKEN.slice(6)}`],
    ['of several kinds', [...TOKEN].map((letter, at) => letter + ['\u00ad', '\u0000', '\u{e0041}'][at % 3]).join('')],
  ])('hides a secret with invisible characters in it: %s', (_where, altered) => {
    expect(remoteText(`token ${altered} expired`, SECRETS)).toBe('token [hidden] expired')
  })

  it.each([
    ['soft hyphens', 'abcd\u00adefgh\u00adijkl\u00adm'],
    ['tabs', 'a\tb\tc\td\te\tf'],
    ['double spaces', 'pa  ss  wo  rd  zz  yy'],
  ])('hides a secret that is written with %s', (_what, secret) => {
    expect(remoteText(`refused: ${secret}.`, [secret])).toBe('refused: [hidden].')
  })

  it('hides a secret that the cut of a long text goes through', () => {
    const shown = remoteText(`${'so '.repeat(80)}${TOKEN} and more`.repeat(2), SECRETS)
    expect(shown).toHaveLength(256)
    expect(shown).not.toContain(TOKEN.slice(0, 8))
  })

  it.each([undefined, null, {}, '', ' \u200b'])('has nothing to show of %j', (text) => {
    expect(remoteText(text, SECRETS)).toBeUndefined()
  })

  it.each(['no such key', 'seven: STSeyJM', 'the header x-security-token is missing'])('leaves %j alone', (text) => {
    expect(remoteText(text, SECRETS)).toBe(text)
    expect(isEcho(text, SECRETS)).toBe(false)
  })

  it('knows an echo by eight characters', () => {
    expect(isEcho(TOKEN.slice(12, 20), SECRETS)).toBe(true)
    expect(isEcho(TOKEN.slice(12, 19), SECRETS)).toBe(false)
  })

  it('knows an echo wherever it begins in the text and in the secret', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.nat(TOKEN.length - 8), fc.nat(8), (before, at, more) => {
        expect(isEcho(`${before}${TOKEN.slice(at, at + 8 + more)}`, SECRETS)).toBe(true)
      }),
    )
  })

  it('knows one wherever it lies, and no other', () => {
    const secret = 'abcdefghijklmnop'
    for (let length = 1; length <= 16; length += 1) {
      for (let from = 0; from + length <= 16; from += 1) {
        for (let before = 0; before < 9; before += 1) {
          const text = `${'#'.repeat(before)}${secret.slice(from, from + length)}#`
          expect(isEcho(text, [secret]), text).toBe(length >= 8)
        }
      }
    }
  })

  it('knows one that a character repeats itself around', () => {
    expect(isEcho('aaaaaaaab', ['aaaaaaaaaaaa'])).toBe(true)
    expect(isEcho('aaaaaaab', ['aaaaaaa-aaaaaaa'])).toBe(false)
  })

  it('reads no more than is ever shown, so that a megabyte costs nothing', () => {
    const started = performance.now()
    expect(remoteText('x'.repeat(2_000_000), [TOKEN.repeat(500)])).toHaveLength(256)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('never leaves eight characters of a secret, however the copy was altered', () => {
    const edit = fc.tuple(fc.nat(TOKEN.length), fc.nat(9), fc.string({ maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
        const altered = edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), TOKEN)
        const shown = remoteText(`refused: ${altered}`, [TOKEN])
        for (let at = 0; at + 8 <= TOKEN.length; at += 1) expect(shown).not.toContain(TOKEN.slice(at, at + 8))
      }),
      { numRuns: 2_000 },
    )
  })
})
