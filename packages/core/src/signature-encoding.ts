import { type AlgorithmRow, isKeySpec, type KeySpec, rowsForKeySpec, type SignatureEncoding } from './algorithms.ts'
import { assertBytes, type Bytes, byteAt, copyBytes, ownBytes } from './bytes.ts'
import { createKmsError } from './errors.ts'
import { curveOrder, P256K_ORDER } from './order.ts'

/**
 * Turns an ECDSA or SM2 signature from DER, SEQUENCE of r and s, into r and s at the curve's width one after the other
 * (IEEE P1363; the form of JOSE and WebCrypto). Strict: shortest lengths and integers, nothing after the end, r and s
 * within 1 … n − 1.
 *
 * @throws KmsError `KMS_INVALID_ARGUMENT` for bytes that are not such a signature.
 * @throws TypeError for something else than bytes, or a key spec without such signatures.
 */
export function ecdsaSignatureToP1363(der: Uint8Array, keySpec: KeySpec): Bytes {
  return publicConversion(der, 'der', 'p1363', keySpec)
}

/**
 * The way back of {@link ecdsaSignatureToP1363}: r and s at fixed width (64 bytes for P-256, secp256k1 and SM2, 96 for
 * P-384, 132 for P-521) into DER.
 *
 * @throws As {@link ecdsaSignatureToP1363}.
 */
export function ecdsaSignatureToDer(p1363: Uint8Array, keySpec: KeySpec): Bytes {
  return publicConversion(p1363, 'p1363', 'der', keySpec)
}

/**
 * A secp256k1 signature r ‖ s with s at most half of the curve's order, as Bitcoin and Ethereum ask for: s becomes n − s
 * where it is more, which it is in half of the signatures of a cloud KMS. Both forms are right, and verify.
 *
 * @throws As {@link ecdsaSignatureToP1363}; TypeError also for another key spec, since no other curve has this rule.
 */
export function ecdsaSignatureToLowS(p1363: Uint8Array, keySpec: KeySpec): Bytes {
  if (keySpec !== 'EC_P256K') throw new TypeError('keySpec must be EC_P256K.')
  return lowerOf(publicConversion(p1363, 'p1363', 'p1363', keySpec))
}

/**
 * A signature in another encoding, in a buffer of its own; undefined when it is malformed or the key spec has no such
 * encoding. Never guesses `from`: one P1363 signature in 256 begins like DER.
 */
export function convertSignature(
  signature: Uint8Array,
  from: SignatureEncoding,
  to: SignatureEncoding,
  keySpec: KeySpec,
): Bytes | undefined {
  const order = curveOrder(keySpec)
  if (order === undefined) return from === 'raw' && to === 'raw' ? copyBytes(signature) : undefined
  const pair = readPair(signature, from, order)
  if (pair === undefined || to === 'p1363') return pair
  return to === 'der' ? writeDer(pair) : undefined
}

/**
 * The signature in its one exact form, in a buffer of its own; undefined when it cannot be one. The bytes are taken over:
 * where they are exact already, and alone in their buffer, they are what comes back. RSA: as long as the modulus, with
 * zeros put back in front that some providers drop. Ed25519 and ML-DSA: the exact length. These have one form only, so
 * `encoding` says nothing about them.
 */
export function normalizeSignature(
  signature: Uint8Array,
  encoding: SignatureEncoding,
  row: AlgorithmRow,
): Bytes | undefined {
  const { signatureBytes, modulusBytes } = row
  if (signatureBytes === undefined) {
    const pair = convertSignature(signature, encoding, 'p1363', row.keySpec)
    // Of one pair there is one DER.
    return pair !== undefined && encoding === 'der' ? ownBytes(signature) : pair
  }
  if (signature.length === 0) return undefined
  if (signature.length === signatureBytes) return ownBytes(signature)
  if (modulusBytes === undefined || signature.length > modulusBytes) return undefined
  const padded = new Uint8Array(modulusBytes)
  padded.set(signature, modulusBytes - signature.length)
  return padded
}

/** Whether s of a secp256k1 signature r ‖ s is at most half of the order. */
export function isLowS(p1363: Uint8Array): boolean {
  return lowerOf(p1363) === p1363
}

/** The signature itself, or the one with n − s for s where that is less; n is odd, so the two are never equal. */
function lowerOf<T extends Uint8Array>(p1363: T): T | Bytes {
  const other = copyBytes(p1363)
  let borrow = 0
  for (let index = 31; index >= 0; index -= 1) {
    const rest = byteAt(P256K_ORDER, index) - byteAt(p1363, 32 + index) - borrow
    other[32 + index] = rest
    borrow = Number(rest < 0)
  }
  return Buffer.compare(p1363, other) < 0 ? p1363 : other
}

