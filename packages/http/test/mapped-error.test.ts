import { describe, expect, it } from 'vitest'
import { createHttpError, type HttpErrorCode } from '../src/errors.ts'
import { codeOfStatus, isOutsideClockWindow, mapHttpError } from '../src/index.ts'

const where = 'https://kms.example.com'
const DATE = 'Sun, 22 Nov 2026 08:15:00 GMT'
const mapped = (code: HttpErrorCode, facts: Partial<Parameters<typeof createHttpError>[2]> = {}) =>
  mapHttpError(createHttpError(code, 'Words', { phase: 'response', ...facts }), where)

describe('mapHttpError', () => {
  it.each([
    ['HTTP_TIMEOUT', 'KMS_TIMEOUT', undefined],
    ['HTTP_CONNECT', 'KMS_NETWORK', undefined],
    ['HTTP_TLS', 'KMS_NETWORK', 'never'],
    ['HTTP_RESET', 'KMS_NETWORK', undefined],
    ['HTTP_REDIRECT', 'KMS_INVALID_RESPONSE', 'never'],
    ['HTTP_BODY_TOO_LARGE', 'KMS_INVALID_RESPONSE', undefined],
    ['HTTP_BODY_TRUNCATED', 'KMS_INVALID_RESPONSE', undefined],
    ['HTTP_BODY_MALFORMED', 'KMS_INVALID_RESPONSE', undefined],
    ['HTTP_PROTOCOL', 'KMS_INVALID_RESPONSE', undefined],
    ['HTTP_CLOSED', 'KMS_SIGNER_CLOSED', undefined],
  ] as const)('%s is %s, repeat: %s', (code, expected, retry) => {
    expect(mapped(code)).toMatchObject({ code: expected, retry })
  })

  it('takes a code of a newer copy for a matter of the network', () => {
    expect(mapped('HTTP_NEW' as HttpErrorCode).code).toBe('KMS_NETWORK')
  })

  it('lets the status speak first, where it says something', () => {
    const broken = (status: number) => mapped('HTTP_BODY_TRUNCATED', { status }).code
    expect([200, 400, 404, 500, 503].map(broken)).toEqual([
      'KMS_INVALID_RESPONSE',
      'KMS_INVALID_RESPONSE',
      'KMS_INVALID_RESPONSE',
      'KMS_INTERNAL',
      'KMS_UNAVAILABLE',
    ])
  })

  it('passes on how far the attempt came and what it learned', () => {
    const headers = { date: DATE, 'retry-after': '2' }
    const facts = { phase: 'request', reusedConnection: true, systemCode: 'ECONNRESET', status: 503, headers } as const
    expect(mapped('HTTP_RESET', facts)).toEqual({
      code: 'KMS_UNAVAILABLE',
      phase: 'request',
      reusedConnection: true,
      providerCode: 'ECONNRESET',
      httpStatus: 503,
      retryAfterMs: 2000,
      serverDate: Date.parse(DATE),
    })
  })

  it('names the server that redirects, and has no words for anything else', () => {
    expect(mapped('HTTP_REDIRECT').providerMessage).toBe(
      'https://kms.example.com answers with a redirect, which is never followed',
    )
    expect(mapped('HTTP_RESET').providerMessage).toBeUndefined()
  })
})

describe('codeOfStatus', () => {
  it.each([
    [200, undefined],
    [400, undefined],
    [401, 'KMS_UNAUTHENTICATED'],
    [403, 'KMS_PERMISSION_DENIED'],
    [404, undefined],
    [408, 'KMS_TIMEOUT'],
    [413, 'KMS_MESSAGE_TOO_LARGE'],
    [418, undefined],
    [429, 'KMS_THROTTLED'],
    [500, 'KMS_INTERNAL'],
    [502, 'KMS_UNAVAILABLE'],
    [503, 'KMS_UNAVAILABLE'],
    [504, 'KMS_TIMEOUT'],
    [599, 'KMS_INTERNAL'],
  ])('%i is %s', (status, code) => expect(codeOfStatus(status)).toBe(code))
})

describe('isOutsideClockWindow', () => {
  const sentAt = 1_700_000_000_000
  const window = 300_000

  it.each([
    [-300_000, true],
    [-299_999, false],
    [0, false],
    // A Date header is rounded down to whole seconds.
    [299_000, false],
    [299_001, true],
    [300_000, true],
  ])('a Date %i ms from the request: %s', (offset, outside) => {
    expect(isOutsideClockWindow(sentAt, sentAt + offset, window)).toBe(outside)
  })

  it('says nothing where a time is not known', () => {
    expect(isOutsideClockWindow(undefined, 0, window)).toBe(false)
    expect(isOutsideClockWindow(sentAt, undefined, window)).toBe(false)
  })
})
