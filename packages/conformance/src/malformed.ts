import { element, integer, type Pair, readDer, writeDer } from './ecdsa-signature.ts'

/** Bytes that are no signature of a scheme without structure, each derived from one that is. */
export function malformedRaw(signature: Uint8Array): readonly [string, Uint8Array][] {
  const { length } = signature
  return [
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0x30)],
    ['the last byte missing', signature.slice(0, -1)],
    // Leading zeros may be missing from an RSA signature: some providers drop them.
    ['the first byte that counts missing', signature.slice(signature.findIndex((byte) => byte !== 0) + 1)],
    ['a byte behind', Buffer.concat([signature, Buffer.of(0)])],
    ['a byte in front', Buffer.concat([Buffer.of(0), signature])],
    ['zeros', new Uint8Array(length)],
    ['ones', new Uint8Array(length).fill(0xff)],
    ['far too many bytes', new Uint8Array(10_000).fill(0x30)],
  ]
}

/** DER that a strict reader refuses, made from a valid signature over a curve of `order`. */
export function malformedDer(der: Uint8Array, order: bigint): readonly [string, Uint8Array][] {
  const pair = readDer(der)
  if (pair === undefined) throw new Error('the signature that was to be spoilt is not DER')
  const { r, s } = pair
  const padded = (value: bigint) => element(0x02, Buffer.concat([Buffer.of(0, 0), content(value)]))
  const sequence = (...parts: Uint8Array[]) => element(0x30, Buffer.concat(parts))
  const body = content0(der)
  return [
    ...malformedRaw(der),
    ['r padded with zeros', sequence(padded(r), integer(s))],
    ['s padded with zeros', sequence(integer(r), padded(s))],
    ['r of zero', writeDer({ r: 0n, s })],
    ['s of zero', writeDer({ r, s: 0n })],
    ['r as large as the order', writeDer({ r: order, s })],
    ['s as large as the order', writeDer({ r, s: order })],
    ['s and the order added', writeDer({ r, s: s + order })],
    ['r below zero', sequence(negative(r), integer(s))],
    ['a third number', sequence(integer(r), integer(s), integer(1n))],
    ['one number', sequence(integer(r))],
    ['an octet string for r', sequence(element(0x04, content(r)), integer(s))],
    ['a set for the sequence', element(0x31, body)],
    ['a length in the long form', Buffer.concat([Buffer.of(0x30, 0x82, 0, body.length), body])],
    ['an indefinite length', Buffer.concat([Buffer.of(0x30, 0x80), body, Buffer.of(0, 0)])],
    ['a length that is too large', Buffer.concat([Buffer.of(0x30, 0x7f), body])],
  ]
}

/** Fixed-width bytes that no signature has. */
export function malformedP1363(bytes: Uint8Array, { r, s }: Pair, order: bigint): readonly [string, Uint8Array][] {
  const width = bytes.length / 2
  const join = (...numbers: bigint[]) => Buffer.from(numbers.map((number) => hex(number, width)).join(''), 'hex')
  return [
    ...malformedRaw(bytes),
    ['r of zero', join(0n, s)],
    ['s of zero', join(r, 0n)],
    ['r as large as the order', join(order, s)],
    ['s as large as the order', join(r, order)],
    ['DER instead', writeDer({ r, s })],
  ]
}

function hex(value: bigint, width: number): string {
  return value.toString(16).padStart(2 * width, '0')
}

/** What is inside a positive INTEGER. */
function content(value: bigint): Uint8Array {
  return content0(integer(value))
}

function content0(outer: Uint8Array): Uint8Array {
  return outer.subarray(outer[1] === 0x81 ? 3 : 2)
}

/** The same bytes with the sign bit set and no zero in front. */
function negative(value: bigint): Uint8Array {
  const bytes = Buffer.from(content(value))
  const start = bytes[0] === 0 && bytes.length > 1 ? 1 : 0
  bytes[start] = (bytes[start] ?? 0) | 0x80
  return element(0x02, bytes.subarray(start))
}
