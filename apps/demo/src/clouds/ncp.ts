import {
  createNcpSigner,
  isNcpAlgorithm,
  type NcpAlgorithm,
  type NcpKeySpec,
  type NcpSignerOptions,
} from '@kmsign/adapter-ncp'
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

/** NCP documents no padding, so the emulator is told which one each key has; the signer is not. */
const KEYS = [
  { keySpec: 'RSA_2048', algorithm: 'RSA_PSS_SHA_256', made: { keyType: 'RSA2048', padding: 'pss' } },
  { keySpec: 'RSA_2048', algorithm: 'RSA_PKCS1_SHA_256', made: { keyType: 'RSA2048', padding: 'pkcs1' } },
  { keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_256', made: { keyType: 'ECDSA' } },
] as const satisfies readonly {
  keySpec: NcpKeySpec
  algorithm: NcpAlgorithm
  made: Parameters<Emulator['ncp']['createKey']>[0]
}[]

const REQUIRED = ['NCLOUD_ACCESS_KEY', 'NCLOUD_SECRET_KEY', 'KMSIGN_NCP_KEY_TAG'] as const

export const ncp: Cloud = {
  id: 'ncp',
  title: 'NAVER Cloud',
  remark: 'signs messages of up to 8 KB, no digests',
  emulated,
  live,
}

function emulated(emulator: Emulator): EmulatedCloud {
  const { accessKey, secretKey } = emulator.ncp.credentials
  const open = (keyTag: string, algorithm: NcpAlgorithm, { secret = secretKey, ...settings }: SignerSettings = {}) =>
    createNcpSigner({
      keyTag,
      algorithm,
      baseUrl: emulator.url,
      credentials: { accessKey, secretKey: secret },
      ...settings,
    })
  const createKey = async () => (await emulator.ncp.createKey({ keyType: 'ECDSA' })).keyTag
  return {
    id: ncp.id,
    keys: KEYS.map(({ keySpec, algorithm, made }) => ({
      keySpec,
      algorithm,
      create: async () => open((await emulator.ncp.createKey(made)).keyTag, algorithm),
    })),
    createKey,
    disableKey: (keyTag) => emulator.ncp.setKeyStatus(keyTag, 'DISABLE'),
    absentKeyId: 'no-such-key-tag',
    open: (keyTag, settings) => open(keyTag, 'ECDSA_SHA_256', settings),
    narrowest: async () => open(await createKey(), 'ECDSA_SHA_256'),
  }
}

function live(environment: Environment): LiveAccount {
  const found = readVariables(environment, REQUIRED)
  if ('missing' in found) return found
  const algorithm = algorithmVariable(environment, 'KMSIGN_NCP_ALGORITHM', isNcpAlgorithm)
  const { values } = found
  const zone = optionalVariable(environment, 'KMSIGN_NCP_ZONE', 'zone') as Pick<NcpSignerOptions, 'zone'>
  return {
    open: () =>
      createNcpSigner({
        keyTag: values.KMSIGN_NCP_KEY_TAG,
        algorithm,
        credentials: { accessKey: values.NCLOUD_ACCESS_KEY, secretKey: values.NCLOUD_SECRET_KEY },
        ...zone,
        ...optionalVariable(environment, 'KMSIGN_NCP_BASE_URL', 'baseUrl'),
      }),
  }
}
