import type { AlgorithmFor, KeySpec, Signer, SigningAlgorithm } from '@kmsign/core'
import { type Emulator, startEmulator } from '@kmsign/emulator'
import { afterAll, afterEach } from 'vitest'
import { type AwsSignerOptions, createAwsSigner } from '../src/index.ts'

// The SDK's chain must not look for an instance's metadata service, nor read anyone's profile.
process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
process.env['AWS_CONFIG_FILE'] = '/dev/null'
process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null'
for (const name of ['AWS_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL']) {
  delete process.env[name]
}

/** Names of AWS for our key specs. */
export const WIRE_SPECS = {
  RSA_2048: 'RSA_2048',
  RSA_3072: 'RSA_3072',
  RSA_4096: 'RSA_4096',
  EC_P256: 'ECC_NIST_P256',
  EC_P384: 'ECC_NIST_P384',
  EC_P521: 'ECC_NIST_P521',
  EC_P256K: 'ECC_SECG_P256K1',
  EC_SM2: 'SM2',
  ED25519: 'ECC_NIST_EDWARDS25519',
  ML_DSA_44: 'ML_DSA_44',
  ML_DSA_65: 'ML_DSA_65',
  ML_DSA_87: 'ML_DSA_87',
} as const satisfies Record<KeySpec, string>

type MoreOptions = Partial<AwsSignerOptions> & { readonly keySpec?: KeySpec }

export interface Bench {
  readonly emulator: Emulator
  /** Options that reach the emulator with the right credentials. */
  readonly reach: Pick<AwsSignerOptions & { client?: undefined }, 'baseUrl' | 'credentials' | 'region'>
  key(keySpec?: KeySpec, more?: { readonly keyUsage?: string; readonly alias?: string }): Promise<string>
  signer<A extends SigningAlgorithm>(algorithm: A, keyId: string, more?: MoreOptions): Signer<A>
  /** What was asked of the emulator since the last test, by operation. */
  asked(operation?: string): number
}

/** An emulator for one file of tests; signers are closed and faults cleared after each test. */
export async function openBench(options: Parameters<typeof startEmulator>[0] = {}): Promise<Bench> {
  const emulator = await startEmulator(options)
  const signers: Signer[] = []
  let seen = 0
  const reach = { baseUrl: emulator.url, region: emulator.aws.region, credentials: emulator.aws.credentials }
  afterEach(async () => {
    emulator.faults.clear()
    await Promise.all(signers.splice(0).map((signer) => signer.close({ timeoutMs: 100 })))
    seen = emulator.requests.length
  })
  afterAll(() => emulator.close())
  return {
    emulator,
    reach,
    key: async (keySpec = 'EC_P256', more = {}) =>
      (await emulator.aws.createKey({ keySpec: WIRE_SPECS[keySpec], ...more })).keyId,
    signer(algorithm, keyId, more = {}) {
      // A partial of a union is no member of it; the options are checked when they are parsed.
      const all = { ...(more.client === undefined ? reach : {}), ...more, keyId, algorithm } as AwsSignerOptions & {
        algorithm: AlgorithmFor<KeySpec>
      }
      const signer = createAwsSigner(all)
      signers.push(signer)
      return signer as Signer<typeof algorithm>
    },
    asked: (operation) =>
      emulator.requests.slice(seen).filter((request) => operation === undefined || request.operation === operation)
        .length,
  }
}
