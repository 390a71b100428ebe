import { timingSafeEqual } from 'node:crypto'

const STANDARD_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Standard base64 with padding, or undefined. `Buffer.from(text, 'base64')` takes both alphabets and drops what it does
 * not know, so it can never refuse anything by itself.
 */
export function decodeBase64(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || !STANDARD_BASE64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** As forgiving as `Buffer.from`; for the setting that makes a provider accept anything. */
export function decodeBase64Leniently(text: unknown): Buffer | undefined {
  return typeof text === 'string' ? Buffer.from(text, 'base64') : undefined
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left, 'utf8')
  const b = Buffer.from(right, 'utf8')
  return a.length === b.length && timingSafeEqual(a, b)
}

export type JsonObject = Readonly<Record<string, unknown>>

/** A JSON object, `{}` for an empty body, or undefined for anything else. */
export function parseJsonObject(body: Uint8Array): JsonObject | undefined {
  const text = Buffer.from(body).toString('utf8')
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
