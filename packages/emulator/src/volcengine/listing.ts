import { isJsonObject } from '../encoding.ts'
import type { VolcengineCall } from './call.ts'
import { invalidParameter } from './errors.ts'
import type { Keyring, VolcengineKey } from './keys.ts'

type Predicate<Item> = (item: Item, value: string) => boolean
type FilterTable<Item> = Readonly<Record<string, Predicate<Item>>>

/** Filter keys of DescribeKeys. Ranges are handled apart, because their two values belong together. */
export const KEY_FILTERS: FilterTable<VolcengineKey> = {
  KeyName: (key, value) => key.name.toLowerCase().includes(value.toLowerCase()),
  Description: (key, value) => key.description.includes(value),
  KeySpec: (key, value) => key.spec === value,
  KeyState: (key, value) => key.state === value,
  KeyUsage: (key, value) => key.usage === value,
  ProtectionLevel: (key, value) => key.protectionLevel === value,
  RotateState: (_key, value) => value === 'Disable',
  Origin: (key, value) => key.origin === value,
}

export const KEYRING_FILTERS: FilterTable<Keyring> = {
  KeyringName: (ring, value) => ring.name.toLowerCase().includes(value.toLowerCase()),
  KeyringType: (ring, value) => ring.type === value,
  Description: (ring, value) => ring.description.includes(value),
}

interface Dated {
  readonly createdAt: number
  readonly updatedAt: number
}

const RANGES: Readonly<Record<string, (item: Dated) => number>> = {
  CreationDateRange: (item) => item.createdAt,
  UpdateDateRange: (item) => item.updatedAt,
}

/** `Filters` is a JSON text: OR within one key, AND between keys. */
export function filterBy<Item extends Dated>(
  call: VolcengineCall,
  items: readonly Item[],
  table: FilterTable<Item>,
): readonly Item[] {
  const predicates = readFilters(call).map(({ key, values }): ((item: Item) => boolean) => {
    const range = RANGES[key]
    if (range) return (item) => isWithin(range(item), values)
    const predicate = Object.hasOwn(table, key) ? table[key] : undefined
    if (!predicate) throw invalidParameter('Filters')
    return (item) => values.some((value) => predicate(item, value))
  })
  return items.filter((item) => predicates.every((predicate) => predicate(item)))
}

export function paginate<Item>(
  call: VolcengineCall,
  items: readonly Item[],
): { readonly items: readonly Item[]; readonly pageInfo: object } {
  const page = call.parameters.integer('CurrentPage', 1, 1, 1_000_000)
  const size = call.parameters.integer('PageSize', call.service.settings.defaultPageSize, 1, 100)
  const shown = items.slice((page - 1) * size, page * size)
  const pageInfo = { TotalCount: items.length, PageSize: size, CurrentPage: page, Count: shown.length }
  return { items: shown, pageInfo }
}

function readFilters(call: VolcengineCall): readonly { readonly key: string; readonly values: readonly string[] }[] {
  const text = call.parameters.text('Filters')
  if (text === undefined || text === '') return []
  if (text.length > 2048) throw invalidParameter('Filters')
  const filters = parseList(text)
  return filters.map((filter) => {
    if (!isJsonObject(filter)) throw invalidParameter('Filters')
    const { Key: key, Values: values } = filter
    if (typeof key !== 'string' || !Array.isArray(values) || values.length < 1 || values.length > 10) {
      throw invalidParameter('Filters')
    }
    return { key, values: values.map(String) }
  })
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // Refused below, like any other text that is not a list.
  }
  throw invalidParameter('Filters')
}

/** Two local times `YYYY-MM-DD hh:mm:ss`, in China's time zone. */
function isWithin(time: number, values: readonly string[]): boolean {
  const [from = Number.NaN, to = Number.NaN] = values.map((value) => Date.parse(`${value.replace(' ', 'T')}+08:00`))
  if (Number.isNaN(from) || Number.isNaN(to)) throw invalidParameter('Filters')
  return time >= from && time <= to
}
