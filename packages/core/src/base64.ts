import { type Bytes, MAX_IN_HEAP } from './bytes.ts'

/** Base64 with the standard alphabet and padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  // A copy into Node's own pool is cheaper than the buffer of an array that V8 keeps in its heap.
  if (bytes.length <= MAX_IN_HEAP) return Buffer.from(bytes).toString('base64')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/**
 * Strict base64: standard alphabet, padding present, no white space, no bits lost. Undefined for anything else.
 *
 * `Buffer.from(text, 'base64')` takes both alphabets and drops what it does not know, so the check is to encode again.
 */
export function decodeBase64(text: string): Bytes | undefined {
  const bytes = new Uint8Array(Buffer.byteLength(text, 'base64'))
  const view = Buffer.from(bytes.buffer)
  view.write(text, 'base64')
  return view.toString('base64') === text ? bytes : undefined
}
