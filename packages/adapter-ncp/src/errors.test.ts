import { KMS_ERRORS, type KmsErrorCode } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { failureOf, type WireReply } from './envelope.ts'
import { mapError } from './errors.ts'
import { type Authentication, createFailure } from './failure.ts'

const place = { origin: 'https://ocapi.ncloud.com', zone: 'global' }
const sentAt = 1_700_000_000_000
const dateAt = (offsetMs: number) => ({ date: new Date(sentAt + offsetMs).toUTCString() })

function mapped(status: number, body: unknown, more: Partial<WireReply> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const fixed = {
    headers: dateAt(0),
    traceId: undefined,
    authentication: 'account' as Authentication,
    sentAt,
    hidden: () => [],
  }
  return mapError(failureOf({ status, body: text, ...fixed, ...more }), place)
}

const gateway = (errorCode: unknown) => ({ error: { errorCode, message: 'Message', details: 'Details.' } })
const service = (code: string) => ({ code, msg: 'Message', data: null })

// The gateway's own table, in full.
const GATEWAY: readonly [number, number, KmsErrorCode][] = [
  [400, 100, 'KMS_INVALID_ARGUMENT'],
  [401, 200, 'KMS_UNAUTHENTICATED'],
  [401, 210, 'KMS_PERMISSION_DENIED'],
  [404, 300, 'KMS_KEY_NOT_FOUND'],
  [429, 400, 'KMS_QUOTA_EXCEEDED'],
  [429, 410, 'KMS_THROTTLED'],
  [429, 420, 'KMS_THROTTLED'],
  [413, 430, 'KMS_MESSAGE_TOO_LARGE'],
  [503, 500, 'KMS_UNAVAILABLE'],
  [504, 510, 'KMS_TIMEOUT'],
  [500, 900, 'KMS_INTERNAL'],
  [401, 401, 'KMS_UNAUTHENTICATED'],
]

const SERVICE: readonly [string, KmsErrorCode][] = [
  ['FORBIDDEN', 'KMS_PERMISSION_DENIED'],
  ['INTERNAL_SERVER_ERROR', 'KMS_INTERNAL'],
  ['INVALID_REQUEST', 'KMS_INVALID_ARGUMENT'],
  ['NOT_FOUND', 'KMS_KEY_NOT_FOUND'],
  ['SERVICE_UNAVAILABLE', 'KMS_UNAVAILABLE'],
  ['TOO_MANY_REQUESTS', 'KMS_THROTTLED'],
  ['UNAUTHORIZED', 'KMS_UNAUTHENTICATED'],
  ['UNPROCESSABLE_ENTITY', 'KMS_KEY_STATE'],
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
  [599, 'KMS_INTERNAL'],
]

describe('provider codes', () => {
  it.each(GATEWAY)('HTTP %i, gateway code %i is %s, as text and as a number', (status, code, expected) => {
    for (const errorCode of [code, String(code)]) {
      const error = mapped(status, gateway(errorCode))
      expect(error).toMatchObject({ code: expected, phase: 'response', providerCode: String(code), httpStatus: status })
      expect(error.providerMessage).toContain('Message: Details.')
    }
  })

  it.each(SERVICE)('service code %s is %s, whatever the status', (code, expected) => {
    for (const status of [200, 400, 500]) expect(mapped(status, service(code)).code).toBe(expected)
    expect(mapped(200, service(code.toLowerCase())).code).toBe(expected)
  })

  it('says where it asked for a key that is not known', () => {
    expect(mapped(404, service('NOT_FOUND')).providerMessage).toBe(
      'Message; asked at https://ocapi.ncloud.com, zone global',
    )
  })
})

