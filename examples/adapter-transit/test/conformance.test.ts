import { everyAlgorithmOf, FAULT_KINDS, runConformance, type Subject } from '@kmsign/conformance'
import { afterAll, describe, it } from 'vitest'
import { createTransitSigner, type TransitAlgorithm } from '../src/index.ts'
import { keyOf } from './keys.ts'
import { startTransitServer } from './server.ts'

const WRONG = 'hvs.CAESIJ-canary-of-a-wrong-token-09ce'

const subject: Subject<TransitAlgorithm> = {
  declaration: {
    provider: 'transit',
    algorithms: everyAlgorithmOf('EC_P256', 'EC_P384', 'EC_P521', 'ED25519', 'RSA_2048', 'RSA_3072', 'RSA_4096'),
    ...{ digest: true, messageBytes: [0, 1_048_576], remoteVerify: true, publicKey: true, rotation: true },
    // Keys cannot be disabled, and a token says nothing of the time.
    ...{ disable: false, clock: false, requests: true, faults: FAULT_KINDS },
  },
  async start({ keySpec }) {
    const { url, token, engine, fault, operations, close } = await startTransitServer()
    for (const slot of [0, 1]) engine.addKey(`key-${slot}`, ...(await keyOf(keySpec, slot)))
    const choices: Readonly<Record<string, unknown>> = { right: { token }, wrong: { token: WRONG } }
    return {
      signer(key, { credentials = 'right', ...options }) {
        const chosen = (choices[String(credentials)] ?? credentials) as never
        return createTransitSigner({ ...options, keyName: `key-${key}`, baseUrl: url, credentials: chosen })
      },
      publicKey: async (key, version) => engine.publicKey(`key-${key}`, version),
      secrets: [token, WRONG],
      fault,
      requests: () => operations,
      rotate: (key) => engine.rotate(`key-${key}`),
      close,
    }
  },
}

runConformance({ describe, it, afterAll }, subject)
