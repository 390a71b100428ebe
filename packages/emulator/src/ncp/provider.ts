import { randomBytes } from 'node:crypto'
import { type EmulatedProvider, type ProviderContext, readCredentials, readProviderSettings } from '../provider.ts'
import { createRateMeter } from '../rate-meter.ts'
import type { Store } from '../store.ts'
import type { NcpCredentials } from './auth.ts'
import { createNcpHandlers } from './handlers.ts'
import { type NcpKey, type NcpKeyStatus, type NcpKeys, type NcpKeyType, openNcpKeys } from './keys.ts'
import { isKeyType } from './new-key.ts'
import { NCP_SETTINGS, resolveNcpKeySettings } from './settings.ts'
import { DEFAULT_HOURS, expiry, issueToken } from './tokens.ts'

/** The programmatic side of the emulated NAVER Cloud. */
export interface NcpApi {
  /** The account keys it takes, and that clients are given. */
  readonly credentials: { readonly accessKey: string; readonly secretKey: string }
  /** The API Gateway product's own key, which the v1 signature of API 1.0 needs beside the credentials. */
  readonly apiGatewayKey: string
  /** Makes a key: `AES256`, `RSA2048` or `ECDSA`, with settings of its own by name, such as `padding: 'pss'`. */
  createKey(options: { readonly keyType: NcpKeyType; readonly [setting: string]: unknown }): Promise<{
    readonly keyTag: string
  }>
  /** Makes a token generator first when the key has none. */
  issueTokens(keyTag: string): Promise<{ readonly accessToken: string; readonly refreshToken: string }>
  /** Such as `'DISABLE'`, for the whole key. */
  setKeyStatus(keyTag: string, status: NcpKeyStatus): void
  /** The state of one version; the key's own state lies over it. */
  setVersionStatus(keyTag: string, version: number, status: 'ENABLE' | 'DISABLE'): void
  /** The number of the new version. */
  rotateKey(keyTag: string): number
}

export function startNcp(given: Readonly<Record<string, unknown>>, context: ProviderContext): EmulatedProvider<NcpApi> {
  const settings = readProviderSettings('ncp', NCP_SETTINGS, given, context)
  const credentials = readNcpCredentials(given['credentials'])
  const keys = openNcpKeys(context.store)
  const tokenSecret = readTokenSecret(context.store)
  const rates = createRateMeter()
  const handlers = createNcpHandlers({ settings, credentials, keys, tokenSecret, rates })
  const api: NcpApi = {
    credentials: Object.freeze({ accessKey: credentials.accessKey, secretKey: credentials.secretKey }),
    apiGatewayKey: credentials.apiGatewayKey,
    async createKey(options) {
      const key = keys.create(newKey(options, resolveNcpKeySettings(options, settings)), context.clock())
      await key.versions[0]?.slot.material()
      return { keyTag: key.keyTag }
    },
    async issueTokens(keyTag) {
      const key = mustFind(keys, keyTag)
      if (key.generator === undefined) {
        key.lastGeneration += 1
        key.generator = key.lastGeneration
        keys.save(key)
      }
      const make = (kind: 'access' | 'refresh'): string => {
        const claims = { kind, keyTag, generation: key.lastGeneration, ...expiry(DEFAULT_HOURS[kind], context.clock()) }
        return issueToken(tokenSecret, claims)
      }
      return { accessToken: make('access'), refreshToken: make('refresh') }
    },
    setKeyStatus(keyTag, status) {
      if (!['ENABLE', 'DISABLE', 'REVOKE'].includes(status)) throw new TypeError(`${String(status)} is no key status`)
      const key = mustFind(keys, keyTag)
      key.status = status
      keys.save(key)
    },
    setVersionStatus(keyTag, number, status) {
      const key = mustFind(keys, keyTag)
      const version = key.versions.find((candidate) => candidate.version === number)
      if (!version) throw new TypeError(`Key ${keyTag} has no version ${number}`)
      version.status = status
      keys.save(key)
    },
    rotateKey: (keyTag) => keys.rotate(mustFind(keys, keyTag), context.clock()),
  }
  const material: EmulatedProvider<NcpApi>['material'] = (keyTag, version) => {
    const key = keys.find(keyTag)
    if (version === undefined) return key?.versions.at(-1)?.slot.material()
    return key?.versions.find((candidate) => String(candidate.version) === version)?.slot.material()
  }
  return { handlers, api, profile: settings, material }
}

function newKey(
  options: Readonly<Record<string, unknown>>,
  settings: NcpKey['settings'],
): Parameters<NcpKeys['create']>[0] {
  const { keyType, keyName, protectionType, memo } = options
  if (!isKeyType(keyType)) throw new TypeError('createKey: keyType must be RSA2048, ECDSA or AES256')
  return {
    keyType,
    keyName: typeof keyName === 'string' ? keyName : `k${randomBytes(7).toString('hex')}`,
    protectionType: protectionType === 'COMMON_HSM' ? 'COMMON_HSM' : 'BASIC',
    memo: typeof memo === 'string' ? memo : '',
    isConvergent: options['isConvergent'] === true,
    isAutoRotation: options['isAutoRotation'] === true,
    rotationPeriod: typeof options['rotationPeriod'] === 'number' ? options['rotationPeriod'] : 90,
    settings,
  }
}

function mustFind(keys: NcpKeys, keyTag: string): NcpKey {
  const key = keys.find(keyTag)
  if (!key) throw new TypeError(`There is no NCP key with the tag ${keyTag}`)
  return key
}

function readNcpCredentials(given: unknown): NcpCredentials {
  const read = readCredentials('ncp', given, ['accessKey', 'secretKey'], ['apiGatewayKey'])
  return Object.freeze({
    accessKey: read?.['accessKey'] ?? `ncp_iam_${randomBytes(8).toString('hex')}`,
    secretKey: read?.['secretKey'] ?? `ncp_iam_${randomBytes(20).toString('hex')}`,
    apiGatewayKey: read?.['apiGatewayKey'] ?? randomBytes(20).toString('hex'),
  })
}

/** Kept beside the keys, so that tokens outlive a restart as long as their keys do. */
function readTokenSecret(store: Store): string {
  const [kept] = store.load('ncp-tokens') as readonly { readonly secret: string }[]
  const secret = kept?.secret ?? randomBytes(32).toString('base64')
  if (!kept) store.save('ncp-tokens', { secret })
  return secret
}
