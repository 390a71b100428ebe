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

  it('shows one name when inspected', () => {
    expect(inspect(createKmsError('KMS_TIMEOUT', { operation: 'sign' }))).toMatch(/^KmsError: kmsign: sign failed/)
  })
})
