import { isKeySpec, type KeySpec, type SigningAlgorithm } from './algorithms.ts'
import { describeType } from './bytes.ts'
import type { SignerOptions, Sm2UserId } from './contract.ts'
import {
  callable,
  type Field,
  flag,
  group,
  oneOf,
  optional,
  positiveNumber,
  type Report,
  text,
  wholeNumber,
  withDefault,
} from './options.ts'
import { type PublicKey, parsePublicKey } from './public-key.ts'
import type { PinnedKeys } from './public-key-store.ts'
import { parseSm2UserId, sm2UserIdField } from './sm2.ts'

const DEFAULT_TIMEOUT_MS = 20_000
const DEFAULT_ATTEMPT_TIMEOUT_MS = 5_000
const DEFAULT_MAX_ATTEMPTS = 3
/** The longest wait that a Node timer keeps. */
const MAX_TIMEOUT_MS = 2_147_483_647

const pinnedKeys: Field<PinnedKeys> = (value, path, report) => {
  const byVersion = (value as { byVersion?: unknown } | null)?.byVersion
  if (typeof value === 'object' && typeof byVersion === 'object' && byVersion !== null) {
    const keys = Object.entries(byVersion).map(([version, input]) => {
      return [version, publicKey(input, `${path}.byVersion.${version}`, report)] as const
    })
    if (keys.length === 0) return void report(`${path}.byVersion`, 'expected at least one version')
    return { byVersion: new Map(keys.filter((entry): entry is [string, PublicKey] => entry[1] !== undefined)) }
  }
  const all = publicKey(value, path, report)
  return all && { all }
}

const publicKey: Field<PublicKey> = (value, path, report) => {
  try {
    return parsePublicKey(value as Parameters<typeof parsePublicKey>[0])
  } catch {
    report(
      path,
      `expected a public key (SPKI bytes, PEM, JWK or KeyObject) of a known key spec, got ${describeType(value)}`,
    )
  }
}

/** Checks as `field` does and passes on what was given, so that parsing the result again gives the same. */
/* @__NO_SIDE_EFFECTS__ */
function checked<T>(field: Field<unknown>): Field<T> {
  return (value, path, report) => {
    field(value, path, report)
    return value as T
  }
}

const baseUrl: Field<string> = (value, path, report) => {
  const url = value instanceof URL || typeof (value as URL | null)?.href === 'string' ? (value as URL).href : value
  if (typeof url === 'string') return url
  report(path, `expected an http or https URL, got ${describeType(value)}`)
}

const pems: Field<string | readonly string[]> = (value, path, report) => {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return Object.freeze([...value])
  report(path, `expected PEM text or an array of them, got ${describeType(value)}`)
}

/** A call, since bundlers take the reading of a property for something that may do something. */
function systemClock(): () => number {
  return Date.now
}

const sizes = { min: 1, max: 65_536, pattern: /^[\s\S]*$/, expected: 'PEM text' }

/**
 * Field parsers of the options that every factory takes; an adapter spreads them into its own and adds `credentials`,
 * whose shape is its own. What a URL or PEM must look like in detail is the transport's to say.
 */
export const signerFields = {
  name: optional(text({ max: 128 })),
  publicKey: optional(checked<NonNullable<SignerOptions<never>['publicKey']>>(pinnedKeys)),
  integrity: withDefault(oneOf(['auto', 'require', 'off']), 'auto'),
  timeoutMs: withDefault(wholeNumber(1, MAX_TIMEOUT_MS), DEFAULT_TIMEOUT_MS),
  attemptTimeoutMs: withDefault(wholeNumber(1, MAX_TIMEOUT_MS), DEFAULT_ATTEMPT_TIMEOUT_MS),
  maxAttempts: withDefault(wholeNumber(1, 100), DEFAULT_MAX_ATTEMPTS),
  rateLimit: optional(
    group({
      perSecond: optional(positiveNumber),
      burst: optional(wholeNumber(1, 1_000_000)),
      concurrency: optional(wholeNumber(1, 1_000_000)),
      maxQueue: optional(wholeNumber(0, 10_000_000)),
    }),
  ),
  sm2UserId: optional(checked<Sm2UserId>(sm2UserIdField)),
  baseUrl: optional(baseUrl),
  allowInsecureHttp: withDefault(flag, false),
  proxy: optional(baseUrl),
  tls: optional(group({ ca: optional(pems), cert: optional(text(sizes)), key: optional(text(sizes)) })),
  clock: withDefault(callable<() => number>(), /* @__PURE__ */ systemClock()),
} as const

/** A text that travels in a header as it is, such as a key or a token: visible ASCII without white space. */
export const headerText: Field<string> = /* @__PURE__ */ text({
  max: 16_384,
  pattern: /^[\x21-\x7e]+$/,
  expected: 'visible ASCII characters without white space',
})

/**
 * The names of the fields that credentials need and lack as {@link headerText}, for what a credentials function returned:
 * further fields count for nothing, since it may return more.
 */
export function missingHeaderTexts(credentials: unknown, names: readonly string[]): readonly string[] {
  const fields = Object(credentials) as Readonly<Record<string, unknown>>
  return names.filter((name) => headerText(fields[name], name, () => undefined) === undefined)
}

/** Reports an algorithm that is not among those that the key spec given takes; nothing where either is not known. */
export function checkPair(
  algorithm: SigningAlgorithm | undefined,
  legal: readonly SigningAlgorithm[] | undefined,
  report: Report,
): void {
  if (algorithm === undefined || legal === undefined || legal.includes(algorithm)) return
  report('algorithm', `does not fit the keySpec, which takes ${legal.join(', ')}`)
}

const anything: Field<unknown> = (value) => value
const keySpec: Field<KeySpec> = (value, path, report) => {
  if (isKeySpec(value)) return value
  report(path, 'expected a key spec')
}

/** The part of the options that core itself works with. */
export function coreFields() {
  return {
    ...signerFields,
    publicKey: optional(pinnedKeys),
    sm2UserId: withDefault(sm2UserIdField, parseSm2UserId(undefined)),
    credentials: anything,
    keySpec: optional(keySpec),
  } as const
}

/** Options of `createSigner`: those of every factory, and the declared key spec where the adapter has one. */
export type CreateSignerOptions<C> = SignerOptions<C> & { readonly keySpec?: KeySpec }

/** Text for results where the id is text. */
export function sm2UserIdText(value: unknown, bytes: Uint8Array): string | undefined {
  if (typeof value === 'string') return value
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
