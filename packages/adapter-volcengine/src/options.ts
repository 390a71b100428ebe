import { algorithmsFor, type SignerOptions } from '@kmsign/core'
import {
  checkPair,
  oneOf,
  optional,
  parseOptions,
  required,
  signerFields,
  text,
  withDefault,
} from '@kmsign/core/driver'
import { checkHttpOptions, type HttpClientOptions } from '@kmsign/http'
import { VOLCENGINE_ALGORITHMS, VOLCENGINE_KEY_SPECS, type VolcengineKeySpec } from './algorithms.ts'
import { credentialsField, type VolcengineCredentials } from './credentials.ts'
import type { KeySelector, RequestForm } from './wire.ts'

/** One key: by its id, or by the names of its keyring and itself. Exactly one of the two forms. */
export type VolcengineKey =
  | { readonly keyId: string; readonly keyringName?: undefined; readonly keyName?: undefined }
  | { readonly keyId?: undefined; readonly keyringName: string; readonly keyName: string }

/** Options of {@link createVolcengineSigner}. Plain JSON except functions; `undefined` counts as absent. */
export type VolcengineSignerOptions = SignerOptions<VolcengineCredentials> &
  VolcengineKey & {
    /** The region of the key; it goes into the request signature and, without `baseUrl`, into the host. Default `cn-beijing`. */
    readonly region?: string
    /** Where parameters travel: `body` as the official SDKs have it, `query` as the documents' samples. Default `body`. */
    readonly requestForm?: 'body' | 'query'
  }

/** Everything the driver needs, complete and frozen. */
export interface VolcengineConfig {
  /** The key as configured: its id, or keyring and name with a slash between. */
  readonly keyId: string
  readonly selector: KeySelector
  readonly region: string
  readonly form: RequestForm
  readonly http: HttpClientOptions
}

export interface ParsedOptions {
  readonly config: VolcengineConfig
  /** What core's own part of a signer takes. */
  readonly signer: SignerOptions<VolcengineCredentials> & { readonly keySpec?: VolcengineKeySpec }
}

const DEFAULT_REGION = 'cn-beijing'
const NAME = text({ pattern: /^[a-zA-Z0-9_-]{2,31}$/, expected: "2 to 31 of letters, digits, '-' and '_'" })
/** Words with dashes between, such as `ap-southeast-1`: it becomes part of a host name. */
const REGION = text({ max: 40, pattern: /^[a-z]{2,}(-[a-z0-9]+)+$/, expected: "a region such as 'cn-beijing'" })

const OWN_FIELDS = {
  algorithm: required(oneOf(VOLCENGINE_ALGORITHMS)),
  keySpec: optional(oneOf(VOLCENGINE_KEY_SPECS)),
  keyId: optional(text({ max: 256, pattern: /^[\x21-\x7e]+$/, expected: 'the id of a key' })),
  keyringName: optional(NAME),
  keyName: optional(NAME),
  region: withDefault(REGION, DEFAULT_REGION),
  requestForm: withDefault(oneOf(['body', 'query']), 'body'),
}

/** Parses the options of a signer, or throws `KMS_INVALID_CONFIG` with every problem at once. No I/O. */
export function parseVolcengineOptions(input: unknown): ParsedOptions {
  const fields = { ...signerFields, ...OWN_FIELDS, credentials: credentialsField(process.env) }
  const options = parseOptions('volcengine', input, fields, (parsed, report) => {
    const { algorithm, keySpec } = parsed
    checkPair(algorithm, keySpec && algorithmsFor(keySpec), report)
    checkKeyForm(input as Readonly<Record<string, unknown>>, report)
    for (const { path, message } of checkHttpOptions(httpOptions(parsed))) report(path, message)
  })
  const { keyId, keyringName = '', keyName = '', region, requestForm } = options
  const selector: KeySelector = keyId === undefined ? { KeyringName: keyringName, KeyName: keyName } : { KeyID: keyId }
  // Nothing was reported, so whatever is required or has a default is there, and what is absent counts as not given.
  const config = Object.freeze({
    keyId: keyId ?? `${keyringName}/${keyName}`,
    selector: Object.freeze(selector),
    region,
    form: requestForm,
    http: httpOptions(options),
  }) as VolcengineConfig
  // Core takes the options that it knows.
  return Object.freeze({ config, signer: options as ParsedOptions['signer'] })
}

/** Judged by what was given, so that a name that is wrong in itself is not called missing too. */
function checkKeyForm(given: Readonly<Record<string, unknown>>, report: (path: string, message: string) => void): void {
  const { keyId, keyringName, keyName } = given as Record<'keyId' | 'keyringName' | 'keyName', unknown>
  const named = keyringName !== undefined || keyName !== undefined
  if (keyId !== undefined && named) report('keyId', 'excludes keyringName and keyName: give one form or the other')
  if (keyId === undefined && !named) report('keyId', 'is required, or keyringName and keyName instead')
  if (keyId !== undefined || !named) return
  if (keyringName === undefined) report('keyringName', 'is required beside keyName')
  if (keyName === undefined) report('keyName', 'is required beside keyringName')
}

type Connection = Readonly<Record<'baseUrl' | 'allowInsecureHttp' | 'proxy' | 'tls' | 'region', unknown>>

/** What is left out goes to the host of the region; a wrong region is reported elsewhere. */
function httpOptions({
  baseUrl,
  allowInsecureHttp,
  proxy,
  tls,
  region = DEFAULT_REGION,
}: Connection): HttpClientOptions {
  const url = baseUrl ?? `https://kms.${String(region)}.volcengineapi.com`
  return Object.freeze({ baseUrl: url, allowInsecureHttp, proxy, tls }) as HttpClientOptions
}