describe('statuses', () => {
  it.each(STATUSES)('%i is %s without a code, and with one that is not known', (status, expected) => {
    expect(mapped(status, '<html></html>').code).toBe(expected)
    expect(mapped(status, service('SOMETHING_NEW'))).toMatchObject({ code: expected, providerCode: 'SOMETHING_NEW' })
  })

  it('404 is the key when the service says so, and the address when something else does', () => {
    expect(mapped(404, service('SOMETHING_NEW')).code).toBe('KMS_KEY_NOT_FOUND')
    const error = mapped(404, '<html>nginx</html>')
    expect(error.code).toBe('KMS_INVALID_ARGUMENT')
    expect(error.providerMessage).toContain('https://ocapi.ncloud.com')
  })

  it('a refusal with status 200 and a code that is not known is KMS_UNKNOWN, without a code not the documented envelope', () => {
    expect(mapped(200, service('SOMETHING_NEW')).code).toBe('KMS_UNKNOWN')
    expect(mapped(200, { error: {} }).code).toBe('KMS_INVALID_RESPONSE')
    expect(mapped(200, '<html></html>').code).toBe('KMS_INVALID_RESPONSE')
  })
})

describe('authentication', () => {
  it.each([
    ['five minutes behind', -300_000, 'KMS_CLOCK_SKEW'],
    ['an hour behind', -3_600_000, 'KMS_CLOCK_SKEW'],
    ['an hour ahead', 3_600_000, 'KMS_CLOCK_SKEW'],
    ['five minutes ahead', 300_000, 'KMS_CLOCK_SKEW'],
    ['299 seconds behind', -299_000, 'KMS_UNAUTHENTICATED'],
    ['299 seconds ahead', 299_000, 'KMS_UNAUTHENTICATED'],
    ['the same', 0, 'KMS_UNAUTHENTICATED'],
  ])('with the server’s date %s is %s', (_what, offset, expected) => {
    for (const body of [gateway('200'), gateway(200), '', service('UNAUTHORIZED')]) {
      const error = mapped(401, body, { headers: dateAt(offset) })
      expect(error).toMatchObject({ code: expected, serverDate: sentAt + offset })
    }
  })

  it('counts the part of a second that a Date header leaves out', () => {
    const late = { sentAt: sentAt + 500, headers: dateAt(300_000) }
    expect(mapped(401, gateway('200'), late).code).toBe('KMS_CLOCK_SKEW')
  })

  it('is no question of clocks without a Date, without permission, or with a token', () => {
    expect(mapped(401, gateway('200'), { headers: {} }).code).toBe('KMS_UNAUTHENTICATED')
    expect(mapped(401, gateway('210'), { headers: dateAt(-3_600_000) }).code).toBe('KMS_PERMISSION_DENIED')
    for (const authentication of ['access-token', 'renewed-token', 'refresh-token'] as const) {
      const error = mapped(401, gateway('200'), { headers: dateAt(-3_600_000), authentication })
      expect(error.code).toBe('KMS_UNAUTHENTICATED')
    }
  })

  it('is repeated once for an access token that was made here', () => {
    expect(mapped(401, gateway('200'), { authentication: 'renewed-token' }).retry).toBe('once')
    expect(mapped(401, gateway('200'), { authentication: 'refresh-token' }).retry).toBeUndefined()
    expect(mapped(401, gateway('200')).retry).toBeUndefined()
  })
})

describe('everything else', () => {
  it('maps failures of its own', () => {
    const credentials = mapError(createFailure('ncp.credentials', 'why'), place)
    expect(credentials).toEqual({
      code: 'KMS_CREDENTIALS_UNAVAILABLE',
      retry: 'never',
      phase: 'connect',
      providerMessage: 'why',
    })
    expect(mapError(createFailure('ncp.argument', 'why'), place)).toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
  })

  it.each([undefined, null, 1, 'text', {}, new Error('x'), { kind: 'ncp.new' }, { kind: 1 }])(
    'never throws: %j',
    (error) => {
      expect(mapError(error, place).code).toBe('KMS_UNKNOWN')
    },
  )

  it('names only codes that exist, and needs no prototype for it', () => {
    expect(mapped(400, service('constructor')).code).toBe('KMS_UNKNOWN')
    expect(mapped(400, gateway('__proto__')).code).toBe('KMS_UNKNOWN')
    for (const [, , code] of GATEWAY) expect(KMS_ERRORS).toHaveProperty(code)
  })

  it('keeps the wait that the server asks for', () => {
    expect(mapped(429, gateway('410'), { headers: { 'retry-after': '2' } }).retryAfterMs).toBe(2000)
  })
})
