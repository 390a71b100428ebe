import type { KmsErrorCode } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { mapError } from './errors.ts'
import { createFailure } from './failure.ts'
import { fromSignResponse, type WireKey } from './wire.ts'

const place = { origin: 'https://kms.cn-beijing.volcengineapi.com', region: 'cn-beijing' }
const key: WireKey = { selector: { KeyID: 'id' }, form: 'body' }

function mapped(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  try {
    fromSignResponse({ status, headers, body: text, sentAt: 0, hidden: () => [] }, key)
  } catch (error) {
    return mapError(error, place)
  }
  throw new Error('Nothing was thrown')
}

const envelope = (Code: unknown, Message = 'Message') => ({
  ResponseMetadata: { RequestId: 'r', Error: { Code, Message } },
})

// Every code of the KMS pages and of the gateway's public lists, with the statuses they are documented with.
const DOCUMENTED: readonly [string, readonly number[], KmsErrorCode][] = [
  ['MissingParameter', [400], 'KMS_INVALID_ARGUMENT'],
  ['InvalidParameter', [400], 'KMS_INVALID_ARGUMENT'],
  ['InvalidKeyStatus', [400], 'KMS_KEY_STATE'],
  ['InvalidKeyUsage', [400], 'KMS_KEY_MISMATCH'],
  ['AccessDenied', [403], 'KMS_PERMISSION_DENIED'],
  ['Reject.Throttling.CMK', [403], 'KMS_THROTTLED'],
  ['Reject.Throttling.Action', [403], 'KMS_THROTTLED'],
  ['KeyMaterialExpire', [403], 'KMS_KEY_EXPIRED'],
  ['KMS_ServiceNotOpen', [403], 'KMS_PERMISSION_DENIED'],
  ['Not Found', [404], 'KMS_KEY_NOT_FOUND'],
  ['UndefinedError', [500], 'KMS_INTERNAL'],
  ['MissingAuthenticationToken', [401], 'KMS_UNAUTHENTICATED'],
  ['MissingRequestInfo', [400], 'KMS_INVALID_ARGUMENT'],
  ['MissingSignature', [401], 'KMS_UNAUTHENTICATED'],
  ['InvalidTimestamp', [400, 403], 'KMS_CLOCK_SKEW'],
  ['ServiceNotFound', [404], 'KMS_INVALID_ARGUMENT'],
  ['InvalidActionOrVersion', [404], 'KMS_INVALID_ARGUMENT'],
  ['InvalidAccessKey', [401], 'KMS_UNAUTHENTICATED'],
  ['InvalidClientTokenId', [401], 'KMS_UNAUTHENTICATED'],
  ['SignatureDoesNotMatch', [401], 'KMS_UNAUTHENTICATED'],
  ['LackPolicy', [403], 'KMS_PERMISSION_DENIED'],
  ['LackProjectPolicy', [401, 403], 'KMS_PERMISSION_DENIED'],
  ['InternalError', [500], 'KMS_INTERNAL'],
  ['FailToConnect', [502], 'KMS_UNAVAILABLE'],
  ['InternalServiceTimeout', [504], 'KMS_TIMEOUT'],
  ['FlowLimitExceeded', [429], 'KMS_THROTTLED'],
  ['AccountFlowLimitExceeded', [429], 'KMS_THROTTLED'],
  ['ServiceUnavailableTemp', [503], 'KMS_UNAVAILABLE'],
  ['MethodNotAllowed', [405], 'KMS_INVALID_ARGUMENT'],
  ['InternalServiceError', [502], 'KMS_UNAVAILABLE'],
  ['InvalidAuthorization', [400], 'KMS_UNAUTHENTICATED'],
  ['InvalidCredential', [400], 'KMS_UNAUTHENTICATED'],
  ['InvalidSecretToken', [401], 'KMS_UNAUTHENTICATED'],
  ['InnerApiNeedAccountInfo', [400], 'KMS_INVALID_ARGUMENT'],
  ['ServiceShouldCallSelfApi', [403], 'KMS_PERMISSION_DENIED'],
]

const STATUSES: readonly [number, KmsErrorCode][] = [
  [400, 'KMS_UNKNOWN'],
  [401, 'KMS_UNAUTHENTICATED'],
  [403, 'KMS_PERMISSION_DENIED'],
  [408, 'KMS_TIMEOUT'],
  [413, 'KMS_MESSAGE_TOO_LARGE'],
  [418, 'KMS_UNKNOWN'],
  [429, 'KMS_THROTTLED'],
  [500, 'KMS_INTERNAL'],
  [501, 'KMS_INTERNAL'],
  [502, 'KMS_UNAVAILABLE'],
  [503, 'KMS_UNAVAILABLE'],
  [504, 'KMS_TIMEOUT'],
]

