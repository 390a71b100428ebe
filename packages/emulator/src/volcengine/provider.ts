import { randomBytes } from 'node:crypto'
import { type EmulatedProvider, type ProviderContext, readCredentials, readProviderSettings } from '../provider.ts'
import { createRateMeter } from '../rate-meter.ts'
import { KEY_SPECS, type KeyUsage, type VolcengineKeySpec } from './algorithms.ts'
import type { VolcengineCredentials } from './auth.ts'
import { createVolcengineHandlers } from './handlers.ts'
import { isKeySpec, isUsageOf } from './key-actions.ts'
import { openVolcengineKeys, type VolcengineKey, type VolcengineKeyState, type VolcengineKeys } from './keys.ts'
import { VOLCENGINE_SETTINGS } from './settings.ts'

/** The programmatic side of the emulated Volcengine. */
export interface VolcengineApi {
  /** The key pair it takes, and that clients are given. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** The region it takes in request signatures. */
  readonly region: string
  /** Names left out are made up; a keyring that is named and missing is made. */
  createKey(options: {
    readonly keySpec: VolcengineKeySpec
    readonly keyUsage?: KeyUsage
    readonly keyringName?: string
    readonly keyName?: string
  }): Promise<{ readonly keyId: string; readonly keyringName: string; readonly keyName: string }>
  /** Such as `'Disable'`. */
  setKeyState(keyId: string, state: VolcengineKeyState): void
}

const NAME = /^[A-Za-z0-9_-]{2,31}$/
const STATES: readonly string[] = ['Enable', 'Disable', 'PendingDelete', 'Archived', 'PendingImport']

export function startVolcengine(
  given: Readonly<Record<string, unknown>>,
  context: ProviderContext,
): EmulatedProvider<VolcengineApi> {
  const settings = readProviderSettings('volcengine', VOLCENGINE_SETTINGS, given, context)
  const credentials = readVolcengineCredentials(given['credentials'])
  const region = readRegion(given['region'])
  const keys = openVolcengineKeys(context.store)
  const handlers = createVolcengineHandlers({ settings, credentials, region, keys, rates: createRateMeter() })
  const api: VolcengineApi = {
    credentials: { ...credentials } as VolcengineApi['credentials'],
    region,
    async createKey(options) {
      const key = addKey(keys, region, options, context.clock())
      await key.slot.material()
      return { keyId: key.id, keyringName: key.keyringName, keyName: key.name }
    },
    setKeyState(keyId, state) {
      const key = keys.byId(keyId)
      if (!key) throw new TypeError(`There is no Volcengine key ${keyId}`)
      if (!STATES.includes(state)) throw new TypeError(`${String(state)} is no key state`)
      key.state = state
      keys.save(key)
    },
  }
  const material: EmulatedProvider<VolcengineApi>['material'] = (keyId, version) =>
    version === undefined ? keys.byId(keyId)?.slot.material() : undefined
  return { handlers, api, profile: { region, ...settings }, material }
}

function addKey(
  keys: VolcengineKeys,
  region: string,
  options: Parameters<VolcengineApi['createKey']>[0],
  now: number,
): VolcengineKey {
  const { keySpec, keyringName = 'emulator', keyName = `key-${randomBytes(6).toString('hex')}` } = options
  if (!isKeySpec(keySpec)) throw new TypeError(`createKey: ${String(keySpec)} is no key spec`)
  const usage = options.keyUsage ?? (keySpec === 'SYMMETRIC_256' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY')
  if (!isUsageOf(keySpec, usage)) throw new TypeError(`createKey: a ${keySpec} key cannot have the usage ${usage}`)
  for (const name of [keyringName, keyName]) {
    if (!NAME.test(name)) throw new TypeError('createKey: names have 2 to 31 letters, digits, - and _')
  }
  const known = keys.keyrings(region).find((ring) => ring.name === keyringName)
  const fresh = { region, name: keyringName, type: 'CustomKeyring', projectName: 'default', description: '' }
  const ring = known ?? keys.addKeyring(fresh, now)
  if (keys.keys(region).some((key) => key.keyringId === ring.id && key.name === keyName)) {
    throw new TypeError(`createKey: there is a key ${keyringName}/${keyName} already`)
  }
  const protectionLevel = KEY_SPECS[keySpec].hsmOnly ? 'HSM' : 'SOFTWARE'
  const rest = { description: '', origin: 'CloudKMS', multiRegion: false, tags: [] } as const
  return keys.addKey(ring, { name: keyName, spec: keySpec, usage, protectionLevel, ...rest }, now)
}

function readVolcengineCredentials(given: unknown): VolcengineCredentials {
  const read = readCredentials('volcengine', given, ['accessKeyId', 'secretAccessKey'], ['sessionToken'])
  const { accessKeyId, secretAccessKey, sessionToken } = read ?? {}
  return Object.freeze({
    accessKeyId: accessKeyId ?? `AKLT${randomBytes(16).toString('hex')}`,
    secretAccessKey: secretAccessKey ?? randomBytes(30).toString('base64'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  })
}

function readRegion(given: unknown): string {
  if (given === undefined) return 'cn-beijing'
  if (typeof given !== 'string' || !/^[a-z0-9-]+$/.test(given))
    throw new TypeError('volcengine.region must be a region')
  return given
}
