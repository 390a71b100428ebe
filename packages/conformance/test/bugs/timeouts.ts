import { isKmsError } from '@kmsign/core'
import { createKmsError } from '@kmsign/core/driver'
import type { Failure } from '../reference/backend.ts'
import type { SeededBug } from './bug.ts'

/** Bugs with the time of a call and of an attempt. */
export const TIMEOUT_BUGS: readonly SeededBug[] = [
  {
    bug: 'ignores the timeout of the call',
    group: 'timeouts',
    caughtBy: 'an option of the call',
    mayHang: true,
    signer: (signer) => ({
      sign: (message, { timeoutMs: _ignored, ...options } = {}) => signer.sign(message, options),
    }),
  },
  {
    bug: 'ignores the timeout of the signer',
    group: 'timeouts',
    caughtBy: 'the whole call ends in time',
    mayHang: true,
    options: ({ timeoutMs: _ignored, ...change }) => change,
  },
  {
    bug: 'ignores the timeout of an attempt',
    group: 'timeouts',
    caughtBy: 'an attempt ends in time',
    // Longer than the test allows, shorter than a default.
    options: (change) => ({ ...change, attemptTimeoutMs: 2_500 }),
  },
  {
    bug: 'gives an attempt up by a timer of its own, whatever `timeoutMs` says',
    group: 'timeouts',
    caughtBy: 'slow but in time',
    driver: (driver) => ({
      signPayload(request, attempt) {
        const tooLate = new Promise<never>((_resolve, reject) => {
          const failure: Failure = { mapped: { code: 'KMS_TIMEOUT', phase: 'request' } }
          setTimeout(() => reject(failure), 150).unref()
        })
        return Promise.race([driver.signPayload(request, attempt), tooLate])
      },
    }),
  },
  {
    bug: 'repeats beyond the time of the call',
    group: 'timeouts',
    caughtBy: 'repeats do not go beyond',
    mayHang: true,
    signer: (signer) => ({
      async sign(message, options) {
        for (;;) {
          const outcome = await signer.sign(message, options).catch((error: unknown) => error)
          if (!isKmsError(outcome)) return outcome as never
        }
      },
    }),
  },
  {
    bug: 'counts the reading of a source',
    group: 'timeouts',
    caughtBy: 'reading a source',
    signer: (signer, { change: { timeoutMs = 20_000 } }) => ({
      signStream: (source, options) => {
        const tooLate = new Promise<never>((_resolve, reject) => {
          setTimeout(() => reject(createKmsError('KMS_TIMEOUT', { operation: 'sign' })), timeoutMs).unref()
        })
        return Promise.race([signer.signStream(source, options), tooLate])
      },
    }),
  },
]
