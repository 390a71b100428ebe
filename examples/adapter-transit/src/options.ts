import { algorithmsFor, type SignerOptions } from '@kmsign/core'
import {
  type CreateSignerOptions,
  checkPair,
  oneOf,
  optional,
  parseOptions,
  required,
  signerFields,
  text,
  wholeNumber,
  withDefault,
} from '@kmsign/core/driver'
import { checkHttpOptions, type HttpClientOptions, type UncheckedHttpOptions } from '@kmsign/http'
import { TRANSIT_ALGORITHMS, TRANSIT_KEY_SPECS } from './algorithms.ts'
import { credentialsField, type TransitCredentials } from './request-signing.ts'

/** Options of {@link createTransitSigner}. Plain JSON except functions; `undefined` counts as absent. */
export interface TransitSignerOptions extends SignerOptions<TransitCredentials> {
  /** Scheme, host and port of the server: there is no default. */
  readonly baseUrl: string | URL
  /** The key's name in the engine. */
  readonly keyName: string
  /** Where the engine is mounted. Default `transit`. */
  readonly mount?: string
  /**
   * The longest message that travels as it is; longer ones travel as their digest, except with Ed25519. The server's own
   * bound is 32 MiB for a whole request unless its operator changed `max_request_size`. Default 1 MiB.
   */
  readonly maxMessageBytes?: number
}

/** Everything the driver needs, complete and frozen. */
export interface TransitConfig {
  readonly keyName: string
  readonly mount: string
  readonly maxMessageBytes: number
  readonly http: HttpClientOptions
}

export interface ParsedOptions {
  readonly config: TransitConfig
  /** What core's own part of a signer takes. */
  readonly signer: CreateSignerOptions<TransitCredentials>
}

const MIB = 1_048_576
/** What 32 MiB hold after base64, with room for the rest of the body. */
const MOST_MESSAGE_BYTES = 23 * MIB
/** Names as the engine's routes take them; a mount may have several steps. */
const KEY_NAME = /^\w(?:[\w.-]*\w)?$/
const MOUNT = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/

const OWN_FIELDS = {
  baseUrl: required(signerFields.baseUrl),
  algorithm: required(oneOf(TRANSIT_ALGORITHMS)),
  keySpec: optional(oneOf(TRANSIT_KEY_SPECS)),
  keyName: required(text({ max: 256, pattern: KEY_NAME, expected: 'a key name of letters, digits, ., - and _' })),
  mount: withDefault(text({ max: 256, pattern: MOUNT, expected: 'the path of a mount, such as transit' }), 'transit'),
  maxMessageBytes: withDefault(wholeNumber(1, MOST_MESSAGE_BYTES), MIB),
}

/** Parses the options of a signer, or throws `KMS_INVALID_CONFIG` with every problem at once. No I/O. */
export function parseTransitOptions(input: unknown): ParsedOptions {
  const fields = { ...signerFields, ...OWN_FIELDS, credentials: credentialsField(process.env) }
  const options = parseOptions('transit', input, fields, (parsed, report) => {
    const { algorithm, keySpec, baseUrl } = parsed
    checkPair(algorithm, keySpec && algorithmsFor(keySpec), report)
    if (baseUrl === undefined) return
    for (const { path, message } of checkHttpOptions(httpOptions(parsed))) report(path, message)
  })
  const { keyName, mount, maxMessageBytes } = options
  // Nothing was reported, so what is required or has a default is there; what is undefined counts as absent.
  const config = Object.freeze({ keyName, mount, maxMessageBytes, http: httpOptions(options) }) as TransitConfig
  return Object.freeze({ config, signer: options as CreateSignerOptions<TransitCredentials> })
}

function httpOptions({ baseUrl, allowInsecureHttp, proxy, tls }: UncheckedHttpOptions): UncheckedHttpOptions {
  return Object.freeze({ baseUrl, allowInsecureHttp, proxy, tls })
}