describe('provider codes', () => {
  it.each(DOCUMENTED)('%s is %s → %s, whatever the status', (code, statuses, expected) => {
    for (const status of [...statuses, 200, 400, 500]) {
      const error = mapped(status, envelope(code))
      expect(error).toMatchObject({
        code: expected,
        phase: 'response',
        providerCode: code,
        httpStatus: status,
        requestId: 'r',
      })
      expect(error.retry).toBeUndefined()
    }
    expect(mapped(400, { HTTPCode: 400, errorcode: code, message: 'Message' }).code).toBe(expected)
  })

  it.each(['NotFound', 'not found', 'NOT FOUND', 'Not_Found'])('%s is a key that is not known', (code) => {
    expect(mapped(404, envelope(code)).code).toBe('KMS_KEY_NOT_FOUND')
  })

  it('takes throttling codes that are not documented yet', () => {
    expect(mapped(403, envelope('Reject.Throttling.Account')).code).toBe('KMS_THROTTLED')
  })

  it('names base URL and region where they explain the refusal', () => {
    for (const code of ['ServiceNotFound', 'InvalidActionOrVersion', 'Not Found']) {
      const message = mapped(404, envelope(code)).providerMessage
      expect(message).toBe(`Message; asked at ${place.origin}, region ${place.region}`)
    }
  })

  it('takes a refused Algorithm for a key that does not fit', () => {
    const refused = (message: string) => mapped(400, envelope('InvalidParameter', message)).code
    expect(refused('The specified parameter Algorithm is invalid.')).toBe('KMS_KEY_MISMATCH')
    expect(refused('The specified parameter Message is invalid.')).toBe('KMS_INVALID_ARGUMENT')
    expect(refused('The Message does not fit the Algorithm.')).toBe('KMS_INVALID_ARGUMENT')
  })
})

describe('statuses', () => {
  it.each(STATUSES)('%i is %s without a code, and with one that is not known', (status, expected) => {
    expect(mapped(status, '<html></html>').code).toBe(expected)
    expect(mapped(status, envelope('SomethingNew')).code).toBe(expected)
  })

  it('404 is the key with a code, and the address without one', () => {
    expect(mapped(404, envelope('SomethingNew')).code).toBe('KMS_KEY_NOT_FOUND')
    const error = mapped(404, '<html>nginx</html>')
    expect(error.code).toBe('KMS_INVALID_ARGUMENT')
    expect(error.providerMessage).toContain(place.origin)
  })

  it('a refusal with status 200 and a code that is not known is KMS_UNKNOWN, without a code not the documented envelope', () => {
    expect(mapped(200, envelope('SomethingNew')).code).toBe('KMS_UNKNOWN')
    expect(mapped(200, envelope(undefined)).code).toBe('KMS_INVALID_RESPONSE')
    expect(mapped(200, '<html></html>').code).toBe('KMS_INVALID_RESPONSE')
  })
})

describe('everything else', () => {
  it('gives the server’s date and the wait asked for', () => {
    const headers = { date: 'Mon, 08 Jul 2024 15:00:11 GMT', 'retry-after': '2' }
    const facts = { serverDate: Date.parse('2024-07-08T15:00:11Z'), retryAfterMs: 2000 }
    expect(mapped(400, envelope('InvalidTimestamp'), headers)).toMatchObject(facts)
  })

  it('maps failures of its own', () => {
    expect(mapError(createFailure('volcengine.credentials', 'why'), place)).toEqual({
      code: 'KMS_CREDENTIALS_UNAVAILABLE',
      retry: 'never',
      phase: 'connect',
      providerMessage: 'why',
    })
    const another = { ResponseMetadata: {}, Result: { KeyID: 'other', Signature: 'AQID' } }
    expect(mapped(200, another)).toMatchObject({ code: 'KMS_INTEGRITY', phase: 'response' })
  })

  it.each([undefined, null, 1, 'text', {}, new Error('x'), { kind: 'volcengine.new' }])('never throws: %j', (error) => {
    expect(mapError(error, place).code).toBe('KMS_UNKNOWN')
  })

  it('needs no prototype for its table', () => {
    expect(mapped(400, envelope('constructor')).code).toBe('KMS_UNKNOWN')
    expect(mapped(400, envelope('toString')).code).toBe('KMS_UNKNOWN')
  })
})
