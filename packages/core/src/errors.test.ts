import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createKmsError, isKmsError, KMS_ERRORS, type KmsErrorCode } from './errors.ts'

const CODES = Object.keys(KMS_ERRORS) as KmsErrorCode[]

describe('the error model', () => {
  it.each(CODES)('%s has a rule, a fault, a meaning and a remedy, and makes an error', (code) => {
    const row = KMS_ERRORS[code]
    const error = createKmsError(code, { operation: 'sign' })
    expect(['never', 'once', 'backoff']).toContain(row.retry)
    expect(error).toMatchObject({
      code,
      fault: row.fault,
      retryable: row.retry !== 'never',
      attempts: 0,
      name: 'KmsError',
    })
    expect(error.message).toContain(row.meaning)
    expect(error.message).toContain(row.remedy)
  })

  it('is the table of docs/errors.md, word for word', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    const repeated = { never: 'never', once: 'once', backoff: 'with backoff' }
    const rows = Object.entries(KMS_ERRORS).map(([code, { retry, fault, meaning, remedy }]) => {
      return `\`${code}\` | ${repeated[retry]} | ${fault} | ${meaning} | ${remedy} |`
    })
    const written = page.split('\n').filter((line) => line.startsWith('| <a id='))
    expect(written.map((line) => line.replace(/^.*<\/a>/, ''))).toEqual(rows)
  })

  it('cannot be changed, neither the table nor a row', () => {
    expect(Object.values(KMS_ERRORS).every((row) => Object.isFrozen(row))).toBe(true)
  })

  it('has no names but the codes', () => {
    expect('toString' in KMS_ERRORS).toBe(false)
    expect(Object.isFrozen(KMS_ERRORS)).toBe(true)
  })

  it('recognises its errors by marker and code, across copies of the class', () => {
    const error = createKmsError('KMS_TIMEOUT', { operation: 'sign' })
    const foreign = Object.assign(new Error('x'), { [Symbol.for('kmsign.error')]: true, code: 'KMS_THROTTLED' })
    expect(isKmsError(error)).toBe(true)
    expect(isKmsError(error, 'KMS_TIMEOUT', 'KMS_NETWORK')).toBe(true)
    expect(isKmsError(error, 'KMS_NETWORK')).toBe(false)
    expect(isKmsError(foreign, 'KMS_THROTTLED')).toBe(true)
    for (const other of [undefined, null, 'KMS_TIMEOUT', 5, {}, new Error('KMS_TIMEOUT')]) {
      expect(isKmsError(other)).toBe(false)
    }
  })

  it('leaves out what is not known, and keeps the cause off the enumerable fields', () => {
    const error = createKmsError('KMS_NETWORK', { operation: 'verify', keyId: undefined, cause: new Error('below') })
    expect('keyId' in error).toBe(false)
    expect(Object.keys(error)).not.toContain('cause')
    expect(error.cause).toBeInstanceOf(Error)
  })

  it('cannot be changed', () => {
    const error = createKmsError('KMS_NETWORK', { operation: 'sign' })
    expect(() => Object.assign(error, { code: 'KMS_TIMEOUT' })).toThrow(TypeError)
  })

  it('stays under 2 KB as JSON, however many problems it names', () => {
    const issues = Array.from({ length: 200 }, (_, index) => ({ path: `a.b${index}`, message: 'm'.repeat(500) }))
    const error = createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues, detail: 'd'.repeat(5_000) })
    expect(JSON.stringify(error).length).toBeLessThan(2_048)
    expect(error.issues).toHaveLength(200)
    const long = 'x'.repeat(5_000)
    const texts = {
      provider: long,
      signer: long,
      keyId: long,
      providerCode: long,
      providerMessage: long,
      requestId: long,
    }
    expect(JSON.stringify(createKmsError('KMS_UNKNOWN', { operation: 'sign', ...texts })).length).toBeLessThan(2_048)
  })

  it('says who failed at what, why, and what to do', () => {
    const { meaning, remedy } = KMS_ERRORS.KMS_TIMEOUT
    const messageOf = (facts: object) => createKmsError('KMS_TIMEOUT', { operation: 'sign', ...facts }).message
    expect(messageOf({})).toBe(`kmsign: sign failed, ${meaning}. ${remedy} [KMS_TIMEOUT]`)
    expect(messageOf({ provider: 'ncp' })).toBe(`ncp: sign failed, ${meaning}. ${remedy} [KMS_TIMEOUT]`)
    expect(messageOf({ provider: 'ncp', signer: 'mine', detail: 'it was late', providerCode: 'E1' })).toBe(
      `mine: sign failed, it was late (E1). ${remedy} [KMS_TIMEOUT]`,
    )
  })

  it('lists the problems of options under the message, frozen', () => {
    const issues = [
      { path: 'a', message: 'is required' },
      { path: 'b.c', message: 'is not an option' },
    ]
    const error = createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
    expect(error.message.split('\n').slice(1)).toEqual(['- a: is required', '- b.c: is not an option'])
    expect(error.issues).toEqual(issues)
    expect(Object.isFrozen(error.issues) && error.issues?.every((issue) => Object.isFrozen(issue))).toBe(true)
    expect(error.issues).not.toBe(issues)
  })

  it('has the retry rule of its code unless the case has its own', () => {
    const retryable = (facts: object) => createKmsError('KMS_NETWORK', { operation: 'sign', ...facts }).retryable
    expect([retryable({}), retryable({ retryable: false })]).toEqual([true, false])
    expect(createKmsError('KMS_NETWORK', { operation: 'sign', attempts: 3 }).attempts).toBe(3)
  })

  it('is cut in JSON to what a log line holds: 384 characters of the first line, 192 of a text', () => {
    const json = (facts: object) =>
      JSON.parse(JSON.stringify(createKmsError('KMS_UNKNOWN', { operation: 'sign', ...facts }))) as Record<
        string,
        string
      >
    expect(json({ keyId: 'k'.repeat(192) })['keyId']).toBe('k'.repeat(192))
    expect(json({ keyId: 'k'.repeat(193) })['keyId']).toBe(`${'k'.repeat(191)}…`)
    expect(json({ detail: 'd'.repeat(500) })['message']).toHaveLength(384)
    expect(json({ issues: [{ path: 'a', message: 'b' }] })['message']).not.toContain('\n')
    expect(json({ httpStatus: 503 })).toEqual({
      name: 'KmsError',
      message: expect.stringContaining('[KMS_UNKNOWN]'),
      code: 'KMS_UNKNOWN',
      operation: 'sign',
      httpStatus: 503,
      retryable: false,
      fault: 'caller',
      attempts: 0,
    })
  })

  it('names six problems in JSON, each cut', () => {
    const issues = Array.from({ length: 7 }, () => ({ path: 'p'.repeat(60), message: 'm'.repeat(120) }))
    const error = createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
    const json = JSON.parse(JSON.stringify(error)) as { readonly issues: unknown[] }
    const cut = { path: `${'p'.repeat(47)}…`, message: `${'m'.repeat(95)}…` }
    expect(json.issues).toEqual(Array.from({ length: 6 }, () => cut))
  })

  it('has a class of the same name, and a marker that cannot be changed', () => {
    const error = createKmsError('KMS_TIMEOUT', { operation: 'sign' })
    expect(error.constructor.name).toBe('KmsError')
    expect(error).toBeInstanceOf(Error)
    expect(Object.keys(error)).not.toContain('name')
    expect('cause' in createKmsError('KMS_TIMEOUT', { operation: 'sign', cause: undefined })).toBe(false)
  })

  it('shows one name when inspected', () => {
    expect(inspect(createKmsError('KMS_TIMEOUT', { operation: 'sign' }))).toMatch(/^KmsError: kmsign: sign failed/)
  })
})
