import {
  createVolcengineSigner,
  isVolcengineAlgorithm,
  type VolcengineAlgorithm,
  type VolcengineKey,
  type VolcengineKeySpec,
} from '@kmsign/adapter-volcengine'
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

export const volcengine: Cloud = {
  id: 'volcengine',
  title: 'Volcengine',
  remark: 'signs messages of up to 4 KB and digests, so any length',
  emulated,
  live,
}

function emulated(emulator: Emulator): EmulatedCloud {
  const { credentials, region } = emulator.volcengine
  const open = (keyId: string, algorithm: VolcengineAlgorithm, { secret, ...settings }: SignerSettings = {}) =>
    createVolcengineSigner({
      keyId,
      algorithm,
      region,
      baseUrl: emulator.url,
      credentials: { ...credentials, ...(secret !== undefined && { secretAccessKey: secret }) },
      ...settings,
    })
  const create = async (keySpec: VolcengineKeySpec) => (await emulator.volcengine.createKey({ keySpec })).keyId
  return {
    id: volcengine.id,
    keys: COMMON_KEYS.map(([keySpec, algorithm]) => ({
      keySpec,
      algorithm,
      create: async () => open(await create(keySpec), algorithm),
    })),
    createKey: () => create('EC_P256'),
    disableKey: (keyId) => emulator.volcengine.setKeyState(keyId, 'Disable'),
    absentKeyId: '00000000-0000-4000-8000-000000000000',
    open: (keyId, settings) => open(keyId, 'ECDSA_SHA_256', settings),
    narrowest: async () => open(await create('EC_P256'), 'ECDSA_SHA_256'),
  }
}

function live(environment: Environment): LiveAccount {
  const keyNames = environment['KMSIGN_VOLCENGINE_KEYRING_NAME']
    ? (['KMSIGN_VOLCENGINE_KEYRING_NAME', 'KMSIGN_VOLCENGINE_KEY_NAME'] as const)
    : (['KMSIGN_VOLCENGINE_KEY_ID'] as const)
  const found = readVariables(environment, ['VOLC_ACCESSKEY', 'VOLC_SECRETKEY', ...keyNames])
  if ('missing' in found) return found
  const algorithm = algorithmVariable(environment, 'KMSIGN_VOLCENGINE_ALGORITHM', isVolcengineAlgorithm)
  const { VOLC_ACCESSKEY: accessKeyId, VOLC_SECRETKEY: secretAccessKey } = found.values
  const session = optionalVariable(environment, 'VOLC_SESSION_TOKEN', 'sessionToken')
  return {
    open: () =>
      createVolcengineSigner({
        ...keyOf(environment),
        algorithm,
        credentials: { accessKeyId, secretAccessKey, ...session },
        ...optionalVariable(environment, 'KMSIGN_VOLCENGINE_REGION', 'region'),
        ...optionalVariable(environment, 'KMSIGN_VOLCENGINE_BASE_URL', 'baseUrl'),
      }),
  }
}

function keyOf(environment: Environment): VolcengineKey {
  const keyringName = environment['KMSIGN_VOLCENGINE_KEYRING_NAME']
  if (!keyringName) return { keyId: environment['KMSIGN_VOLCENGINE_KEY_ID'] ?? '' }
  return { keyringName, keyName: environment['KMSIGN_VOLCENGINE_KEY_NAME'] ?? '' }
}
