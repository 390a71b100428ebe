import { describeType } from './bytes.ts'
import { type ConfigIssue, createKmsError } from './errors.ts'
import { nearest } from './nearest.ts'

/** Reports one problem of an option; parsing goes on, so that all are found at once. */
export type Report = (path: string, message: string) => void

/** Turns the value of one option into what the code works with, or reports and returns undefined. */
export type Field<T> = (value: unknown, path: string, report: Report) => T | undefined

type Fields = Readonly<Record<string, Field<unknown>>>
type Parsed<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }
/** While problems are still being collected, what has one is undefined. */
type Doubtful<F extends Fields> = { readonly [K in keyof F]: Parsed<F>[K] | undefined }

/** A text without control characters; `min` and `max` in characters. */
/* @__NO_SIDE_EFFECTS__ */
export function text(rule: { min?: number; max?: number; pattern?: RegExp; expected?: string } = {}): Field<string> {
  const { min = 1, max = 2048, pattern = /^[^\p{Cc}]*$/u, expected = `a text of ${min} to ${max} characters` } = rule
  return (value, path, report) => {
    if (typeof value !== 'string') return void report(path, `expected ${expected}, got ${describeType(value)}`)
    if (value.length >= min && value.length <= max && pattern.test(value)) return value
    report(path, `expected ${expected}; the text given does not fit`)
  }
}

/** A whole number within bounds. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeNumber(min: number, max: number): Field<number> {
  return (value, path, report) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    const got = typeof value === 'number' ? 'another number' : describeType(value)
    report(path, `expected a whole number from ${min} to ${max}, got ${got}`)
  }
}

/** Any finite number above zero. */
export const positiveNumber: Field<number> = (value, path, report) => {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  report(path, `expected a number above 0, got ${typeof value === 'number' ? 'another number' : describeType(value)}`)
}

/** True or false. */
export const flag: Field<boolean> = (value, path, report) => {
  if (typeof value === 'boolean') return value
  report(path, `expected true or false, got ${describeType(value)}`)
}

/** One of a few texts. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<const T extends string>(choices: readonly T[]): Field<T> {
  return (value, path, report) => {
    if (choices.includes(value as T)) return value as T
    const list = choices.map((choice) => `'${choice}'`).join(', ')
    const hint = typeof value === 'string' ? nearest(value, choices) : undefined
    const got = typeof value === 'string' ? 'a text that is none of them' : describeType(value)
    report(path, `expected one of ${list}, got ${got}${hint === undefined ? '' : `; did you mean '${hint}'?`}`)
  }
}

/** A function; what it returns is judged when it is called. */
/* @__NO_SIDE_EFFECTS__ */
export function callable<F extends (...args: never[]) => unknown>(): Field<F> {
  return (value, path, report) => {
    if (typeof value === 'function') return value as F
    report(path, `expected a function, got ${describeType(value)}`)
  }
}

/** Another rule for the same value. */
/* @__NO_SIDE_EFFECTS__ */
export function required<T>(field: Field<T>): Field<T> {
  return (value, path, report) => {
    if (value === undefined) return void report(path, 'is required')
    return field(value, path, report)
  }
}

/** `undefined` counts as absent. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value, path, report) => (value === undefined ? undefined : field(value, path, report))
}

/** As {@link optional}, with a value for absence. */
/* @__NO_SIDE_EFFECTS__ */
export function withDefault<T>(field: Field<T>, fallback: T): Field<T> {
  return (value, path, report) => (value === undefined ? fallback : field(value, path, report))
}

/** A nested object with fields of its own; unknown names are reported. */
/* @__NO_SIDE_EFFECTS__ */
export function group<F extends Fields>(fields: F): Field<Parsed<F>> {
  return (value, path, report) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return void report(path, `expected an object, got ${describeType(value)}`)
    }
    return readFields(value, fields, path, report)
  }
}

/**
 * Reads the options of a factory into a frozen object, or throws `KMS_INVALID_CONFIG` with every problem at once. Option
 * names that are not in `fields` are refused with the nearest known one. `also` checks what spans several options.
 */
export function parseOptions<F extends Fields>(
  provider: string | undefined,
  input: unknown,
  fields: F,
  also?: (options: Doubtful<F>, report: Report) => void,
): Parsed<F> {
  const issues: ConfigIssue[] = []
  const report: Report = (path, message) => void issues.push({ path, message })
  const options = group(fields)(input, '', report)
  if (options !== undefined) also?.(options, report)
  if (options !== undefined && issues.length === 0) return options
  if (options === undefined && issues[0]?.path === '') issues[0] = { ...issues[0], path: 'options' }
  throw createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', provider, issues })
}

function readFields<F extends Fields>(value: object, fields: F, path: string, report: Report): Parsed<F> {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const read: Record<string, unknown> = Object.create(null)
  for (const [name, field] of Object.entries(fields)) {
    read[name] = field((value as Record<string, unknown>)[name], at(name), report)
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name) || (value as Record<string, unknown>)[name] === undefined) continue
    const hint = nearest(name, Object.keys(fields))
    // A mistyped name is worth showing; anything else could be a value in the wrong place.
    const shown = /^[A-Za-z]\w{0,39}$/.test(name) ? name : 'option'
    report(at(shown), `is not an option${hint === undefined ? '' : `; did you mean '${hint}'?`}`)
  }
  return Object.freeze(read) as Parsed<F>
}
