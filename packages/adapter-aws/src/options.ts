import { algorithmsFor, type SignerOptions, type SigningAlgorithm } from '@kmsign/core'
import {
  checkPair,
  type Field,
  oneOf,
  optional,
  parseOptions,
  type Report,
  required,
  signerFields,
  text,
} from '@kmsign/core/driver'
import { checkHttpOptions, type HttpClientOptions } from '@kmsign/http'
import { AWS_ALGORITHMS, AWS_KEY_SPECS, type AwsKeySpec } from './algorithms.ts'
import { type AwsCredentials, credentialsField } from './credentials.ts'

/** The part of `KMSClient` that is used. */
export interface KmsClientLike {
  /** Sends a command of `@aws-sdk/client-kms` and resolves to its output. */
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>
  /** Never called on a client that the application gave. */
  destroy(): void
  /** `maxAttempts` as a number or a function; 1 as a number says that kmsign is to do the repeating. */
  readonly config: { readonly maxAttempts: unknown }
}

/** Options of {@link createAwsSigner}. Plain JSON except functions and `client`; `undefined` counts as absent. */
export type AwsSignerOptions =
  | (Omit<SignerOptions<AwsCredentials>, 'credentials' | 'baseUrl' | 'proxy' | 'tls'> & {
      /** Key id, key ARN, `alias/…` or alias ARN. */
      readonly keyId: string
      /**
       * A `KMSClient` of your own. It keeps its handler, credentials, region and retries; so `credentials`, `baseUrl`,
       * `proxy`, `tls` and `region` do not go with it. Never destroyed here.
       */
      readonly client: KmsClientLike
      readonly region?: undefined
    })
  | (SignerOptions<AwsCredentials> & {
      /** Key id, key ARN, `alias/…` or alias ARN. A key of another account needs an ARN. */
      readonly keyId: string
      readonly client?: undefined
      /**
       * Left out, it comes from the AWS SDK's own chain (`AWS_REGION`, the profile, the instance), as the credentials do
       * when they are left out.
       */
      readonly region?: string
    })

/** Everything the driver needs, complete and frozen. */
export interface AwsConfig {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly client?: KmsClientLike | undefined
  readonly region?: string | undefined
  /** Another endpoint than the region's: scheme, host and port. */
  readonly endpoint?: string | undefined
  /** For whatever origin the SDK resolves. */
  readonly http: Omit<HttpClientOptions, 'baseUrl'>
}

export interface ParsedOptions {
  readonly config: AwsConfig
  /** What core's own part of a signer takes. */
  readonly signer: SignerOptions<AwsCredentials | undefined> & { readonly keySpec?: AwsKeySpec }
}

const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key\/[\w-]+|alias\/[\w/-]+)$/
/** Words with dashes between, such as `eu-west-1`: it becomes part of a host name. */
const REGION = text({ max: 40, pattern: /^[a-z]{2,}(-[a-z0-9]+)+$/, expected: "a region such as 'eu-west-1'" })
const KEY_ID = text({
  pattern:
    /^(?!arn:|alias\/)[\w-]+$|^alias\/[\w/-]+$|^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key\/[\w-]+|alias\/[\w/-]+)$/,
  expected: "a key id, a key ARN, 'alias/…' or an alias ARN",
})

const clientField: Field<KmsClientLike> = (value, path, report) => {
  const { send, config } = (typeof value === 'object' && value !== null ? value : {}) as Partial<KmsClientLike>
  if (typeof send === 'function' && typeof config === 'object' && config !== null) return value as KmsClientLike
  report(path, 'expected a KMSClient of @aws-sdk/client-kms')
}

const OWN_FIELDS = {
  algorithm: required(oneOf(AWS_ALGORITHMS)),
  keySpec: optional(oneOf(AWS_KEY_SPECS)),
  keyId: required(KEY_ID),
  region: optional(REGION),
  client: optional(clientField),
  credentials: optional(credentialsField),
}

/** What a client of the caller's own has already. */
const NOT_WITH_CLIENT = ['credentials', 'baseUrl', 'proxy', 'tls', 'region'] as const
/** The longest wait that a Node timer keeps: the whole call's timeout ends the attempt. */
const MAX_TIMEOUT_MS = 2_147_483_647

/** Parses the options of a signer, or throws `KMS_INVALID_CONFIG` with every problem at once. No I/O. */
export function parseAwsOptions(input: unknown): ParsedOptions {
  const given = input as Readonly<Record<string, unknown>>
  const options = parseOptions('aws', input, { ...signerFields, ...OWN_FIELDS }, (parsed, report) => {
    const { algorithm, keySpec, keyId, region } = parsed
    checkPair(algorithm, keySpec && algorithmsFor(keySpec), report)
    const keyRegion = ARN.exec(keyId ?? '')?.[1]
    if (region && keyRegion && region !== keyRegion) report('region', 'is not the region that the ARN in keyId names')
    if (given['client'] === undefined) {
      for (const { path, message } of checkHttpOptions(httpOptions(parsed))) report(path, message)
    } else {
      checkBesideClient(given, report)
    }
  })
  const { keyId, algorithm, region, client, baseUrl } = options
  const { baseUrl: _baseUrl, ...http } = httpOptions(options)
  const endpoint = baseUrl && new URL(baseUrl).origin
  const config = Object.freeze({ keyId, algorithm, region, client, endpoint, http }) as AwsConfig
  const limits = client === undefined ? {} : limitsBeside(client, given)
  // Core takes the options that it knows.
  return Object.freeze({ config, signer: Object.freeze({ ...options, ...limits }) as ParsedOptions['signer'] })
}

function checkBesideClient(given: Readonly<Record<string, unknown>>, report: Report): void {
  for (const name of NOT_WITH_CLIENT) {
    if (given[name] !== undefined) report(name, 'is the business of `client`: give one or the other')
  }
}

/**
 * A client that repeats requests itself is asked once and given the whole call's time, so that attempts do not multiply.
 * Every `KMSClient` has a function for `maxAttempts`; what that function says may lie in a file, so it counts as more
 * than one.
 */
function limitsBeside(client: KmsClientLike, given: Readonly<Record<string, unknown>>) {
  if (client.config.maxAttempts === 1) return {}
  return { maxAttempts: 1, ...(given['attemptTimeoutMs'] === undefined ? { attemptTimeoutMs: MAX_TIMEOUT_MS } : {}) }
}

type Connection = Readonly<Record<'baseUrl' | 'allowInsecureHttp' | 'proxy' | 'tls' | 'region', unknown>>

/** Which host a region has is the SDK's to say; this one stands in for it. */
function httpOptions(parsed: Connection): HttpClientOptions {
  const { baseUrl, allowInsecureHttp, proxy, tls, region } = parsed
  const url = baseUrl ?? `https://kms.${String(region ?? 'us-east-1')}.amazonaws.com`
  return Object.freeze({ baseUrl: url, allowInsecureHttp, proxy, tls }) as HttpClientOptions
}
