import { isKmsError, type Signer } from '@kmsign/core'
import { createKmsError } from '@kmsign/core/driver'
import { MODEST, type SeededBug } from './bug.ts'

/** Options of a call without its signal. */
const deaf = <O extends { readonly signal?: AbortSignal }>({ signal: _ignored, ...options }: O = {} as O) => options

const all = new Set<AbortController>()
const open = new Set<Signer>()

/** Bugs in time, number, order and version. */
export const BEHAVIOUR_BUGS: readonly SeededBug[] = [
  {
    bug: 'ignores the signal',
    group: 'aborts',
    caughtBy: 'already costs no request',
    signer: (signer) => ({ sign: (message, options) => signer.sign(message, deaf(options)) }),
  },
  {
    bug: 'ignores the signal once a request is out',
    group: 'aborts',
    caughtBy: 'during a request: rejects with the reason as it is (an error)',
    signer: (signer) => ({
      sign: async (message, options) => {
        options?.signal?.throwIfAborted()
        return signer.sign(message, deaf(options))
      },
    }),
  },
  {
    bug: 'wraps the reason of an abort',
    group: 'aborts',
    caughtBy: 'during a request: rejects with the reason as it is (a text)',
    signer: (signer) => ({
      sign: (message, options) =>
        signer.sign(message, options).catch((error: unknown) => {
          throw options?.signal?.aborted ? new DOMException('aborted', 'AbortError') : error
        }),
    }),
  },
  {
    bug: 'goes on behind the back of a caller who left',
    group: 'aborts',
    caughtBy: 'nothing more is sent',
    signer: (signer) => ({
      sign: (message, options) => {
        const left = new Promise<never>((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))
        })
        return Promise.race([signer.sign(message, deaf(options)), left])
      },
    }),
  },
  {
    bug: 'leaves a listener on the signal',
    group: 'aborts',
    caughtBy: 'nobody listens any more',
    signer: (signer) => ({
      sign: async (message, options) => {
        options?.signal?.addEventListener('abort', () => {})
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: "ends everybody's calls with one signal",
    group: 'aborts',
    caughtBy: 'its own caller only',
    signer: (signer) => ({
      sign: async (message, options) => {
        const own = new AbortController()
        all.add(own)
        const end = () => {
          for (const one of all) one.abort(options?.signal?.reason)
        }
        options?.signal?.addEventListener('abort', end)
        return signer.sign(message, { ...options, signal: own.signal }).finally(() => all.delete(own))
      },
    }),
  },
  {
    bug: 'leaves a source open when its reader gives up',
    group: 'aborts',
    caughtBy: 'while a source is being read',
    signer: (signer) => ({
      async signStream(source, options) {
        options?.signal?.throwIfAborted()
        const left = new Promise<never>((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))
        })
        return Promise.race([signer.signStream(source, deaf(options)), left])
      },
    }),
  },
  {
    bug: 'ignores the timeout of the call',
    group: 'timeouts',
    caughtBy: 'an option of the call',
    signer: (signer) => ({
      sign: (message, { timeoutMs: _ignored, ...options } = {}) => signer.sign(message, options),
    }),
  },
  {
    bug: 'ignores the timeout of the signer',
    group: 'timeouts',
    caughtBy: 'the whole call ends in time',
    options: ({ timeoutMs: _ignored, ...change }) => change,
  },
  {
    bug: 'ignores the timeout of an attempt',
    group: 'timeouts',
    caughtBy: 'an attempt ends in time',
    options: ({ attemptTimeoutMs: _ignored, ...change }) => change,
  },
  {
    bug: 'repeats beyond the time of the call',
    group: 'timeouts',
    caughtBy: 'repeats do not go beyond',
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
  {
    bug: 'retries for ever',
    group: 'economy',
    caughtBy: 'with maxAttempts 2',
    signer: (signer) => ({
      async sign(message, options) {
        for (let round = 0; ; round += 1) {
          const outcome = await signer.sign(message, options).catch((error: unknown) => error)
          if (!isKmsError(outcome)) return outcome as never
          if (!outcome.retryable || round > 20) throw outcome
        }
      },
    }),
  },
  {
    bug: 'never retries',
    group: 'economy',
    caughtBy: 'throttling is repeated',
    options: (change) => ({ ...change, maxAttempts: 1 }),
  },
  {
    bug: 'has a retry budget for each call',
    group: 'economy',
    caughtBy: 'not amplified',
    signer: (_signer, { sound }) => ({
      sign: (message, options) => retrying(sound(0, { maxAttempts: 1 }), message, options),
    }),
  },
  {
    bug: 'fetches the public key for every signature',
    group: 'economy',
    caughtBy: 'every other one',
    signer: (signer) => ({
      sign: async (message, options) => {
        await signer.getPublicKey({ refresh: true })
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: 'connects when it is made',
    group: 'economy',
    caughtBy: 'making a signer',
    signer(signer) {
      signer.getPublicKey().catch(() => {})
      return {}
    },
  },
  {
    bug: 'fetches the public key although nothing is to be checked',
    group: 'economy',
    caughtBy: 'integrity off',
    options: (change) => ({ ...change, integrity: 'auto' }),
  },
  {
    bug: 'fetches a pinned key',
    group: 'economy',
    caughtBy: 'a pinned public key',
    options: ({ publicKey: _ignored, ...change }) => change,
  },
  {
    bug: 'fetches the public key once for each waiting call',
    group: 'economy',
    caughtBy: 'first signatures at once',
    signer: (_signer, { sound }) => ({ sign: (message, options) => sound().sign(message, options) }),
  },
  {
    bug: 'is not frozen',
    group: 'life cycle',
    caughtBy: 'is frozen',
    frozen: false,
    signer: () => ({}),
  },
  {
    bug: 'has methods that need their object',
    group: 'life cycle',
    caughtBy: 'is frozen',
    signer: (signer) => ({
      sign(this: Signer | undefined, message, options) {
        if (this === undefined) throw new TypeError('no this')
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: 'cannot close twice',
    group: 'life cycle',
    caughtBy: 'closes as often',
    signer(signer) {
      let closed = false
      return {
        async close(options) {
          if (closed) throw createKmsError('KMS_SIGNER_CLOSED', { operation: 'close' })
          closed = true
          return signer.close(options)
        },
      }
    },
  },
  {
    bug: 'works after close',
    group: 'life cycle',
    caughtBy: 'refuses every call after close',
    signer: (_signer, { sound }) => ({ sign: (message, options) => sound().sign(message, options) }),
  },
  {
    bug: 'does not wait for running calls when it closes',
    group: 'life cycle',
    caughtBy: 'lets running calls finish',
    signer: (signer) => ({ close: () => signer.close({ timeoutMs: 1 }) }),
  },
  {
    bug: 'waits for running calls as long as they like',
    group: 'life cycle',
    caughtBy: 'ends running calls',
    signer: (signer) => ({ close: () => signer.close({ timeoutMs: 60_000 }) }),
  },
  {
    bug: 'closes all signers of a key with one',
    group: 'life cycle',
    caughtBy: 'do not know each other',
    signer(signer) {
      open.add(signer)
      return {
        async close(options) {
          await Promise.all([...open].map((one) => one.close(options)))
        },
      }
    },
  },
  {
    bug: 'mixes up calls that run at once',
    group: 'life cycle',
    caughtBy: 'serves many calls at once',
    signer(signer) {
      let current = new Uint8Array(0)
      return {
        async sign(message, options) {
          current = new Uint8Array(message)
          await Promise.resolve()
          return signer.sign(current, options)
        },
      }
    },
  },
  {
    bug: 'loses its label',
    group: 'life cycle',
    caughtBy: 'says what it is',
    options: ({ name: _ignored, ...change }) => change,
  },
  {
    bug: 'drops the version of the key',
    group: 'rotation',
    caughtBy: 'the new version signs',
    driver: (driver) => ({
      async signPayload(request, attempt) {
        const { keyVersion: _ignored, ...answer } = await driver.signPayload(request, attempt)
        return answer
      },
    }),
  },
  {
    bug: 'keeps the newest public key under every version',
    group: 'rotation',
    caughtBy: 'public keys are kept by their version',
    driver: (driver) => ({
      async fetchPublicKey({ keyVersion }, attempt) {
        const answer = await driver.fetchPublicKey?.({}, attempt)
        return { spki: answer?.spki ?? '', ...(keyVersion && { keyVersion }) }
      },
    }),
  },
  {
    bug: 'ignores the version that is asked for',
    group: 'rotation',
    caughtBy: 'keyVersion accepts',
    signer: (signer) => ({
      sign: (message, { keyVersion: _ignored, ...options } = {}) => signer.sign(message, options),
    }),
  },
  {
    bug: 'verifies with whatever version fits',
    group: 'rotation',
    caughtBy: 'bare bytes are verified',
    signer: (signer) => ({
      async verify(message, signature, options) {
        for (const keyVersion of ['1', '2']) {
          if (await signer.verify(message, signature, { ...options, keyVersion })) return true
        }
        return false
      },
    }),
  },
  {
    bug: 'fetches the public key again after a rotation for every signature',
    group: 'rotation',
    caughtBy: 'costs one request more',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        if (result.keyVersion !== '1') await signer.getPublicKey({ refresh: true })
        return result
      },
    }),
  },
  {
    bug: 'makes up a version where keys have none',
    group: 'rotation',
    caughtBy: 'no version is reported',
    variation: MODEST,
    signer: (signer) => ({
      sign: async (message, options) => Object.freeze({ ...(await signer.sign(message, options)), keyVersion: '1' }),
    }),
  },
]

async function retrying(signer: Signer, ...[message, options]: Parameters<Signer['sign']>) {
  for (let round = 1; ; round += 1) {
    try {
      return await signer.sign(message, options)
    } catch (error) {
      if (round === 3) throw error
    }
  }
}
