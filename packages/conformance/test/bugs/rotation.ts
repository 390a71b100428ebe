import { MODEST, type SeededBug } from './bug.ts'

/** Bugs with the versions of a key. */
export const ROTATION_BUGS: readonly SeededBug[] = [
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
