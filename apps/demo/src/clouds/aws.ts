import { type AwsKeySpec, createAwsSigner } from '@kmsign/adapter-aws'
import { type AlgorithmFor, isSigningAlgorithm, type SigningAlgorithm } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import {
  algorithmVariable,
  type Cloud,
  type EmulatedCloud,
  type Environment,
  type LiveAccount,
  optionalVariable,
  readVariables,
  type SignerSettings,
} from '../cloud.ts'
import { COMMON_KEYS } from '../common-keys.ts'

// The AWS SDK warns in the middle of our table that it will need a newer Node; the README of the adapter says so too.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const KEYS = [
  ...COMMON_KEYS,
  ['ED25519', 'ED25519'],
  ['ML_DSA_44', 'ML_DSA'],
  ['ML_DSA_65', 'ML_DSA'],
  ['ML_DSA_87', 'ML_DSA'],
] as const satisfies readonly (readonly [AwsKeySpec, AlgorithmFor<AwsKeySpec>])[]

/** AWS has its own names for key specs; only whoever makes keys needs them. The others are named alike. */
const AWS_NAMES: { readonly [K in AwsKeySpec]?: string } = {
  EC_P256: 'ECC_NIST_P256',
  EC_P256K: 'ECC_SECG_P256K1',
  EC_P384: 'ECC_NIST_P384',
  EC_P521: 'ECC_NIST_P521',
  EC_SM2: 'SM2',
  ED25519: 'ECC_NIST_EDWARDS25519',
}

export const aws: Cloud = {
  id: 'aws',
  title: 'AWS',
  remark: 'signs messages of up to 4 KB and digests, so any length; Ed25519: 4 KB',
  emulated,
  live,
}

function emulated(emulator: Emulator): EmulatedCloud {
  const { credentials, region } = emulator.aws
  const open = (keyId: string, algorithm: SigningAlgorithm, { secret, ...settings }: SignerSettings = {}) =>
    createAwsSigner({
      keyId,
      algorithm,
      region,
      baseUrl: emulator.url,
      credentials: { ...credentials, ...(secret !== undefined && { secretAccessKey: secret }) },
      ...settings,
    })
  const create = async (keySpec: AwsKeySpec) =>
    (await emulator.aws.createKey({ keySpec: AWS_NAMES[keySpec] ?? keySpec })).keyId
  return {
    id: aws.id,
    keys: KEYS.map(([keySpec, algorithm]) => ({
      keySpec,
      algorithm,
      create: async () => open(await create(keySpec), algorithm),
    })),
    createKey: () => create('EC_P256'),
    disableKey: (keyId) => emulator.aws.setKeyState(keyId, 'Disabled'),
    absentKeyId: '00000000-0000-4000-8000-000000000000',
    open: (keyId, settings) => open(keyId, 'ECDSA_SHA_256', settings),
    narrowest: async () => open(await create('ED25519'), 'ED25519'),
  }
}

/** Credentials and region come from the AWS SDK's own chain: variables, profiles, roles. */
function live(environment: Environment): LiveAccount {
  const found = readVariables(environment, ['KMSIGN_AWS_KEY_ID'])
  if ('missing' in found) return found
  const algorithm = algorithmVariable(environment, 'KMSIGN_AWS_ALGORITHM', isSigningAlgorithm)
  const { KMSIGN_AWS_KEY_ID: keyId } = found.values
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION']
  return {
    open: () =>
      createAwsSigner({
        keyId,
        algorithm,
        ...(region !== undefined && { region }),
        ...optionalVariable(environment, 'KMSIGN_AWS_BASE_URL', 'baseUrl'),
      }),
  }
}
