import type { FaultRequest } from './index.ts'

/** The options of the command as they are typed. */
export interface CommandLine {
  readonly host: string
  readonly port: string
  readonly tls?: boolean
  readonly dataDirectory?: string
  readonly key: readonly string[]
  readonly fault: readonly string[]
  readonly setting: readonly string[]
  readonly profile: string
  readonly seed?: string
  readonly json?: boolean
  readonly ncpAccessKey?: string
  readonly ncpSecretKey?: string
  readonly volcengineAccessKey?: string
  readonly volcengineSecretKey?: string
  readonly volcengineSessionToken?: string
  readonly volcengineRegion?: string
  readonly awsAccessKey?: string
  readonly awsSecretKey?: string
  readonly awsSessionToken?: string
  readonly awsRegion?: string
}

type Provider = 'ncp' | 'volcengine' | 'aws'
export type PerProvider<T> = Readonly<Record<Provider, T>>

/** A key to be made: `provider:spec` or `provider:spec:name`. */
export interface WantedKey {
  readonly provider: Provider
  readonly spec: string
  readonly name: string | undefined
}

const PROVIDERS: readonly string[] = ['ncp', 'volcengine', 'aws']

export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value]
}

export function parseKeyText(text: string): WantedKey {
  const [provider = '', spec = '', ...name] = text.split(':')
  if (!isProvider(provider) || spec === '') {
    throw new TypeError(`--key ${text}: expected provider:spec with the provider ncp, volcengine or aws`)
  }
  return { provider, spec, name: name.length > 0 ? name.join(':') : undefined }
}

/** `kind` or `kind:name=value,name=value`; numbers are numbers, and `times=Infinity` is allowed. */
export function parseFaultText(text: string): FaultRequest {
  const at = text.indexOf(':')
  const kind = at < 0 ? text : text.slice(0, at)
  const settings = at < 0 ? [] : text.slice(at + 1).split(',')
  return { kind, ...Object.fromEntries(settings.map((setting) => parsePair(`--fault ${text}`, setting))) }
}

/** `provider.name=value`, more than once. */
export function readSettings(texts: readonly string[]): PerProvider<Record<string, unknown>> {
  const settings: PerProvider<Record<string, unknown>> = { ncp: {}, volcengine: {}, aws: {} }
  for (const text of texts) {
    const [name, value] = parsePair(`--setting ${text}`, text)
    const [provider = '', setting = ''] = name.split('.')
    if (!isProvider(provider) || setting === '') throw new TypeError(`--setting ${text}: expected provider.name=value`)
    settings[provider][setting] = setting === 'deniedOperations' ? String(value).split('+') : value
  }
  return settings
}

/**
 * Credentials from flags, else from the environment that the providers' own clients read, else none: the emulator makes
 * throw-away ones then, and only those are ever printed.
 */
export function readCredentialOptions(
  line: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
): { given: PerProvider<Record<string, unknown>>; generated: PerProvider<boolean> } {
  const ncp = complete('ncp', {
    accessKey: line.ncpAccessKey ?? environment['NCLOUD_ACCESS_KEY'],
    secretKey: line.ncpSecretKey ?? environment['NCLOUD_SECRET_KEY'],
  })
  const volcengine = complete('volcengine', {
    accessKeyId: line.volcengineAccessKey ?? environment['VOLC_ACCESSKEY'],
    secretAccessKey: line.volcengineSecretKey ?? environment['VOLC_SECRETKEY'],
    sessionToken: line.volcengineSessionToken ?? environment['VOLC_SESSION_TOKEN'],
  })
  const aws = complete('aws', {
    accessKeyId: line.awsAccessKey ?? environment['AWS_ACCESS_KEY_ID'],
    secretAccessKey: line.awsSecretKey ?? environment['AWS_SECRET_ACCESS_KEY'],
    sessionToken: line.awsSessionToken ?? environment['AWS_SESSION_TOKEN'],
  })
  return {
    given: {
      ncp: { ...ncp },
      volcengine: { ...volcengine, ...region(line.volcengineRegion) },
      aws: { ...aws, ...region(line.awsRegion) },
    },
    generated: { ncp: !ncp, volcengine: !volcengine, aws: !aws },
  }
}

function complete(
  provider: Provider,
  credentials: Readonly<Record<string, string | undefined>>,
): { credentials: Record<string, string> } | undefined {
  const entries = Object.entries(credentials).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const needed = entries.filter(([name]) => name !== 'sessionToken')
  if (needed.length === 0) return undefined
  if (needed.length < 2) throw new TypeError(`${provider}: an access key and a secret key belong together`)
  return { credentials: Object.fromEntries(entries) }
}

function region(value: string | undefined): { region?: string } {
  return value === undefined ? {} : { region: value }
}

function parsePair(option: string, text: string): [string, string | number | boolean] {
  const at = text.indexOf('=')
  if (at < 1) throw new TypeError(`${option}: expected name=value`)
  return [text.slice(0, at), parseValue(text.slice(0, at), text.slice(at + 1))]
}

/** Settings whose values are texts that look like numbers. */
const TEXTS = /(^|\.)(sm2UserId|accountId|retryAfter|throttleCode|serviceErrorStatus|code)$/

function parseValue(name: string, text: string): string | number | boolean {
  if (TEXTS.test(name)) return text
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text
}

function isProvider(name: string): name is Provider {
  return PROVIDERS.includes(name)
}
