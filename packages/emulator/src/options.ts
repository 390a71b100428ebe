import { randomInt } from 'node:crypto'
import { assertKnownNames } from './settings.ts'

/** How to start an emulator; everything may be left out. */
export interface EmulatorOptions {
  /** Default 127.0.0.1; another address makes the emulator reachable from other machines. */
  readonly host?: string
  /** Default 0, a free port. */
  readonly port?: number
  /** Serves HTTPS under a certificate of its own; `ca` of the emulator is what a client has to trust. */
  readonly tls?: boolean
  /** The time, in milliseconds, for every check and every date. Default `Date.now`. */
  readonly clock?: () => number
  /** Keeps keys there. Left out, they live as long as the emulator. */
  readonly dataDirectory?: string
  /** `random` draws every undocumented setting that was not given. Default `default`. */
  readonly profile?: 'default' | 'random'
  /** Makes a random profile repeatable. */
  readonly seed?: number
  /** NCP's account keys, and settings by name; default: credentials made up at the start. */
  readonly ncp?: {
    readonly credentials?: {
      readonly accessKey: string
      readonly secretKey: string
      /** The API Gateway product's own key, for the v1 signature of API 1.0. */
      readonly apiGatewayKey?: string
    }
    readonly [setting: string]: unknown
  }
  /** Volcengine's key pair and region, and settings by name. */
  readonly volcengine?: {
    readonly credentials?: {
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken?: string
    }
    readonly region?: string
    readonly [setting: string]: unknown
  }
  /** AWS's key pair and region, and settings by name. */
  readonly aws?: {
    readonly credentials?: {
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken?: string
    }
    readonly region?: string
    readonly [setting: string]: unknown
  }
}

export interface ParsedOptions {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly clock: () => number
  readonly dataDirectory: string | undefined
  readonly seed: number | undefined
  readonly ncp: Readonly<Record<string, unknown>>
  readonly volcengine: Readonly<Record<string, unknown>>
  readonly aws: Readonly<Record<string, unknown>>
}

const NAMES = ['host', 'port', 'tls', 'clock', 'dataDirectory', 'profile', 'seed', 'ncp', 'volcengine', 'aws'] as const

const TYPES: Readonly<Record<(typeof NAMES)[number], string>> = {
  host: 'string',
  port: 'number',
  tls: 'boolean',
  clock: 'function',
  dataDirectory: 'string',
  profile: 'string',
  seed: 'number',
  ncp: 'object',
  volcengine: 'object',
  aws: 'object',
}

/** Parses at the door; a wrong option is a TypeError that names it. */
export function parseOptions(options: EmulatorOptions): ParsedOptions {
  assertKnownNames('startEmulator', options, NAMES)
  for (const name of NAMES) {
    const value = options[name]
    const right = value === undefined || (typeof value === TYPES[name] && value !== null)
    if (!right) throw new TypeError(`startEmulator: ${name} must be a ${TYPES[name]}, got ${typeof value}`)
  }
  const { port = 0, profile = 'default', seed } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError('startEmulator: port must be 0 to 65535')
  if (profile !== 'default' && profile !== 'random') {
    throw new TypeError('startEmulator: profile must be "default" or "random"')
  }
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new TypeError('startEmulator: seed must be a whole number')
  return {
    host: options.host ?? '127.0.0.1',
    port,
    tls: options.tls ?? false,
    clock: options.clock ?? Date.now,
    dataDirectory: options.dataDirectory,
    seed: profile === 'random' ? (seed ?? randomInt(2 ** 31)) : undefined,
    ncp: options.ncp ?? {},
    volcengine: options.volcengine ?? {},
    aws: options.aws ?? {},
  }
}
