import type { PerProvider, WantedKey } from './cli-options.ts'
import type { Emulator } from './index.ts'

export interface MadeKey {
  readonly provider: string
  readonly spec: string
  readonly id: string
  readonly names?: string
}

/** Keys are made one after the other: several RSA keys at once would only share the same cores. */
export async function createKeys(emulator: Emulator, wanted: readonly WantedKey[]): Promise<readonly MadeKey[]> {
  const made: MadeKey[] = []
  for (const key of wanted) made.push(await createKey(emulator, key))
  return made
}

/** What the command prints when it is ready: secrets only where they were made for this run. */
export function describeStart(
  emulator: Emulator,
  keys: readonly MadeKey[],
  generated: PerProvider<boolean>,
  json: boolean,
): string {
  const { url, ca, profile } = emulator
  const credentials = {
    ncp: shown(emulator.ncp.credentials, generated.ncp),
    volcengine: shown(emulator.volcengine.credentials, generated.volcengine),
    aws: shown(emulator.aws.credentials, generated.aws),
  }
  if (json) return `${JSON.stringify({ url, ...(ca === undefined ? {} : { ca }), credentials, keys, profile })}\n`
  const seed = profile.seed === undefined ? 'default' : `random, seed ${profile.seed}`
  const lines = [
    `kmsign-emulator listens on ${url}`,
    ...Object.entries(credentials).map(([provider, values]) => `  ${provider}: ${list(values)}`),
    ...(keys.length > 0 ? ['Keys'] : []),
    ...keys.map((key) => `  ${key.provider} ${key.spec}: ${key.id}${key.names ? ` (${key.names})` : ''}`),
    `Profile: ${seed}. Nothing in it that a provider leaves undocumented is confirmed by the real service.`,
    ...(['ncp', 'volcengine', 'aws'] as const).map((provider) => `  ${provider}: ${list(profile[provider])}`),
    ...(ca === undefined ? [] : ['Certificate authority', ca]),
  ]
  return `${lines.join('\n')}\n`
}

/** Access keys are names; everything beside them is secret. */
function shown(credentials: object, generated: boolean): Readonly<Record<string, unknown>> {
  const entries = Object.entries(credentials) as [string, unknown][]
  return Object.fromEntries(
    entries.map(([name, value]) => [name, generated || /^accessKey/.test(name) ? value : '(as given)']),
  )
}

function list(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value.join(' ')}]` : String(value)}`)
    .join(' ')
}

async function createKey(emulator: Emulator, { provider, spec, name }: WantedKey): Promise<MadeKey> {
  if (provider === 'ncp') {
    const { keyTag } = await emulator.ncp.createKey({
      keyType: spec as 'ECDSA',
      ...(name === undefined ? {} : { keyName: name }),
    })
    return { provider, spec, id: keyTag }
  }
  if (provider === 'aws') {
    const { arn } = await emulator.aws.createKey({ keySpec: spec, ...(name === undefined ? {} : { alias: name }) })
    return {
      provider,
      spec,
      id: arn,
      ...(name === undefined ? {} : { names: `alias/${name.replace(/^alias\//, '')}` }),
    }
  }
  const [keyringName, keyName] = name?.includes('/') ? name.split('/') : [undefined, name]
  const { keyId, ...names } = await emulator.volcengine.createKey({
    keySpec: spec as 'EC_P256',
    ...(keyringName === undefined ? {} : { keyringName }),
    ...(keyName === undefined ? {} : { keyName }),
  })
  return { provider, spec, id: keyId, names: `${names.keyringName}/${names.keyName}` }
}
