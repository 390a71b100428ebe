import { constants, sign } from 'node:crypto'
import { newest, RIGHT } from '../reference/backend.ts'
import { sha256 } from '../reference/signatures.ts'
import type { SeededBug } from './bug.ts'
import { backendSigner } from './wire.ts'

const otherOf = (key: unknown) => (key === 0 ? 1 : 0)

export const SIGNING_BUGS: readonly SeededBug[] = [
  {
    bug: 'uses the other key, for the public key too',
    group: 'signing',
    caughtBy: 'EC_P256: signs, judged',
    driver: (driver, { backend, key }) => backendSigner(driver, backend, otherOf(key)),
  },
  {
    bug: 'hands out the public key of the other key',
    group: 'signing',
    caughtBy: 'ECDSA_SHA_256 with EC_P256: hands out the public key',
    signer: (_signer, { sound, key }) => ({ getPublicKey: sound(otherOf(key)).getPublicKey }),
  },
  {
    bug: 'hashes a digest again',
    group: 'signing',
    caughtBy: 'signs and verifies digests',
    driver: (driver) => ({
      signPayload: (request, attempt) =>
        driver.signPayload(
          request.kind === 'digest' ? { ...request, payload: sha256(request.payload) } : request,
          attempt,
        ),
    }),
  },
  {
    bug: 'hashes the digest and says so to nobody',
    group: 'signing',
    caughtBy: 'signs and verifies digests',
    options: (change) => ({ ...change, integrity: 'off' }),
    signer: (signer) => ({ signDigest: (digest, options) => signer.signDigest(sha256(digest), options) }),
  },
  {
    bug: 'signs with another PSS salt than documented',
    group: 'signing',
    caughtBy: 'RSA_PSS_SHA_256 with RSA_2048: signs, judged',
    driver: (driver, { backend, key }) => ({
      async signPayload(request, attempt) {
        const answer = await driver.signPayload(request, attempt)
        if (!request.algorithm.startsWith('RSA_PSS') || key === 'unknown') return answer
        const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 }
        const signature = sign('sha256', request.payload, { key: newest(backend.keys[key]), ...padding })
        return { ...answer, signature: new Uint8Array(signature) }
      },
    }),
  },
  {
    bug: 'reports a PSS salt that it did not use',
    group: 'signing',
    caughtBy: 'RSA_PSS_SHA_256 with RSA_2048: signs, judged',
    signer: (signer) => ({
      sign: async (message, options) => Object.freeze({ ...(await signer.sign(message, options)), pssSaltLength: 222 }),
    }),
  },
  {
    bug: 'verifies with the wrong key',
    group: 'signing',
    caughtBy: 'verifies its own signatures and no others',
    signer: (_signer, { sound, key }) => ({ verify: sound(otherOf(key)).verify }),
  },
  {
    bug: 'says yes to every signature',
    group: 'signing',
    caughtBy: 'verifies its own signatures and no others',
    signer: () => ({ verify: async () => true }),
  },
  {
    bug: 'takes any answer of the provider for a yes',
    group: 'signing',
    caughtBy: 'the provider verifies too',
    driver: (driver) => ({
      verifyPayload: async (request, attempt) => {
        await driver.verifyPayload?.(request, attempt)
        return true
      },
    }),
  },
  {
    bug: 'signs the first chunk of a stream only',
    group: 'signing',
    caughtBy: 'signs a stream',
    signer: (signer) => ({
      async signStream(source, options) {
        for await (const chunk of source as AsyncIterable<Uint8Array>) return signer.sign(chunk, options)
        return signer.sign(new Uint8Array(0), options)
      },
    }),
  },
  {
    bug: 'hashes where the provider has no digest mode',
    group: 'signing',
    caughtBy: 'refuses digests',
    variation: { ...{ digest: false } },
    signer: (signer) => ({ signDigest: (digest, options) => signer.sign(digest, options) }),
  },
  {
    bug: 'calls a signature verified that nobody checked',
    group: 'errors',
    caughtBy: 'swapped-signature',
    options: (change) => ({ ...change, integrity: 'off' }),
    signer: (signer) => ({
      sign: async (message, options) => Object.freeze({ ...(await signer.sign(message, options)), verified: true }),
    }),
  },
  {
    bug: 'has one key for both harness keys',
    group: 'declaration',
    caughtBy: 'two different keys',
    harness: (harness) => ({ publicKey: (_key, version) => harness.publicKey(0, version) }),
  },
  {
    bug: 'sends the secret along as the key id',
    group: 'confidentiality',
    caughtBy: 'signer and result',
    signer: (signer) => ({ sign: async (...args) => ({ ...(await signer.sign(...args)), keyId: RIGHT.secret }) }),
  },
]