function publicConversion(bytes: Uint8Array, from: SignatureEncoding, to: SignatureEncoding, keySpec: KeySpec): Bytes {
  assertBytes(bytes, 'signature')
  if (!isKeySpec(keySpec) || curveOrder(keySpec) === undefined) {
    throw new TypeError('keySpec must be EC_P256, EC_P384, EC_P521, EC_P256K or EC_SM2.')
  }
  const converted = convertSignature(bytes, from, to, keySpec)
  if (converted !== undefined) return converted
  const algorithm = rowsForKeySpec(keySpec)[0]?.algorithm
  const detail = `the bytes are not a signature of ${algorithm} with ${keySpec} in the encoding ${from}`
  throw createKmsError('KMS_INVALID_ARGUMENT', { operation: 'verify', detail })
}

/** r and s at fixed width, both within 1 … n − 1. */
function readPair(signature: Uint8Array, encoding: SignatureEncoding, order: Uint8Array): Bytes | undefined {
  const width = order.length
  const pair =
    encoding === 'der' ? readDer(signature, width) : encoding === 'p1363' ? readP1363(signature, width) : undefined
  if (pair === undefined) return undefined
  return isScalar(pair, 0, order) && isScalar(pair, width, order) ? pair : undefined
}

function readP1363(signature: Uint8Array, width: number): Bytes | undefined {
  return signature.length === 2 * width ? copyBytes(signature) : undefined
}

// By hand and not through der.ts: this runs for every signature, and costs a tenth of a microsecond.
function readDer(der: Uint8Array, width: number): Bytes | undefined {
  if (der[0] !== 0x30) return undefined
  const long = der[1] === 0x81
  const length = byteAt(der, long ? 2 : 1)
  const start = long ? 3 : 2
  if (length >= 0x80 !== long || start + length !== der.length) return undefined
  const pair = new Uint8Array(2 * width)
  const middle = readInteger(der, start, pair, width)
  if (middle === undefined) return undefined
  return readInteger(der, middle, pair, 2 * width) === der.length ? pair : undefined
}

/** Writes the value of an INTEGER so that it ends before `target`'s index `stop`; the offset after it. */
function readInteger(der: Uint8Array, offset: number, target: Uint8Array, stop: number): number | undefined {
  const length = byteAt(der, offset + 1)
  const end = offset + 2 + length
  if (der[offset] !== 0x02 || length === 0 || length >= 0x80 || end > der.length) return undefined
  const first = byteAt(der, offset + 2)
  const signed = first === 0
  if (first >= 0x80 || (signed && (length === 1 || byteAt(der, offset + 3) < 0x80))) return undefined
  const start = signed ? offset + 3 : offset + 2
  const room = target.length / 2
  if (end - start > room) return undefined
  for (let from = start, to = stop - (end - start); from < end; from += 1, to += 1) target[to] = byteAt(der, from)
  return end
}

/** Whether the number at `offset` is within 1 … n − 1. */
function isScalar(bytes: Uint8Array, offset: number, order: Uint8Array): boolean {
  let index = 0
  while (index < order.length && byteAt(bytes, offset + index) === byteAt(order, index)) index += 1
  if (index === order.length || byteAt(bytes, offset + index) > byteAt(order, index)) return false
  for (let at = offset; at < offset + order.length; at += 1) if (bytes[at] !== 0) return true
  return false
}

function writeDer(pair: Uint8Array): Bytes {
  const width = pair.length / 2
  const r = integerStart(pair, 0, width)
  const s = integerStart(pair, width, pair.length)
  const rBytes = width - r + (byteAt(pair, r) >> 7)
  const sBytes = pair.length - s + (byteAt(pair, s) >> 7)
  const content = rBytes + sBytes + 4
  const header = content >= 0x80 ? 3 : 2
  const der = new Uint8Array(header + content)
  der[0] = 0x30
  if (header === 3) der[1] = 0x81
  der[header - 1] = content
  writeInteger(der, header, pair, r, width, rBytes)
  writeInteger(der, header + 2 + rBytes, pair, s, pair.length, sBytes)
  return der
}

function integerStart(pair: Uint8Array, from: number, end: number): number {
  let start = from
  while (start < end - 1 && pair[start] === 0) start += 1
  return start
}

function writeInteger(der: Uint8Array, at: number, from: Uint8Array, start: number, end: number, length: number): void {
  der[at] = 0x02
  der[at + 1] = length
  for (let source = start, to = at + 2 + length - (end - start); source < end; source += 1, to += 1) {
    der[to] = byteAt(from, source)
  }
}
