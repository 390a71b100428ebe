import { emulatorSubject, everyAlgorithmOf, runConformance } from '@kmsign/conformance'
import { startEmulator } from '@kmsign/emulator'
import { afterAll, describe, it } from 'vitest'
import { createVolcengineSigner, type VolcengineKeySpec } from '../src/index.ts'

const credentials = {
  accessKeyId: 'AKLTcanary',
  secretAccessKey: 'canary-secret-c81f',
  sessionToken: 'canary-token-77d0',
}
/** Of the run: see tooling/profile-seed.ts. */
const seed = Number(process.env['KMSIGN_PROFILE_SEED'])
/** SM2 of the bare message is found out too, but with a second request, which the kit would count. */
const settings = { credentials, sm2Raw: 'za' }
const adapter = emulatorSubject({
  provider: 'volcengine',
  algorithms: [
    ...everyAlgorithmOf('EC_P256', 'EC_P256K', 'EC_P384', 'EC_P521', 'EC_SM2', 'RSA_2048'),
    // Large RSA keys are slow: one of either padding.
    { algorithm: 'RSA_PSS_SHA_384', keySpec: 'RSA_3072' },
    { algorithm: 'RSA_PKCS1_SHA_512', keySpec: 'RSA_4096' },
  ],
  digest: true,
  messageBytes: [1, 4096],
  remoteVerify: true,
  publicKey: true,
  start: (options) => startEmulator({ ...options, profile: 'random', seed, volcengine: settings }),
  credentials: () => credentials,
  createKey: async ({ volcengine }, { keySpec }) =>
    (await volcengine.createKey({ keySpec: keySpec as VolcengineKeySpec })).keyId,
  disable: ({ volcengine }, keyId) => volcengine.setKeyState(keyId, 'Disable'),
  signer: ({ url }, keyId, options) => createVolcengineSigner({ ...options, keyId, baseUrl: url }),
})
describe(`with profile ${seed}`, () => runConformance({ describe, it, afterAll }, adapter))
