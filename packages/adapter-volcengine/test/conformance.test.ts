import { emulatorSubject, everyAlgorithmOf, runConformance } from '@kmsign/conformance'
import { startEmulator } from '@kmsign/emulator'
import { afterAll, describe, it } from 'vitest'
import { createVolcengineSigner, type VolcengineKeySpec } from '../src/index.ts'

const credentials = {
  accessKeyId: 'AKLTcanary',
  secretAccessKey: 'canary-secret-c81f',
  sessionToken: 'canary-token-77d0',
}
const adapter = emulatorSubject({
  provider: 'volcengine',
  algorithms: everyAlgorithmOf('EC_P256', 'EC_P256K', 'EC_P384', 'EC_P521', 'EC_SM2', 'RSA_2048'),
  digest: true,
  messageBytes: [1, 4096],
  remoteVerify: true,
  publicKey: true,
  start: (options) => startEmulator({ ...options, volcengine: { credentials } }),
  credentials: () => credentials,
  createKey: async ({ volcengine }, { keySpec }) =>
    (await volcengine.createKey({ keySpec: keySpec as VolcengineKeySpec })).keyId,
  disable: ({ volcengine }, keyId) => volcengine.setKeyState(keyId, 'Disable'),
  signer: ({ url }, keyId, options) => createVolcengineSigner({ ...options, keyId, baseUrl: url }),
})
runConformance({ describe, it, afterAll }, adapter)
