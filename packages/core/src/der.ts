import { byteAt } from './bytes.ts'

/** One element of DER: its tag, where it begins, and where its content lies in the bytes it was read from. */
export interface DerElement {
  readonly tag: number
  readonly offset: number
  readonly start: number
  readonly end: number
}

export const DER = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  SEQUENCE: 0x30,
} as const

/**
 * Reads one element strictly: a one-byte tag, a length in the shortest form (ITU-T X.690 §10.1), content that ends
 * within `end`. Undefined for anything else.
 */
export function readElement(bytes: Uint8Array, offset: number, end: number = bytes.length): DerElement | undefined {
  // Beyond the end bytes read as 0, and what would end there is refused below.
  const tag = byteAt(bytes, offset)
  const first = byteAt(bytes, offset + 1)
  if ((tag & 0x1f) === 0x1f) return undefined
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const count = first - 0x80
    if (count > 3) return undefined
    length = 0
    for (const stop = start + count; start < stop; start += 1) length = length * 256 + byteAt(bytes, start)
    if (length < 0x80 || length < 256 ** (count - 1)) return undefined
  }
  return start + length <= end ? { tag, offset, start, end: start + length } : undefined
}

/** The elements side by side from `start` to exactly `end`; undefined if one is malformed. */
export function readElements(bytes: Uint8Array, start: number, end: number): readonly DerElement[] | undefined {
  const elements: DerElement[] = []
  for (let offset = start; offset < end; ) {
    const element = readElement(bytes, offset, end)
    if (element === undefined) return undefined
    elements.push(element)
    offset = element.end
  }
  return elements
}

/** The children of a SEQUENCE that is all there is in `bytes`. */
export function readSequence(bytes: Uint8Array): readonly DerElement[] | undefined {
  const outer = readElement(bytes, 0)
  if (outer?.tag !== DER.SEQUENCE || outer.end !== bytes.length) return undefined
  return readElements(bytes, outer.start, outer.end)
}

/** The content of a positive INTEGER in its shortest form, without the sign byte; undefined for anything else. */
export function readPositive(bytes: Uint8Array, element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== DER.INTEGER || element.start === element.end) return undefined
  const first = byteAt(bytes, element.start)
  if (first >= 0x80) return undefined
  if (first !== 0) return bytes.subarray(element.start, element.end)
  if (element.end - element.start < 2 || byteAt(bytes, element.start + 1) < 0x80) return undefined
  return bytes.subarray(element.start + 1, element.end)
}

/** One element from its content. */
export function derElement(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...content])
}

/** A non-negative INTEGER from its big-endian bytes; leading zeros are dropped. */
export function derInteger(bytes: Uint8Array): Buffer {
  const value = dropLeadingZeros(bytes)
  const sign = (value[0] ?? 0x80) >= 0x80 ? [0] : []
  return derElement(DER.INTEGER, Uint8Array.from(sign), value)
}

/** A view without the zeros at the front. */
export function dropLeadingZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first)
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 + bytes.length, ...bytes]
}
