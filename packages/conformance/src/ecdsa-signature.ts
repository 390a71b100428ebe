import type { KeySpec } from '@kmsign/core'

// A second reading of X.690 and SEC 1, so that a mistake in core's own is not repeated by its judge.

/** The two numbers of an ECDSA or SM2 signature. */
export interface Pair {
  readonly r: bigint
  readonly s: bigint
}

/** Bytes of one coordinate, and the order of the base point. */
const CURVES: { readonly [K in KeySpec]?: { readonly bytes: number; readonly order: bigint } } = {
  EC_P256: { bytes: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  EC_P256K: { bytes: 32, order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n },
  EC_SM2: { bytes: 32, order: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n },
  EC_P384: {
    bytes: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  EC_P521: {
    bytes: 66,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
}

/** The curve of a key spec; undefined for keys that have none with r and s. */
export function curveOf(keySpec: KeySpec): { readonly bytes: number; readonly order: bigint } | undefined {
  return CURVES[keySpec]
}

/** Reads DER strictly: minimal lengths and integers, positive, nothing behind. Undefined for anything else. */
export function readDer(der: Uint8Array): Pair | undefined {
  const body = readElement(der, 0, 0x30)
  if (body === undefined || body.end !== der.length) return undefined
  const r = readElement(der, body.start, 0x02)
  const s = r && readElement(der, r.end, 0x02)
  if (r === undefined || s === undefined || s.end !== body.end) return undefined
  const numbers = [der.subarray(r.start, r.end), der.subarray(s.start, s.end)].map(readPositive)
  const [first, second] = numbers
  return first === undefined || second === undefined ? undefined : { r: first, s: second }
}

/** Reads r and s at fixed width; undefined for another length. */
export function readP1363(bytes: Uint8Array, width: number): Pair | undefined {
  if (bytes.length !== 2 * width) return undefined
  return { r: toNumber(bytes.subarray(0, width)), s: toNumber(bytes.subarray(width)) }
}

export function writeDer({ r, s }: Pair): Uint8Array {
  return element(0x30, Buffer.concat([integer(r), integer(s)]))
}

/** An element of DER around `content`. */
export function element(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content
  const header = length < 0x80 ? [tag, length] : [tag, 0x81, length]
  return new Uint8Array(Buffer.concat([Buffer.from(header), content]))
}

/** A positive INTEGER in its shortest form. */
export function integer(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

function readElement(bytes: Uint8Array, at: number, tag: number): { start: number; end: number } | undefined {
  const first = bytes[at + 1]
  if (bytes[at] !== tag || first === undefined) return undefined
  const long = first === 0x81
  const length = long ? (bytes[at + 2] ?? 0) : first
  if (long ? length < 0x80 : first >= 0x80) return undefined
  const start = at + (long ? 3 : 2)
  return start + length <= bytes.length ? { start, end: start + length } : undefined
}

function readPositive(bytes: Uint8Array): bigint | undefined {
  const [first, second] = bytes
  if (first === undefined || first >= 0x80) return undefined
  if (first === 0 && second !== undefined && second < 0x80) return undefined
  return toNumber(bytes)
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
}
