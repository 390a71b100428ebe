import { randomUUID } from 'node:crypto'
import { isKmsError, type Signer } from '@kmsign/core'
import type { SeededBug } from './bug.ts'

/** Bugs in the number of requests. */
export const ECONOMY_BUGS: readonly SeededBug[] = [
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
    bug: 'has a random quota scope',
    group: 'economy',
    caughtBy: 'nor by many signers',
    driver: () => ({ quotaScope: `reference:${randomUUID()}` }),
  },
  {
    bug: 'has a quota scope that changes with the time',
    group: 'economy',
    caughtBy: 'nor by many signers',
    driver: ({ quotaScope }) => ({ quotaScope: `${quotaScope}:${process.hrtime.bigint()}` }),
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
