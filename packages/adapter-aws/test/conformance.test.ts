import { emulatorSubject, everyAlgorithmOf, runConformance } from '@kmsign/conformance'
import { startEmulator } from '@kmsign/emulator'
import { afterAll, describe, it } from 'vitest'
import { createAwsSigner } from '../src/index.ts'

const credentials = {
  accessKeyId: 'AKIACANARY',
  secretAccessKey: 'canary-secret-41ab',
  sessionToken: 'canary-token-9e02',
}
/** Of the run: see tooling/profile-seed.ts. */
const seed = Number(process.env['KMSIGN_PROFILE_SEED'])
const curves = ['EC_P256K', 'EC_P384', 'EC_P521', 'EC_SM2', 'ED25519'] as const
const lattices = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const
const names: Record<string, string> = { EC_P256K: 'ECC_SECG_P256K1', EC_SM2: 'SM2', ED25519: 'ECC_NIST_EDWARDS25519' }
const adapter = emulatorSubject({
  provider: 'aws',
  algorithms: [
    ...everyAlgorithmOf('EC_P256', ...curves, ...lattices, 'RSA_2048'),
    // Large RSA keys are slow: one of either padding here, all of them in pairs.test.ts.
    { algorithm: 'RSA_PSS_SHA_384', keySpec: 'RSA_3072' },
    { algorithm: 'RSA_PKCS1_SHA_512', keySpec: 'RSA_4096' },
  ],
  digest: true,
  messageBytes: [1, 4096],
  remoteVerify: true,
  publicKey: true,
  start: (options) => startEmulator({ ...options, profile: 'random', seed, aws: { credentials } }),
  credentials: () => credentials,
  createKey: async ({ aws }, { keySpec: spec }) =>
    (await aws.createKey({ keySpec: names[spec] ?? spec.replace('EC_P', 'ECC_NIST_P') })).keyId,
  disable: ({ aws }, keyId) => aws.setKeyState(keyId, 'Disabled'),
  signer: ({ url, aws }, keyId, options) => createAwsSigner({ ...options, keyId, baseUrl: url, region: aws.region }),
})
describe(`with profile ${seed}`, () => runConformance({ describe, it, afterAll }, adapter))
