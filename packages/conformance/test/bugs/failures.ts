import { channel } from 'node:diagnostics_channel'
import { isKmsError, type Signer } from '@kmsign/core'
import { createKmsError } from '@kmsign/core/driver'
import { type Failure, RIGHT, WRONG } from '../reference/backend.ts'
import { refusingSlowly, type SeededBug } from './bug.ts'

const mappedOf = (error: unknown) => (error as Failure).mapped

/** The signer with every error of `sign` changed. */
function rethrowing(signer: Signer, change: (error: unknown, message: Uint8Array) => unknown): Partial<Signer> {
  return {
    sign: async (message, options) =>
      signer.sign(message, options).catch((error: unknown) => {
        throw change(error, message)
      }),
  }
}

/** Bugs that show when something fails. */
export const FAILURE_BUGS: readonly SeededBug[] = [
  {
    bug: 'takes throttling for something unknown',
    group: 'errors',
    caughtBy: 'throttled: KMS_THROTTLED',
    driver: (driver) => ({
      mapError(error) {
        const mapped = driver.mapError(error)
        return mapped.code === 'KMS_THROTTLED' ? { ...mapped, code: 'KMS_UNKNOWN' } : mapped
      },
    }),
  },
  {
    bug: 'swallows throttling and returns the last signature',
    group: 'errors',
    caughtBy: 'throttled: KMS_THROTTLED',
    driver: (driver) => ({
      signPayload: (request, attempt) =>
        driver.signPayload(request, attempt).catch((error: unknown) => {
          if (mappedOf(error)?.code !== 'KMS_THROTTLED') throw error
          return { signature: new Uint8Array(Buffer.from('3006020101020101', 'hex')) }
        }),
    }),
  },
  {
    bug: 'throws errors without a code',
    group: 'errors',
    caughtBy: 'an unknown key',
    signer: (signer) => rethrowing(signer, (error) => new Error((error as Error).message)),
  },
  {
    bug: 'forgets the key in its errors',
    group: 'errors',
    caughtBy: 'an unknown key',
    signer: (signer) =>
      rethrowing(signer, (error) =>
        isKmsError(error) ? createKmsError(error.code, { ...error, keyId: undefined }) : error,
      ),
  },
  {
    bug: 'calls an outage final',
    group: 'errors',
    caughtBy: 'unavailable: KMS_UNAVAILABLE',
    driver: (driver) => ({ mapError: (error) => ({ ...driver.mapError(error), retry: 'never' }) }),
  },
  {
    bug: 'calls a missing permission passing',
    group: 'economy',
    caughtBy: 'denied is not repeated',
    driver: (driver) => ({ mapError: (error) => ({ ...driver.mapError(error), retry: 'backoff' }) }),
  },
  {
    bug: 'does not hear the time of the server',
    group: 'errors',
    caughtBy: 'clock is corrected once',
    driver: (driver) => ({
      mapError(error) {
        const { serverDate: _ignored, ...mapped } = driver.mapError(error)
        return mapped
      },
    }),
  },
  {
    bug: 'takes options that do not exist',
    group: 'errors',
    caughtBy: 'wrong options',
    options(change) {
      const known = Object.entries(change).filter(([name]) => ['algorithm', 'credentials', 'name'].includes(name))
      return Object.fromEntries(known)
    },
  },
  {
    bug: 'hides why credentials could not be had',
    group: 'errors',
    caughtBy: 'credentials that cannot be had',
    options: (change) =>
      typeof change.credentials === 'function'
        ? { ...change, credentials: () => Promise.reject(new Error('no credentials')) }
        : change,
  },
  {
    bug: 'accepts a signature by another key than the pinned one',
    group: 'errors',
    caughtBy: 'a pinned key that is not the one',
    options: ({ publicKey: _ignored, ...change }) => change,
  },
  {
    bug: 'fails in another operation under the name of sign',
    group: 'errors',
    caughtBy: 'getPublicKey meets unavailable',
    signer: (signer) => ({
      getPublicKey: (options) =>
        signer.getPublicKey(options).catch((error: unknown) => {
          throw isKmsError(error) ? createKmsError(error.code, { ...error, operation: 'sign' }) : error
        }),
    }),
  },
  {
    bug: 'repeats the secret in the words of the provider',
    group: 'confidentiality',
    caughtBy: 'a wrong secret',
    driver: (driver) => ({
      mapError: (error) => ({ ...driver.mapError(error), providerMessage: `secret ${WRONG.secret} does not match` }),
    }),
  },
  {
    bug: 'repeats the secret in the words of a slow provider',
    group: 'confidentiality',
    caughtBy: 'a wrong secret',
    driver: (driver) => ({
      ...refusingSlowly(driver),
      mapError: (error) => ({ ...driver.mapError(error), providerMessage: `secret ${WRONG.secret} does not match` }),
    }),
  },
  {
    bug: 'hides every refusal behind a timeout',
    group: 'confidentiality',
    caughtBy: 'an error after denied',
    driver: (driver) => ({ mapError: (error) => ({ ...driver.mapError(error), code: 'KMS_TIMEOUT' }) }),
  },
  {
    bug: 'keeps the secret in the cause',
    group: 'confidentiality',
    caughtBy: 'an error after unavailable',
    signer: (signer) =>
      rethrowing(signer, (error) => {
        const cause = Object.assign(new Error('request failed'), { request: { headers: { key: RIGHT.secret } } })
        return isKmsError(error) ? createKmsError(error.code, { ...error, cause }) : error
      }),
  },
  {
    bug: 'keeps the secret where only inspect with hidden members looks',
    group: 'confidentiality',
    caughtBy: 'an error after denied',
    signer: (signer) =>
      rethrowing(signer, (error) => Object.defineProperty(error as Error, 'context', { value: { ...RIGHT } })),
  },
  {
    bug: 'keeps the message on the error, as base64',
    group: 'confidentiality',
    caughtBy: 'an error after internal',
    signer: (signer) =>
      rethrowing(signer, (error, message) =>
        Object.assign(error as Error, { body: Buffer.from(message).toString('base64') }),
      ),
  },
  {
    bug: 'keeps the message on the error, as bytes',
    group: 'confidentiality',
    caughtBy: 'an error after reset',
    signer: (signer) =>
      rethrowing(signer, (error, message) => Object.assign(error as Error, { payload: [...message] })),
  },
  {
    bug: 'writes a whole answer into its errors',
    group: 'confidentiality',
    caughtBy: 'an error after page',
    signer: (signer) =>
      rethrowing(signer, (error) =>
        Object.assign(error as Error, { answer: Array.from({ length: 500 }, () => '<p>sorry</p>') }),
      ),
  },
  {
    bug: 'keeps the Authorization header on the error',
    group: 'confidentiality',
    caughtBy: 'an error after throttled',
    signer: (signer) =>
      rethrowing(signer, (error) =>
        Object.assign(error as Error, { headers: { authorization: 'HMAC-SHA256 Credential=AK/20260101/kms' } }),
      ),
  },
  {
    bug: 'publishes the credentials with an event',
    group: 'confidentiality',
    caughtBy: 'events of success and failure',
    signer: (signer) => ({
      sign: async (message, options) => {
        channel('kmsign:attempt').publish({ signer: signer.name, attempt: 1, credentials: RIGHT })
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: 'repeats the value of a wrong option',
    group: 'confidentiality',
    caughtBy: 'a refused option',
    options(change) {
      const { timeoutMs } = change as { timeoutMs?: unknown }
      if (typeof timeoutMs !== 'string') return change
      const issues = [{ path: 'timeoutMs', message: `is ${timeoutMs}` }]
      throw createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
    },
  },
  {
    bug: 'repeats credentials of the wrong kind',
    group: 'confidentiality',
    caughtBy: 'a refused option',
    options(change) {
      const { credentials } = change as { credentials?: unknown }
      if (typeof credentials !== 'string' || credentials === 'right' || credentials === 'wrong') return change
      const issues = [{ path: 'credentials', message: `is ${credentials}` }]
      throw createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues })
    },
  },
  {
    bug: 'repeats a wrong argument',
    group: 'confidentiality',
    caughtBy: 'a wrong argument',
    signer: (signer) => ({
      sign: async (message, options) => {
        if (typeof message === 'string') throw new TypeError(`${String(message)} is not bytes`)
        return signer.sign(message, options)
      },
    }),
  },
]
