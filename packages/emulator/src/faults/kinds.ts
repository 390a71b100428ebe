import type { ProviderName } from '../message.ts'
import { assertKnownNames } from '../settings.ts'
import { BASE64_FORMS } from './loose-base64.ts'

/** A number setting of a fault: its default and the least value that makes sense. */
interface NumberSetting {
  readonly type: 'number'
  readonly default: number
  readonly minimum: number
}
interface TextSetting {
  readonly type: 'text'
  readonly default: string | undefined
}
interface ChoiceSetting {
  readonly type: 'choice'
  readonly default: string
  readonly values: readonly string[]
}
export type FaultSetting = NumberSetting | TextSetting | ChoiceSetting

const number = (fallback: number, minimum = 0): NumberSetting => ({ type: 'number', default: fallback, minimum })
const text = (fallback?: string): TextSetting => ({ type: 'text', default: fallback })

const MEBIBYTE = 1_048_576
const retryAfter = text()

/** Every kind of fault with its own settings. `times` is 1 unless a kind says otherwise. */
export const FAULT_KINDS = {
  status: {
    about: 'a status with an error body in the provider’s shape',
    settings: { status: number(500, 200), code: text(), retryAfter },
  },
  throttle: { about: 'the provider’s documented throttling answer', settings: { retryAfter } },
  'access-denied': { about: 'authenticated, but not allowed', settings: {} },
  'expired-token': { about: 'the provider’s answer to expired temporary credentials', settings: {} },
  rate: { about: 'throttles what exceeds `perSecond`', settings: { perSecond: number(1, 1), retryAfter } },
  delay: { about: 'answers after `ms`', settings: { ms: number(1000) } },
  hang: { about: 'never answers', settings: {} },
  drip: {
    about: 'sends `bytes` of the body every `intervalMs`',
    settings: { bytes: number(1, 1), intervalMs: number(100) },
  },
  'reset-before': { about: 'resets the connection before any byte', settings: {} },
  'reset-inside': { about: 'resets the connection inside the body', settings: {} },
  truncate: { about: 'closes the connection inside the body', settings: {} },
  'close-idle': { about: 'answers, then closes the socket unannounced after `ms`', settings: { ms: number(0) } },
  'content-type': { about: 'the right answer under another Content-Type', settings: { value: text('text/plain') } },
  html: { about: 'a page of a load balancer', settings: { status: number(502, 200) } },
  oversized: {
    about: 'the right answer with white space behind it, `bytes` in all',
    settings: { bytes: number(100 * MEBIBYTE, 1) },
  },
  'gzip-bomb': { about: 'a small gzip body that becomes `bytes`', settings: { bytes: number(100 * MEBIBYTE, 1) } },
  redirect: {
    about: 'sends the client to `location`',
    settings: { status: number(302, 300), location: text('http://127.0.0.1:9/') },
  },
  'wrong-key-id': { about: 'a right signature under another key id or version', settings: {} },
  'corrupt-signature': { about: 'a signature with one bit flipped', settings: {} },
  'swap-signature': { about: 'a valid signature by another key', settings: {} },
  'double-hash': { about: 'a signature over the hash of the hash', settings: {} },
  'loose-base64': {
    about: 'a right signature in base64 that is not strict',
    settings: { form: { type: 'choice', default: 'whitespace', values: BASE64_FORMS } },
  },
  echo: {
    about: 'an error that repeats parameters, credentials and proofs of the request',
    settings: { status: number(400, 400) },
  },
  'empty-object': { about: '200 with `{}`', settings: {} },
  'not-json': { about: '200 with a text that is no JSON', settings: {} },
  'error-envelope': { about: '200 with an error in the body', settings: { code: text() } },
  clock: { about: 'the emulator’s clock is off by `offset` ms', settings: { offset: number(3_600_000, -Infinity) } },
} as const satisfies Record<string, { about: string; settings: Readonly<Record<string, FaultSetting>> }>

export type FaultKind = keyof typeof FAULT_KINDS

/** A fault as callers give it. */
export interface FaultRequest {
  /** Such as `hang` or `throttle`; the README lists them with their settings. */
  readonly kind: string
  /** Only requests in this protocol. Default: any. */
  readonly provider?: ProviderName
  /** Only requests for this operation, under the name that `requests` shows: `sign`, `getPublicKey`, … */
  readonly operation?: string
  /** How many requests meet it. Default 1, unless the kind says otherwise. */
  readonly times?: number
  readonly [setting: string]: unknown
}

/** A fault with everything filled in. */
export interface Fault {
  readonly kind: FaultKind
  readonly provider: ProviderName | undefined
  readonly operation: string | undefined
  readonly numbers: Readonly<Record<string, number>>
  readonly texts: Readonly<Record<string, string>>
  remaining: number
}

const COMMON = ['kind', 'provider', 'operation', 'times'] as const

/** Fills in defaults; an unknown kind or setting is a TypeError. */
export function parseFault(request: FaultRequest): Fault {
  const { kind, provider, operation } = request
  if (!isFaultKind(kind))
    throw new TypeError(`There is no fault "${kind}"; there are ${Object.keys(FAULT_KINDS).join(', ')}`)
  const settings: Readonly<Record<string, FaultSetting>> = FAULT_KINDS[kind].settings
  assertKnownNames(`fault ${kind}`, request, [...COMMON, ...Object.keys(settings)])
  if (provider !== undefined && !['ncp', 'volcengine', 'aws'].includes(provider)) {
    throw new TypeError('fault provider must be ncp, volcengine or aws')
  }
  const numbers: Record<string, number> = {}
  const texts: Record<string, string> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const value = request[name] ?? setting.default
    if (setting.type === 'number') numbers[name] = readNumber(`fault ${kind}: ${name}`, value, setting.minimum)
    else if (setting.type === 'choice') texts[name] = readChoice(`fault ${kind}: ${name}`, value, setting.values)
    else if (value !== undefined) texts[name] = String(value)
  }
  const times = request.times ?? (kind === 'rate' ? Infinity : 1)
  const remaining = times === Infinity ? times : readNumber(`fault ${kind}: times`, times, 1)
  return { kind, provider, operation, numbers, texts, remaining }
}

function isFaultKind(kind: unknown): kind is FaultKind {
  return typeof kind === 'string' && Object.hasOwn(FAULT_KINDS, kind)
}

function readChoice(name: string, value: unknown, values: readonly string[]): string {
  if (typeof value === 'string' && values.includes(value)) return value
  throw new TypeError(`${name} must be one of ${values.join(', ')}`)
}

function readNumber(name: string, value: unknown, minimum: number): number {
  if (typeof value === 'number' && value >= minimum && Number.isFinite(value)) return value
  throw new TypeError(`${name} must be a number of at least ${minimum}`)
}
