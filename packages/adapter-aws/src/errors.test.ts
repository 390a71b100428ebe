import { KMS_ERRORS, type KmsErrorCode } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { isInvalidSignature, mapError } from './errors.ts'
import { createFailure } from './failure.ts'

const place = { where: 'region eu-west-1' }
const sentAt = 1_700_000_000_000
const dateAt = (offsetMs: number) => new Date(sentAt + offsetMs).toUTCString()

/** An error as the SDK makes it of an answer. */
function refused(name: string, status = 400, more: { message?: string; headers?: object; sentAt?: number } = {}) {
  const { message = 'Words.', headers = {}, ...rest } = more
  const $metadata = { httpStatusCode: status, requestId: 'request-1', attempts: 1 }
  const error = Object.assign(new Error(message), { name, $fault: status < 500 ? 'client' : 'server', $metadata })
  return Object.defineProperty(error, '$response', {
    value: { statusCode: status, headers, ...rest },
    enumerable: false,
  })
}

const mapped = (...given: Parameters<typeof refused>) => mapError(refused(...given), place)

// The service model of Sign, Verify and GetPublicKey, in full, with the statuses of the API reference.
const MODEL: readonly [string, number, KmsErrorCode][] = [
  ['DependencyTimeoutException', 503, 'KMS_TIMEOUT'],
  ['DisabledException', 400, 'KMS_KEY_STATE'],
  ['DryRunOperationException', 400, 'KMS_UNSUPPORTED'],
  ['InvalidArnException', 400, 'KMS_INVALID_ARGUMENT'],
  ['InvalidGrantTokenException', 400, 'KMS_PERMISSION_DENIED'],
  ['InvalidKeyUsageException', 400, 'KMS_KEY_MISMATCH'],
  ['KeyUnavailableException', 500, 'KMS_UNAVAILABLE'],
  ['KMSInternalException', 500, 'KMS_INTERNAL'],
  ['KMSInvalidSignatureException', 400, 'KMS_INVALID_ARGUMENT'],
  ['KMSInvalidStateException', 400, 'KMS_KEY_STATE'],
  ['NotFoundException', 400, 'KMS_KEY_NOT_FOUND'],
  ['UnsupportedOperationException', 400, 'KMS_UNSUPPORTED'],
]

