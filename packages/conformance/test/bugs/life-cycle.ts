import type { Signer } from '@kmsign/core'
import { createKmsError } from '@kmsign/core/driver'
import type { SeededBug } from './bug.ts'

const open = new Set<Signer>()

/** Bugs between the making of a signer and its end. */
export const LIFE_CYCLE_BUGS: readonly SeededBug[] = [
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
    caughtBy: 'ends running calls that take longer than close may: sign',
    mayHang: true,
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
]
