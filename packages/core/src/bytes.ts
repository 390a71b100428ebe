import { isUint8Array } from 'node:util/types'

/** Plain bytes with a buffer of their own; never a `Buffer`, never a view into somebody else's memory. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>

/** The bytes again, in a fresh buffer that nobody else holds. */
export function copyBytes(bytes: Uint8Array): Bytes {
  // Uint8Array.prototype.slice would make a Buffer from a Buffer.
  return new Uint8Array(bytes)
}

/** Up to here V8 keeps bytes in its own heap, where a copy is cheaper than to ask for their buffer. */
export const MAX_IN_HEAP = 64

/** As {@link copyBytes}, for bytes that were given away: themselves where they are plain and alone in their buffer. */
export function ownBytes(bytes: Uint8Array): Bytes {
  const plain = bytes.length > MAX_IN_HEAP && bytes.constructor === Uint8Array
  return plain && bytes.length === bytes.buffer.byteLength ? (bytes as Bytes) : copyBytes(bytes)
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