const COMMON: readonly [KmsErrorCode, readonly string[]][] = [
  ['KMS_PERMISSION_DENIED', ['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'OptInRequired']],
  ['KMS_UNAUTHENTICATED', ['ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId', 'SignatureDoesNotMatch']],
  ['KMS_UNAUTHENTICATED', ['InvalidSignatureException', 'IncompleteSignature', 'IncompleteSignatureException']],
  ['KMS_UNAUTHENTICATED', ['MissingAuthenticationToken', 'UnrecognizedClientException']],
  ['KMS_CLOCK_SKEW', ['RequestExpired', 'RequestTimeTooSkewed']],
  ['KMS_THROTTLED', ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded']],
  ['KMS_THROTTLED', ['RequestThrottled', 'SlowDown']],
  ['KMS_QUOTA_EXCEEDED', ['LimitExceededException']],
  ['KMS_INVALID_ARGUMENT', ['ValidationException', 'ValidationError', 'InvalidParameterValue']],
  ['KMS_INVALID_ARGUMENT', ['UnknownOperationException', 'SerializationException']],
  ['KMS_INTERNAL', ['InternalFailure', 'InternalServerException']],
  ['KMS_UNAVAILABLE', ['ServiceUnavailable', 'ServiceUnavailableException']],
]

const STATUSES: readonly [number, KmsErrorCode][] = [
  [400, 'KMS_UNKNOWN'],
  [401, 'KMS_UNAUTHENTICATED'],
  [403, 'KMS_PERMISSION_DENIED'],
  [404, 'KMS_INVALID_ARGUMENT'],
  [408, 'KMS_TIMEOUT'],
  [413, 'KMS_MESSAGE_TOO_LARGE'],
  [418, 'KMS_UNKNOWN'],
  [429, 'KMS_THROTTLED'],
  [500, 'KMS_INTERNAL'],
  [502, 'KMS_UNAVAILABLE'],
  [503, 'KMS_UNAVAILABLE'],
  [504, 'KMS_TIMEOUT'],
  [599, 'KMS_INTERNAL'],
]

describe('codes of the service', () => {
  it.each(MODEL)('%s (%i) is %s', (name, status, code) => {
    expect(mapped(name, status)).toMatchObject({
      code,
      phase: 'response',
      providerCode: name,
      httpStatus: status,
      requestId: 'request-1',
    })
  })

  it.each(COMMON)('%s: %j, whatever the status', (code, names) => {
    for (const name of names) {
      for (const status of [400, 403, 500]) expect(mapped(name, status).code, name).toBe(code)
    }
  })

  it.each([
    'com.amazonaws.kms#DisabledException',
    'DisabledException:http://internal.amazon.com/coral/',
    'a#DisabledException:b#c',
  ])('reads %s without what surrounds it', (name) =>
    expect(mapped(name)).toMatchObject({ code: 'KMS_KEY_STATE', providerCode: 'DisabledException' }),
  )

  it.each(STATUSES)('%i with a code that is not known is %s', (status, code) => {
    expect(mapped('SomethingNew', status)).toMatchObject({ code, providerCode: 'SomethingNew' })
  })

  it('needs no class, no $fault and no $metadata to know a name', () => {
    expect(mapError({ name: 'ThrottlingException' }, place).code).toBe('KMS_THROTTLED')
    expect(isInvalidSignature({ name: 'com.amazonaws.kms#KMSInvalidSignatureException' })).toBe(true)
    for (const other of [undefined, null, 1, {}, new Error('KMSInvalidSignatureException')]) {
      expect(isInvalidSignature(other)).toBe(false)
    }
  })

  it('says where it asked for a key that is not known', () => {
    expect(mapped('NotFoundException').providerMessage).toBe('Words.; asked at region eu-west-1')
    expect(mapError(refused('NotFoundException'), { where: '' }).providerMessage).toBe('Words.')
  })

  it('takes the wait that the server asks for, in either header', () => {
    expect(mapped('ThrottlingException', 400, { headers: { 'Retry-After': '2' } }).retryAfterMs).toBe(2000)
    expect(mapped('ThrottlingException', 400, { headers: { 'x-amz-retry-after': '250' } }).retryAfterMs).toBe(250)
    expect(
      mapped('ThrottlingException', 400, { headers: { 'x-amz-retry-after': 'soon' } }).retryAfterMs,
    ).toBeUndefined()
  })

  it('names only codes that exist, and needs no prototype for it', () => {
    for (const name of ['constructor', '__proto__', 'toString']) expect(mapped(name).code).toBe('KMS_UNKNOWN')
    for (const [, , code] of MODEL) expect(KMS_ERRORS).toHaveProperty(code)
  })
})

describe('a wrong clock', () => {
  it.each([
    'Signature expired: 20261122T070000Z is now earlier than 20261122T080000Z',
    'Signature not yet current: 20261122T090000Z is still later than 20261122T080000Z',
  ])('is told by the words %s', (message) => {
    const error = mapped('InvalidSignatureException', 400, { message, headers: { date: dateAt(3_600_000) } })
    expect(error).toMatchObject({ code: 'KMS_CLOCK_SKEW', serverDate: sentAt + 3_600_000 })
  })

  it.each([
    [-300_000, 'KMS_CLOCK_SKEW'],
    [300_000, 'KMS_CLOCK_SKEW'],
    [-299_000, 'KMS_UNAUTHENTICATED'],
    [299_000, 'KMS_UNAUTHENTICATED'],
  ])('is told by a Date %i ms away: %s', (offset, code) => {
    for (const name of ['InvalidSignatureException', 'SignatureDoesNotMatch']) {
      expect(mapped(name, 403, { headers: { date: dateAt(offset) }, sentAt }).code).toBe(code)
    }
  })

  it('explains only a refused request signature whose time is known', () => {
    const far = { headers: { date: dateAt(-3_600_000) } }
    expect(mapped('InvalidSignatureException', 400, far).code).toBe('KMS_UNAUTHENTICATED')
    expect(mapped('UnrecognizedClientException', 400, { ...far, sentAt }).code).toBe('KMS_UNAUTHENTICATED')
  })
})

describe('words of the service', () => {
  it('end before the canonical request, and hide what looks like a secret', () => {
    const token = 'FwoGZXIvYXdzEBYaDKexampletokenexampletokenexample/+=='
    const canonical = `\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:${token}'`
    const words = `The request signature we calculated does not match.${canonical}`
    expect(mapped('SignatureDoesNotMatch', 403, { message: words }).providerMessage).toBe(
      'The request signature we calculated does not match.',
    )
    const echo = `Bad header AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE12345/20261122/x, Signature=0a1b of AKIAEXAMPLE12345 ${token}`
    const shown = mapped('ValidationException', 400, { message: echo }).providerMessage
    expect(shown).not.toMatch(/AKIAEXAMPLE|0a1b|FwoG/)
  })

  it('hide a secret with invisible characters in it, and one that the end of the text cuts', () => {
    const token = 'FwoGZXIvYXdzEBYaDKexampletokenexampletokenexample/+=='
    const message = `token ${[...token].join('\u200b')} of AKIA\u00adEXAMPLE12345`
    expect(mapped('ValidationException', 400, { message }).providerMessage).toBe('token [hidden] of [hidden]')
    const long = mapped('ValidationException', 400, { message: `${'so '.repeat(78)}${token}` }).providerMessage
    expect(long).toMatch(/so \[hidden\]$/)
  })

  it('keep names of keys', () => {
    const message = 'arn:aws:kms:eu-west-1:111122223333:key/2f7a1c3e-8f6b-4c55-9a0e-0123456789ab is disabled.'
    expect(mapped('DisabledException', 400, { message }).providerMessage).toBe(message)
  })
})

describe('what is no refusal', () => {
  it('a redirect that the SDK has no name for is never repeated', () => {
    const error = mapped('UnknownError', 302)
    expect(error).toMatchObject({ code: 'KMS_INVALID_RESPONSE', retry: 'never', httpStatus: 302 })
    expect(error.providerCode).toBeUndefined()
  })

  it.each([
    [200, 'KMS_INVALID_RESPONSE'],
    [500, 'KMS_INTERNAL'],
    [503, 'KMS_UNAVAILABLE'],
    [403, 'KMS_PERMISSION_DENIED'],
    [400, 'KMS_INVALID_RESPONSE'],
  ])('an answer with %i that the SDK cannot read is %s, and is not quoted', (status, code) => {
    const error = Object.assign(new SyntaxError('Unexpected token < in <html>'), {
      $metadata: { httpStatusCode: status },
    })
    const result = mapError(error, place)
    expect(result).toMatchObject({ code, httpStatus: status, phase: 'response' })
    expect(result.providerCode).toBeUndefined()
    expect(result.providerMessage).not.toContain('html')
  })

  it.each([
    ['ECONNRESET', 'TimeoutError', 'KMS_NETWORK', 'request', undefined],
    ['EPIPE', 'Error', 'KMS_NETWORK', 'request', undefined],
    ['ECONNREFUSED', 'Error', 'KMS_NETWORK', 'connect', undefined],
    ['ENOTFOUND', 'Error', 'KMS_NETWORK', 'connect', undefined],
    ['CERT_HAS_EXPIRED', 'Error', 'KMS_NETWORK', 'connect', 'never'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'Error', 'KMS_NETWORK', 'connect', 'never'],
    ['ETIMEDOUT', 'TimeoutError', 'KMS_TIMEOUT', 'request', undefined],
    ['', 'TimeoutError', 'KMS_TIMEOUT', 'request', undefined],
    ['', 'AbortError', 'KMS_TIMEOUT', 'request', undefined],
    ['ERR_MODULE_NOT_FOUND', 'Error', 'KMS_UNSUPPORTED', 'connect', 'never'],
  ])('%s %s of Node or the SDK is %s', (code, name, expected, phase, retry) => {
    const error = Object.assign(new Error('x'), { name, code, $metadata: { attempts: 3, totalRetryDelay: 9 } })
    const result = mapError(error, place)
    expect([result.code, result.phase, result.retry]).toEqual([expected, phase, retry])
  })

  it.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers'],
    ['TokenProviderError', 'Token is expired'],
    ['Error', 'Resolved credential object is not valid'],
  ])('%s "%s" is a lack of credentials', (name, message) => {
    expect(mapError(Object.assign(new Error(message), { name }), place)).toEqual({
      code: 'KMS_CREDENTIALS_UNAVAILABLE',
      phase: 'connect',
      providerMessage: message,
    })
  })

  it('a lack of a region is a matter of configuration, and says so', () => {
    const result = mapError(new Error('Region is missing'), place)
    expect(result).toMatchObject({ code: 'KMS_INVALID_CONFIG', retry: 'never' })
    expect(result.providerMessage).toContain('region')
  })

  it.each([
    ['aws.malformed', 'KMS_INVALID_RESPONSE'],
    ['aws.integrity', 'KMS_INTEGRITY'],
    ['aws.mismatch', 'KMS_KEY_MISMATCH'],
    ['aws.credentials', 'KMS_CREDENTIALS_UNAVAILABLE'],
    ['aws.endpoint', 'KMS_INVALID_CONFIG'],
  ] as const)('%s of our own is %s', (kind, code) => {
    expect(mapError(createFailure(kind, 'why'), place)).toMatchObject({ code, providerMessage: 'why' })
  })

  it.each([undefined, null, 1, 'text', {}, [], new Error('x'), { kind: 'aws.new' }, { name: 1, $metadata: null }])(
    'never throws: %j',
    (error) => expect(mapError(error, place).code).toBe('KMS_UNKNOWN'),
  )
})
