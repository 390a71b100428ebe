import { describe, expect, it } from 'vitest'
import { checkPair, headerText, missingHeaderTexts } from './signer-options.ts'

/** What was reported. */
function reports(check: (report: (path: string, message: string) => void) => unknown): readonly string[] {
  const found: string[] = []
  check((path, message) => found.push(`${path} ${message}`))
  return found
}

describe('headerText', () => {
  it('takes visible ASCII and nothing else', () => {
    const read = (value: unknown) => reports((report) => headerText(value, 'token', report)).length
    expect(['AKID', '!~', 'x'.repeat(16_384)].map(read)).toEqual([0, 0, 0])
    expect(['', 'a b', 'a\n', 'é', 'x'.repeat(16_385), 1, undefined].map(read)).toEqual([1, 1, 1, 1, 1, 1, 1])
  })
})

describe('missingHeaderTexts', () => {
  it('names what is not there or does not fit in a header, whatever was returned', () => {
    expect(missingHeaderTexts({ id: 'a', secret: 'b c', more: 1 }, ['id', 'secret'])).toEqual(['secret'])
    expect(missingHeaderTexts({ id: 'a' }, ['id'])).toEqual([])
    for (const nothing of [undefined, null, 'id', 1, []]) expect(missingHeaderTexts(nothing, ['id'])).toEqual(['id'])
  })
})

describe('checkPair', () => {
  it('reports an algorithm that the key spec does not take, and nothing that is not known', () => {
    expect(reports((report) => checkPair('ED25519', ['ECDSA_SHA_256'], report))).toEqual([
      'algorithm does not fit the keySpec, which takes ECDSA_SHA_256',
    ])
    expect(reports((report) => checkPair('ED25519', ['ED25519'], report))).toEqual([])
    expect(reports((report) => checkPair(undefined, ['ED25519'], report))).toEqual([])
    expect(reports((report) => checkPair('ED25519', undefined, report))).toEqual([])
  })
})
