import {
  constants,
  createECDH,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto'

// Signatures over digests made elsewhere, which node:crypto does not offer: only k·G and RSA itself come from there.

export type Hash = 'sha256' | 'sha384' | 'sha512'

/** How an RSA key signs: PKCS #1 v1.5, or PSS with this many bytes of salt. */
export type Padding = 'pkcs1v15' | { readonly salt: number }

/** ASN.1 of DigestInfo up to the digest (RFC 8017 §9.2). */
const DIGEST_INFO: Readonly<Record<Hash, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/** Names for `createECDH`, and orders (SEC 2 §2.4.2, §2.5.1, §2.6.1). */
const CURVES = {
  'P-256': { name: 'prime256v1', order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': {
    name: 'secp384r1',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    name: 'secp521r1',
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
} as const

export function signRsaDigest(key: KeyObject, hash: Hash, digest: Uint8Array, padding: Padding): Buffer {
  if (padding === 'pkcs1v15') {
    const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest])
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
  }
  const block = encodePss(hash, digest, randomBytes(padding.salt), modulusBytes(key))
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
}

export function checkRsaDigest(key: KeyObject, hash: Hash, digest: Uint8Array, signature: Buffer, padding: Padding) {
  try {
    if (padding === 'pkcs1v15') {
      const info = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
      return info.equals(Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]))
    }
    const block = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
    const masked = block.subarray(0, block.length - digest.length - 1)
    const plain = xor(masked, mask(hash, block.subarray(masked.length, -1), masked.length))
    const salt = plain.subarray(plain.length - padding.salt)
    return encodePss(hash, digest, salt, block.length).equals(block)
  } catch {
    return false
  }
}

/** FIPS 186-5 §6.4. DER. */
export function signEcDigest(key: KeyObject, digest: Uint8Array): Buffer {
  const { curve, secret } = privatePart(key)
  const e = leftmost(digest, curve.order)
  const once = createECDH(curve.name)
  const r = xOf(once.generateKeys()) % curve.order
  const s = (inverse(toNumber(once.getPrivateKey()), curve.order) * (e + r * secret)) % curve.order
  return sequence(integer(r), integer(s))
}

/** The private key is at hand, so k is found again instead of adding points: k·G must have r for its x. */
export function checkEcDigest(key: KeyObject, digest: Uint8Array, signature: Buffer): boolean {
  const pair = readSequence(signature)
  if (pair === undefined) return false
  const { curve, secret } = privatePart(key)
  const [r, s] = pair
  if (r <= 0n || s <= 0n || r >= curve.order || s >= curve.order) return false
  const k = ((leftmost(digest, curve.order) + r * secret) * inverse(s, curve.order)) % curve.order
  if (k === 0n) return false
  const again = createECDH(curve.name)
  again.setPrivateKey(toBytes(k))
  return xOf(again.getPublicKey()) % curve.order === r
}

/** RFC 8017 §9.1.1; all moduli here are whole bytes long. */
function encodePss(hash: Hash, digest: Uint8Array, salt: Uint8Array, length: number): Buffer {
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
  const padded = Buffer.concat([Buffer.alloc(length - salt.length - h.length - 2), Buffer.of(1), salt])
  const masked = xor(padded, mask(hash, h, padded.length))
  masked[0] = (masked[0] ?? 0) & 0x7f
  return Buffer.concat([masked, h, Buffer.of(0xbc)])
}

/** MGF1 (RFC 8017 §B.2.1). */
function mask(hash: Hash, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; Buffer.concat(blocks).length < length; counter += 1) {
    blocks.push(
      createHash(hash)
        .update(seed)
        .update(Buffer.of(0, 0, 0, counter))
        .digest(),
    )
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)))
}

function modulusBytes(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

function privatePart(key: KeyObject) {
  const { crv, d = '' } = key.export({ format: 'jwk' })
  return { curve: CURVES[crv as keyof typeof CURVES], secret: toNumber(Buffer.from(d, 'base64url')) }
}

function leftmost(digest: Uint8Array, order: bigint): bigint {
  const excess = BigInt(Math.max(0, digest.length * 8 - order.toString(2).length))
  return toNumber(digest) >> excess
}

function inverse(value: bigint, order: bigint): bigint {
  let [result, square] = [1n, value % order]
  for (let rest = order - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % order
    square = (square * square) % order
  }
  return result
}

/** Of an uncompressed point. */
function xOf(point: Buffer): bigint {
  return toNumber(point.subarray(1, (point.length + 1) / 2))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? Buffer.of(body.length) : Buffer.of(0x81, body.length)
  return Buffer.concat([Buffer.of(0x30), length, body])
}

function integer(value: bigint): Buffer {
  const bytes = toBytes(value)
  const body = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(2, body.length), body])
}

/** Reads what {@link sequence} writes and nothing else. */
function readSequence(der: Buffer): readonly [bigint, bigint] | undefined {
  const start = der[1] === 0x81 ? 3 : 2
  const middle = start + 2 + (der[start + 1] ?? 0)
  const [r, s] = [toNumber(der.subarray(start + 2, middle)), toNumber(der.subarray(middle + 2))]
  return sequence(integer(r), integer(s)).equals(der) ? [r, s] : undefined
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
}
