import type { SignerOptions } from '@kmsign/core'
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
import { algorithmsOf, type MessageLimit, NCP_ALGORITHMS, NCP_KEY_SPECS, type NcpKeySpec } from './algorithms.ts'
import { credentialsField, type NcpCredentials, shapeOf } from './credentials.ts'
import type { SignaturePrefix } from './wire.ts'

/** Options of {@link createNcpSigner}. Plain JSON except functions; `undefined` counts as absent. */
export interface NcpSignerOptions extends SignerOptions<NcpCredentials> {
  /** The key's tag, as the console and `Get key list` show it. Not a secret. */
  readonly keyTag: string
  /**
   * Where the key lives. `global`, `kr` and `jp` are the public zone with its key boundaries (API 2.0); `gov` the
   * government zone; `fin` the financial zone, which has API 1.0 only. Default `global`. `baseUrl` goes before it.
   */
  readonly zone?: 'global' | 'kr' | 'jp' | 'gov' | 'fin'
  /** `1.0` has no public key operation, so signatures are then checked only against a pinned key. Default `2.0`. */
  readonly apiVersion?: '2.0' | '1.0'
  /**
   * What the documented limit of 8 KB bounds: the message (`decoded`, 8192 bytes) or its base64 text (`encoded`, 6144
   * bytes). NCP's pages say both. Default `decoded`.
   */
  readonly messageLimit?: 'decoded' | 'encoded'
  /** Whether a signature must carry `ncpkms:v{n}:`; `optional` takes bare base64 too. Default `required`. */
  readonly signaturePrefix?: 'required' | 'optional'
}

type NcpZone = NonNullable<NcpSignerOptions['zone']>

/** Everything the driver needs, complete and frozen. */
export interface NcpConfig {
  readonly keyTag: string
  readonly zone: NcpZone
  readonly apiVersion: '2.0' | '1.0'
  readonly messageLimit: MessageLimit
  readonly signaturePrefix: SignaturePrefix
  readonly attemptTimeoutMs: number
  readonly http: HttpClientOptions
}

export interface ParsedOptions {
  readonly config: NcpConfig
  /** What core's own part of a signer takes. */
  readonly signer: SignerOptions<NcpCredentials> & { readonly keySpec?: NcpKeySpec }
}

/** Hosts by zone (API guide "KMS overview", 2026-09-17; government 2026-10-22; financial from public clients). */
const HOSTS = {
  global: { '2.0': 'ocapi.ncloud.com', '1.0': 'kms.apigw.ntruss.com' },
  kr: { '2.0': 'ocapi-kr.ncloud.com', '1.0': undefined },
  jp: { '2.0': 'ocapi-jp.ncloud.com', '1.0': undefined },
  gov: { '2.0': 'ocapi.gov-ncloud.com', '1.0': 'kms.apigw.gov-ntruss.com' },
  fin: { '2.0': undefined, '1.0': 'kms.apigw.fin-ntruss.com' },
} as const satisfies Record<NcpZone, Record<'2.0' | '1.0', string | undefined>>

const ZONES = Object.keys(HOSTS) as NcpZone[]
/** Opaque, and percent-encoded on the way; dots alone would be a step in the path. */
const KEY_TAG = /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]+$/u

const OWN_FIELDS = {
  algorithm: required(oneOf(NCP_ALGORITHMS)),
  keySpec: optional(oneOf(NCP_KEY_SPECS)),
  keyTag: required(text({ max: 256, pattern: KEY_TAG, expected: 'a key tag of 1 to 256 characters' })),
  zone: withDefault(oneOf(ZONES), 'global'),
  apiVersion: withDefault(oneOf(['2.0', '1.0']), '2.0'),
  messageLimit: withDefault(oneOf(['decoded', 'encoded']), 'decoded'),
  signaturePrefix: withDefault(oneOf(['required', 'optional']), 'required'),
}

/** Parses the options of a signer, or throws `KMS_INVALID_CONFIG` with every problem at once. No I/O. */
export function parseNcpOptions(input: unknown): ParsedOptions {
  const fields = { ...signerFields, ...OWN_FIELDS, credentials: credentialsField(process.env) }
  const options = parseOptions('ncp', input, fields, (parsed, report) => {
    const { algorithm, keySpec, zone, apiVersion, credentials } = parsed
    checkPair(algorithm, keySpec && algorithmsOf(keySpec), report)
    if (apiVersion === '1.0' && typeof credentials === 'object' && shapeOf(credentials) !== 'account') {
      report('apiVersion', "tokens need '2.0'; '1.0' takes account keys")
    }
    if (zone && apiVersion && HOSTS[zone][apiVersion] === undefined) {
      report('apiVersion', `zone '${zone}' offers only '${apiVersion === '2.0' ? '1.0' : '2.0'}'`)
    }
    for (const { path, message } of checkHttpOptions(httpOptions(parsed))) report(path, message)
  })
  const { keyTag, zone, apiVersion, messageLimit, signaturePrefix, attemptTimeoutMs } = options
  const own = { keyTag, zone, apiVersion, messageLimit, signaturePrefix, attemptTimeoutMs }
  // Nothing was reported, so whatever is required or has a default is there, and what is absent counts as not given.
  const config = Object.freeze({ ...own, http: httpOptions(options) }) as NcpConfig
  // Core takes the options that it knows.
  return Object.freeze({ config, signer: options as ParsedOptions['signer'] })
}

type HttpFields = 'baseUrl' | 'allowInsecureHttp' | 'proxy' | 'tls'
type Connection = { readonly [K in HttpFields]: unknown } & Partial<Record<'zone' | 'apiVersion', unknown>>

/** What is left out goes to the host of the zone; a wrong zone is reported elsewhere. */
function httpOptions(parsed: Connection): HttpClientOptions {
  const { baseUrl, allowInsecureHttp, proxy, tls, zone = 'global', apiVersion = '2.0' } = parsed
  const host = HOSTS[zone as NcpZone][apiVersion as '2.0' | '1.0'] ?? HOSTS.global['2.0']
  return Object.freeze({ baseUrl: baseUrl ?? `https://${host}`, allowInsecureHttp, proxy, tls }) as HttpClientOptions
}
