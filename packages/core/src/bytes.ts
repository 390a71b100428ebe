import { isUint8Array } from 'node:util/types'

/** Plain bytes with a buffer of their own; never a `Buffer`, never a view into somebody else's memory. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>

/** The bytes again, in a fresh buffer that nobody else holds. */
export function copyBytes(bytes: Uint8Array): Bytes {
  // Uint8Array.prototype.slice would make a Buffer from a Buffer.
  return new Uint8Array(bytes)
}

/**
 * Passes a `Uint8Array` (so `Buffer` too) and nothing else.
 *
 * @throws TypeError that names the argument, and for a string the two conversions that are meant most often.
 */
export function assertBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (isUint8Array(value)) return
  if (typeof value === 'string') {
    throw new TypeError(
      `${name} must be a Uint8Array, got a string. Use Buffer.from(text, 'utf8') or Buffer.from(text, 'base64').`,
    )
  }
  throw new TypeError(`${name} must be a Uint8Array, got ${describeType(value)}.`)
}

/** The type of a value for a message, never the value. */
export function describeType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && /^[A-Za-z]\w{0,40}$/.test(name) && name !== 'Object' ? `a ${name}` : 'an object'
}

/** Equal length and content; not in constant time, for public values only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0
}

/** The byte at an index, 0 beyond the end. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
