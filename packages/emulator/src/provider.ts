import type { KeyMaterial } from './keys/material.ts'
import type { ProviderHandlers } from './message.ts'
import { drawSettings } from './random-profile.ts'
import { type Resolved, resolveSettings, type SettingTable } from './settings.ts'
import type { Store } from './store.ts'

/** What every provider's emulation is built from. */
export interface ProviderContext {
  readonly clock: () => number
  readonly store: Store
  /** Set when undocumented settings are to be drawn at random. */
  readonly seed: number | undefined
}

/** An emulated provider: its wire side, its programmatic side and the settings in force. */
export interface EmulatedProvider<Api> {
  readonly handlers: ProviderHandlers
  readonly api: Api
  readonly profile: Readonly<Record<string, unknown>>
  /** The material behind an id as clients name the key; undefined where this provider has no such key. */
  material(keyId: string, version: string | undefined): Promise<KeyMaterial> | undefined
}

/** The settings of one provider: what was given, else what the seed drew, else the default. */
export function readProviderSettings<Table extends SettingTable>(
  provider: string,
  table: Table,
  given: Readonly<Record<string, unknown>>,
  context: ProviderContext,
): Resolved<Table> {
  const base = context.seed === undefined ? {} : drawSettings(provider, table, context.seed)
  return resolveSettings(provider, table, given, { base, reserved: ['credentials', 'region'] })
}

/** Credentials given as an object of texts; missing ones are made by the caller. */
export function readCredentials(
  provider: string,
  given: unknown,
  names: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null) throw new TypeError(`${provider}.credentials must be an object`)
  const values = given as Readonly<Record<string, unknown>>
  const read: Record<string, string> = {}
  for (const name of [...names, ...optional]) {
    const value = values[name]
    if (value === undefined && optional.includes(name)) continue
    if (typeof value !== 'string' || value === '') {
      throw new TypeError(`${provider}.credentials.${name} must be a text, got ${typeof value}`)
    }
    read[name] = value
  }
  return read
}
