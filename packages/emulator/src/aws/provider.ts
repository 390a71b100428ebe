import { randomBytes } from 'node:crypto'
import { type EmulatedProvider, type ProviderContext, readCredentials, readProviderSettings } from '../provider.ts'
import { createRateMeter } from '../rate-meter.ts'
import { isKeySpec, specRow } from './algorithms.ts'
import type { AwsCredentials } from './auth.ts'
import { createAwsHandlers } from './handlers.ts'
import { isUsage } from './key-operations.ts'
import { type AwsKey, type AwsKeyState, type AwsKeys, openAwsKeys } from './keys.ts'
import { AWS_SETTINGS } from './settings.ts'

/** The programmatic side of the emulated AWS KMS. */
export interface AwsApi {
  /** The key pair it takes, and that clients are given. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** The region it takes in request signatures. */
  readonly region: string
  /** `keyUsage` is SIGN_VERIFY unless the spec is symmetric; `alias` with or without `alias/`. */
  createKey(options: { readonly keySpec: string; readonly keyUsage?: string; readonly alias?: string }): Promise<{
    readonly keyId: string
    readonly arn: string
  }>
  /** Such as `'Disabled'`. */
  setKeyState(keyId: string, state: AwsKeyState): void
}

const STATES: readonly string[] = ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport']

export function startAws(given: Readonly<Record<string, unknown>>, context: ProviderContext): EmulatedProvider<AwsApi> {
  const settings = readProviderSettings('aws', AWS_SETTINGS, given, context)
  const credentials = readAwsCredentials(given['credentials'])
  const region = readRegion(given['region'])
  const keys = openAwsKeys(context.store)
  const arnPrefix = `arn:${region.startsWith('cn-') ? 'aws-cn' : 'aws'}:kms:${region}:${settings.accountId}:`
  const handlers = createAwsHandlers({ settings, credentials, region, arnPrefix, keys, rates: createRateMeter() })
  const api: AwsApi = {
    // A copy that may be written to: the official client adds a field to the credentials it is given.
    credentials: { ...credentials } as AwsApi['credentials'],
    region,
    async createKey(options) {
      const key = addKey(keys, options, arnPrefix, context.clock())
      await key.slot.material()
      return { keyId: key.id, arn: key.arn }
    },
    setKeyState(keyId, state) {
      const key = keys.byId(keyId.replace(/^.*key\//, ''))
      if (!key) throw new TypeError(`There is no AWS key ${keyId}`)
      if (!STATES.includes(state)) throw new TypeError(`${String(state)} is no key state`)
      key.state = state
      keys.save(key)
    },
  }
  const material: EmulatedProvider<AwsApi>['material'] = (keyId, version) => {
    const bare = keyId.replace(/^arn:.*:(?:key\/(?=[^/]+$))?/, '')
    const key = keys.byId(keys.aliasTarget(bare) ?? bare)
    return version === undefined ? key?.slot.material() : undefined
  }
  return { handlers, api, profile: { region, ...settings }, material }
}

function addKey(keys: AwsKeys, options: Parameters<AwsApi['createKey']>[0], arnPrefix: string, now: number): AwsKey {
  const { keySpec, alias } = options
  if (!isKeySpec(keySpec)) throw new TypeError(`createKey: ${String(keySpec)} is no key spec`)
  const usage = options.keyUsage ?? (keySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY')
  if (!isUsage(usage, specRow(keySpec).usages)) {
    throw new TypeError(`createKey: a ${keySpec} key cannot have the usage ${usage}`)
  }
  const key = keys.add({ spec: keySpec, usage, description: '', origin: 'AWS_KMS' }, arnPrefix, now)
  if (alias !== undefined) keys.setAlias(alias.startsWith('alias/') ? alias : `alias/${alias}`, key.id)
  return key
}

function readAwsCredentials(given: unknown): AwsCredentials {
  const read = readCredentials('aws', given, ['accessKeyId', 'secretAccessKey'], ['sessionToken'])
  const { accessKeyId, secretAccessKey, sessionToken } = read ?? {}
  return Object.freeze({
    accessKeyId: accessKeyId ?? `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: secretAccessKey ?? randomBytes(30).toString('base64'),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  })
}

function readRegion(given: unknown): string {
  if (given === undefined) return 'us-east-1'
  if (typeof given !== 'string' || !/^[a-z0-9-]+$/.test(given)) throw new TypeError('aws.region must be a region')
  return given
}
