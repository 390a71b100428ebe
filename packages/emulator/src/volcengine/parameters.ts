import { isJsonObject, type JsonObject, parseJsonObject } from '../encoding.ts'
import { splitTarget, type WireRequest } from '../message.ts'
import { decodeQuery } from './canonical-query.ts'
import { invalidParameter, missingParameter } from './errors.ts'
import type { VolcengineSettings } from './settings.ts'

/** Parameters of a call, wherever they travelled. */
export interface Parameters {
  has(name: string): boolean
  /** Text; numbers and booleans are taken too. */
  text(name: string): string | undefined
  required(name: string): string
  integer(name: string, fallback: number, minimum: number, maximum: number): number
  /** A JSON value, or one put together from flattened names like `Tags.1.Key`. */
  value(name: string): unknown
}

/**
 * Merges query and body: generated clients put everything but Action and Version into a JSON body, the documents' own
 * samples split it, and management samples put everything into the query.
 */
export function readParameters(request: WireRequest, settings: VolcengineSettings): Parameters {
  const query = Object.fromEntries(decodeQuery(splitTarget(request.target).query))
  const body = readBody(request)
  for (const name of settings.conflict === 'reject' ? Object.keys(body) : []) {
    if (query[name] !== undefined && query[name] !== String(body[name])) throw invalidParameter(name)
  }
  const merged: JsonObject = settings.conflict === 'query' ? { ...body, ...query } : { ...query, ...body }
  return wrap(unflatten(merged))
}

function wrap(values: JsonObject): Parameters {
  const text = (name: string): string | undefined => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw invalidParameter(name)
  }
  return {
    text,
    has: (name) => text(name) !== undefined && text(name) !== '',
    value: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
    required(name) {
      const value = text(name)
      if (value === undefined || value === '') throw missingParameter(name)
      return value
    },
    integer(name, fallback, minimum, maximum) {
      const value = text(name)
      if (value === undefined) return fallback
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= minimum && number <= maximum)) throw invalidParameter(name)
      return number
    },
  }
}

function readBody(request: WireRequest): JsonObject {
  const type = request.headers['content-type'] ?? ''
  const text = Buffer.from(request.body).toString('utf8')
  if (type.includes('x-www-form-urlencoded') && !text.trimStart().startsWith('{')) {
    return Object.fromEntries(decodeQuery(text))
  }
  const body = parseJsonObject(request.body)
  if (!body) throw invalidParameter('body')
  return body
}

/** `Tags.1.Key=a` becomes `Tags: [{ Key: 'a' }]`. */
function unflatten(values: JsonObject): JsonObject {
  const lists = new Map<string, Map<number, Record<string, unknown>>>()
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    const [, list, index, field] = /^(\w+)\.(\d{1,3})\.(\w+)$/.exec(name) ?? []
    if (list === undefined || index === undefined || field === undefined) {
      plain[name] = value
      continue
    }
    const items = lists.get(list) ?? new Map<number, Record<string, unknown>>()
    lists.set(list, items)
    items.set(Number(index), { ...items.get(Number(index)), [field]: value })
  }
  for (const [list, items] of lists) {
    plain[list] = [...items.entries()].sort(([left], [right]) => left - right).map(([, item]) => item)
  }
  return plain
}

/** Tags as `{ Key, Value }` pairs; anything else is refused. */
export function readTags(value: unknown): readonly { readonly Key: string; readonly Value: string }[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw invalidParameter('Tags')
  return value.map((tag: unknown) => {
    if (!isJsonObject(tag) || typeof tag['Key'] !== 'string') throw invalidParameter('Tags')
    return { Key: tag['Key'], Value: String(tag['Value'] ?? '') }
  })
}
