import { nearestName } from './nearest-name.ts'

export type SettingValue = string | number | boolean | readonly string[]

/** One choice that a provider leaves open, or one limit that tests may want to move. */
export interface Setting<T extends SettingValue = SettingValue> {
  readonly default: T
  /** The other values, in words or as a list of literals. */
  readonly alternatives: readonly T[] | string
  /** Why it is a setting, with the place in the provider's documents. */
  readonly why: string
  /** Undocumented behaviour that a client must tolerate either way: drawn by the random profile. */
  readonly drawn: boolean
  accepts(value: unknown): value is T
}

export type SettingTable = Readonly<Record<string, Setting>>
export type Resolved<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never
}

/** One of a few literals. */
export function choice<const T extends string | number | boolean>(
  fallback: T,
  others: readonly T[],
  why: string,
  options: { readonly drawn?: boolean } = {},
): Setting<T> {
  const all: readonly unknown[] = [fallback, ...others]
  const accepts = (value: unknown): value is T => all.includes(value)
  return { default: fallback, alternatives: others, why, drawn: options.drawn ?? true, accepts }
}

/** A whole number within bounds. */
export function count(fallback: number, minimum: number, maximum: number, why: string): Setting<number> {
  const accepts = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum
  return { default: fallback, alternatives: `a whole number from ${minimum} to ${maximum}`, why, drawn: false, accepts }
}

/** Any text, the empty one too. */
export function text(fallback: string, why: string): Setting<string> {
  const accepts = (value: unknown): value is string => typeof value === 'string'
  return { default: fallback, alternatives: 'any text', why, drawn: false, accepts }
}

/** A list of texts. */
export function names(why: string): Setting<readonly string[]> {
  const accepts = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
  return { default: [], alternatives: 'a list of operation names', why, drawn: false, accepts }
}

/** Parses what a caller gave into a complete frozen object; a name that is not in the table is a TypeError. */
export function resolveSettings<Table extends SettingTable>(
  owner: string,
  table: Table,
  given: Readonly<Record<string, unknown>>,
  options: { readonly reserved?: readonly string[]; readonly base?: Readonly<Record<string, SettingValue>> } = {},
): Resolved<Table> {
  const reserved = options.reserved ?? []
  assertKnownNames(owner, given, [...Object.keys(table), ...reserved])
  const entries = Object.entries(table).map(([name, setting]) => {
    const value = given[name]
    if (value === undefined) return [name, options.base?.[name] ?? setting.default] as const
    if (!setting.accepts(value)) throw new TypeError(`${owner}.${name} must be ${describe(setting)}`)
    return [name, value] as const
  })
  return Object.freeze(Object.fromEntries(entries)) as Resolved<Table>
}

/** Refuses names that are not known, naming the nearest one. */
export function assertKnownNames(owner: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    throw new TypeError(`${owner} has no setting "${name}"${nearest ? `; did you mean "${nearest}"?` : ''}`)
  }
}

/** The values a setting takes, in words. */
function describe(setting: Setting): string {
  const { alternatives } = setting
  if (typeof alternatives === 'string') return alternatives
  return [setting.default, ...alternatives].map((value) => JSON.stringify(value)).join(' or ')
}
