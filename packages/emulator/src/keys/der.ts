/** Strict DER for `SEQUENCE { r INTEGER, s INTEGER }`: one spelling per signature, anything else is undefined. */

export function encodeSignature(pair: Uint8Array): Buffer {
  const half = pair.length / 2
  return sequence(Buffer.concat([integer(pair.subarray(0, half)), integer(pair.subarray(half))]))
}

/** r‖s with both halves padded to `size` bytes. */
export function decodeSignature(der: Uint8Array, size: number): Buffer | undefined {
  const bytes = Buffer.from(der)
  const body = readElement(bytes, 0, 0x30)
  if (!body || body.end !== bytes.length) return undefined
  const r = readElement(bytes, body.start, 0x02)
  if (!r) return undefined
  const s = readElement(bytes, r.end, 0x02)
  if (!s || s.end !== body.end) return undefined
  const left = unsigned(bytes.subarray(r.start, r.end), size)
  const right = unsigned(bytes.subarray(s.start, s.end), size)
  return left && right ? Buffer.concat([left, right]) : undefined
}

export function sequence(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x30]), lengthOf(body.length), body])
}

export function bitString(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x03]), lengthOf(body.length + 1), Buffer.from([0]), body])
}

function integer(magnitude: Uint8Array): Buffer {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1
  const trimmed = magnitude.subarray(start)
  const sign = (trimmed[0] ?? 0) >= 0x80 ? [0] : []
  return Buffer.concat([Buffer.from([0x02, trimmed.length + sign.length, ...sign]), trimmed])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  if (length < 0x100) return Buffer.from([0x81, length])
  return Buffer.from([0x82, length >> 8, length & 0xff])
}

function readElement(bytes: Buffer, at: number, tag: number): { start: number; end: number } | undefined {
  if (bytes[at] !== tag) return undefined
  const first = bytes[at + 1]
  if (first === undefined || first === 0x80 || first > 0x81) return undefined
  const long = first === 0x81
  const length = long ? (bytes[at + 2] ?? 0) : first
  if (long && length < 0x80) return undefined
  const start = at + (long ? 3 : 2)
  return start + length <= bytes.length ? { start, end: start + length } : undefined
}

function unsigned(content: Buffer, size: number): Buffer | undefined {
  const [first, second] = content
  if (first === undefined || first >= 0x80) return undefined
  if (first === 0 && content.length > 1 && (second ?? 0) < 0x80) return undefined
  const magnitude = first === 0 ? content.subarray(1) : content
  return magnitude.length > size ? undefined : Buffer.concat([Buffer.alloc(size - magnitude.length), magnitude])
}
