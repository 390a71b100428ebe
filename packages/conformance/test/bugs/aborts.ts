import { once } from 'node:events'
import { deaf, type SeededBug } from './bug.ts'

const all = new Set<AbortController>()

/** Bugs with the signal of the caller. */
export const ABORT_BUGS: readonly SeededBug[] = [
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
    mayHang: true,
    signer: (signer) => ({
      sign: async (message, options) => {
        options?.signal?.throwIfAborted()
        return signer.sign(message, deaf(options))
      },
    }),
  },
  {
    bug: 'waits for the end of a call without sending anything',
    group: 'aborts',
    caughtBy: 'during a request: rejects with the reason as it is (nothing)',
    driver: () => ({
      async signPayload(_request, { signal }) {
        await once(signal, 'abort')
        throw new Error('ended')
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
]
