import { describeType } from './bytes.ts'

type Check = { readonly expected: string; readonly fits: (value: unknown) => boolean }

const MAX_TIMEOUT_MS = 2_147_483_647
const isText = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= 256

/** Every option of every call. The values are checked by what they can do: signals may come from another realm. */
const CHECKS: readonly (readonly [string, Check])[] = /* @__PURE__ */ Object.entries<Check>({
  signal: {
    expected: 'an AbortSignal',
    fits: (value) =>
      typeof (value as AbortSignal | null)?.addEventListener === 'function' && 'aborted' in (value as object),
  },
  timeoutMs: {
    // Not put together from the limit: bundlers could not leave the table out where nobody uses it.
    expected: 'a number of milliseconds above 0 and up to 2147483647',
    fits: (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS,
  },
  keyVersion: { expected: 'a text of 1 to 256 characters', fits: isText },
  pssSaltLength: {
    expected: 'a whole number of bytes',
    fits: (value) => Number.isInteger(value) && (value as number) >= 0,
  },
  mode: oneOf('auto', 'local', 'remote'),
  refresh: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
  onProgress: { expected: 'a function', fits: (value) => typeof value === 'function' },
})

const NO_OPTIONS = /* @__PURE__ */ Object.freeze({})
const SIGN_ENCODINGS = oneOf('der', 'p1363')
const VERIFY_ENCODINGS = oneOf('der', 'p1363', 'raw')

/**
 * Passes the options of a call, an empty object when there are none.
 *
 * @throws TypeError that names the option, what was expected and the type received, never the value.
 */
export function readCallOptions<O extends object>(options: O | undefined, operation: 'sign' | 'verify' | 'other'): O {
  if (options === undefined) return NO_OPTIONS as O
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${describeType(options)}.`)
  }
  const given = options as Readonly<Record<string, unknown>>
  for (const [name, check] of CHECKS) assertOption(name, given[name], check)
  if (operation !== 'other') {
    assertOption('encoding', given['encoding'], operation === 'sign' ? SIGN_ENCODINGS : VERIFY_ENCODINGS)
  }
  return options
}

function assertOption(name: string, value: unknown, { expected, fits }: Check): void {
  if (value === undefined || fits(value)) return
  const got = typeof value === 'number' || typeof value === 'string' ? `another ${typeof value}` : describeType(value)
  throw new TypeError(`options.${name} must be ${expected}, got ${got}.`)
}

/* @__NO_SIDE_EFFECTS__ */
function oneOf(...choices: string[]): Check {
  return {
    expected: choices.map((choice) => `'${choice}'`).join(' or '),
    fits: (value) => choices.includes(value as string),
  }
}
