import { emulatorSubject, runConformance } from '@kmsign/conformance'
import { startEmulator } from '@kmsign/emulator'
import { afterAll, describe, it } from 'vitest'
import { createNcpSigner } from '../src/index.ts'

/** Of the run: see tooling/profile-seed.ts. */
const seed = Number(process.env['KMSIGN_PROFILE_SEED'])
/** What a client has to be told, and what the declaration below says. */
const told = { emptyMessage: 'sign', messageLimit: 'decoded' }
const adapter = emulatorSubject({
  provider: 'ncp',
  algorithms: [
    { algorithm: 'ECDSA_SHA_256', keySpec: 'EC_P256' },
    { algorithm: 'RSA_PSS_SHA_256', keySpec: 'RSA_2048' },
    { algorithm: 'RSA_PKCS1_SHA_256', keySpec: 'RSA_2048' },
  ],
  keyPerAlgorithm: true,
  digest: false,
  messageBytes: [0, 8192],
  remoteVerify: true,
  publicKey: true,
  start: (options) => startEmulator({ ...options, profile: 'random', seed, ncp: told }),
  credentials: ({ ncp }) => ({ accessKey: ncp.credentials.accessKey, secretKey: ncp.credentials.secretKey }),
  createKey: async ({ ncp }, { keySpec, algorithm }) => {
    const padding = algorithm === 'RSA_PKCS1_SHA_256' ? 'pkcs1' : 'pss'
    return (await ncp.createKey({ keyType: keySpec === 'EC_P256' ? 'ECDSA' : 'RSA2048', padding })).keyTag
  },
  disable: ({ ncp }, keyTag) => ncp.setKeyStatus(keyTag, 'DISABLE'),
  rotate: ({ ncp }, keyTag) => String(ncp.rotateKey(keyTag)),
  signer: ({ url }, keyTag, options) => createNcpSigner({ ...options, keyTag, baseUrl: url }),
})
describe(`with profile ${seed}`, () => runConformance({ describe, it, afterAll }, adapter))
