import { describe, expect, test } from 'vitest'
import { Call, STEP_TIMEOUT } from './call.ts'
import type { MappedError } from './driver-contract.ts'
import { createKmsError } from './errors.ts'
import { CredentialsFailure, endOfCall, restate, toKmsError, understand } from './failure.ts'

const SUBJECT = { provider: 'ncp', signer: 'mine', keyId: 'key' }
const never = (): MappedError => {
  throw new Error('the mapping was asked')
}

describe('what was thrown', () => {
  test.each<[string, unknown, MappedError]>([
    ['the end of a step', STEP_TIMEOUT, { code: 'KMS_TIMEOUT', phase: 'response' }],
    [
      'a failure of the credentials function',
      new CredentialsFailure(new Error('vault')),
      { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect' },
    ],
    [
      'an error of our own that may pass',
      createKmsError('KMS_THROTTLED', { operation: 'sign', retryAfterMs: 5 }),
      { code: 'KMS_THROTTLED', phase: 'response', retryAfterMs: 5 },
    ],
    [
      'an error of our own that is final, with all that it says',
      createKmsError('KMS_INVALID_RESPONSE', {
        operation: 'sign',
        retryable: false,
        providerCode: 'E1',
        providerMessage: 'no',
        httpStatus: 200,
        requestId: 'r',
      }),
      {
        code: 'KMS_INVALID_RESPONSE',
        phase: 'response',
        retry: 'never',
        providerCode: 'E1',
        providerMessage: 'no',
        httpStatus: 200,
        requestId: 'r',
      },
    ],
    ['an error that cannot be mapped', new Error('other'), { code: 'KMS_UNKNOWN', phase: 'response' }],
  ])('is understood: %s', (_, error, mapped) => {
    expect(understand(error, never)).toStrictEqual(mapped)
  })

  test('is what the mapping says, as long as it says a code', () => {
    const mapped: MappedError = { code: 'KMS_NETWORK', phase: 'request', reusedConnection: true }
    expect(understand(new Error(), () => mapped)).toBe(mapped)
    const foreign = { code: 'toString', phase: 'connect', httpStatus: 500 } as unknown as MappedError
    expect(understand(new Error(), () => foreign)).toEqual({ code: 'KMS_UNKNOWN', phase: 'connect', httpStatus: 500 })
  })
})

describe('the error that the caller sees', () => {
  const call = new Call('verify', undefined, 1_000)
  call.requests = 2

  test('tells who, what and how often, in texts that are safe to show', () => {
    const failure: MappedError = {
      code: 'KMS_UNAVAILABLE',
      phase: 'response',
      providerCode: 'E\u00001',
      providerMessage: ' down \n for now ',
      httpStatus: 503,
      requestId: 'r\t1',
      retryAfterMs: 7,
    }
    expect(toKmsError(SUBJECT, call, failure, 'backoff')).toMatchObject({
      code: 'KMS_UNAVAILABLE',
      operation: 'verify',
      ...SUBJECT,
      retryable: true,
      providerCode: 'E 1',
      providerMessage: 'down for now',
      httpStatus: 503,
      requestId: 'r 1',
      retryAfterMs: 7,
      attempts: 2,
    })
  })

  test('is retryable by the rule that was applied', () => {
    const rules = ['never', 'once', 'backoff', undefined] as const
    const failure: MappedError = { code: 'KMS_NETWORK', phase: 'connect' }
    expect(rules.map((rule) => toKmsError(SUBJECT, call, failure, rule).retryable)).toEqual([false, true, true, true])
  })

  test("has the caller's own failure as its cause, and no other", () => {
    const cause = new Error('vault sealed')
    const failure: MappedError = { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect' }
    expect(toKmsError(SUBJECT, call, failure, 'backoff', new CredentialsFailure(cause)).cause).toBe(cause)
    expect('cause' in toKmsError(SUBJECT, call, failure, 'backoff', cause)).toBe(false)
  })
})

describe('a call that was ended', () => {
  const ended = (end: Call['end'], requests = 1) => {
    const call = new Call('sign', undefined, 1_000)
    call.requests = requests
    call.lastError = 'the last error'
    call.end = end
    return endOfCall(SUBJECT, call)
  }

  test("by the caller rejects with the caller's reason, whatever it is", () => {
    expect(ended({ by: 'caller', reason: undefined })).toBeUndefined()
    expect(ended({ by: 'caller', reason: 'bye' })).toBe('bye')
  })

  test('by closing is KMS_SIGNER_CLOSED', () => {
    expect(ended({ by: 'close' }, 3)).toMatchObject({
      code: 'KMS_SIGNER_CLOSED',
      operation: 'sign',
      attempts: 3,
      ...SUBJECT,
    })
  })

  test('by its deadline is KMS_TIMEOUT with the last error as its cause', () => {
    expect(ended({ by: 'deadline' })).toMatchObject({ code: 'KMS_TIMEOUT', attempts: 1, ...SUBJECT })
    expect(ended({ by: 'deadline' })).toHaveProperty('cause', 'the last error')
  })

  test('before a request could be sent says so', () => {
    const detail = 'the time was up before a request could be sent'
    expect(String(ended({ by: 'deadline' }, 0))).toContain(detail)
    expect(String(ended({ by: 'deadline' }, 1))).not.toContain(detail)
  })
})

describe('a failure that is remembered', () => {
  test('is told again in the terms of the call that meets it', () => {
    const cause = new Error('below')
    const first = createKmsError('KMS_PERMISSION_DENIED', {
      ...SUBJECT,
      operation: 'sign',
      attempts: 5,
      httpStatus: 403,
      cause,
    })
    const again = restate(first, new Call('getPublicKey', undefined, 1_000))
    expect(again).toMatchObject({
      code: 'KMS_PERMISSION_DENIED',
      operation: 'getPublicKey',
      attempts: 0,
      httpStatus: 403,
      fault: 'caller',
      ...SUBJECT,
    })
    expect(again.cause).toBe(cause)
    expect(again).not.toBe(first)
  })
})
