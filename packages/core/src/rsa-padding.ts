import { constants, createHash, type KeyObject, publicDecrypt } from 'node:crypto'
import type { AlgorithmRow } from './algorithms.ts'
import { type Bytes, byteAt, copyBytes, equalBytes } from './bytes.ts'

type RsaHash = NonNullable<AlgorithmRow['hash']>

/** DER of DigestInfo up to the digest itself (RFC 8017 §9.2 note 1). */
const DIGEST_INFO: ReadonlyMap<RsaHash, Uint8Array> = new Map([
  ['sha256', Buffer.from('3031300d060960864801650304020105000420', 'hex')],
  ['sha384', Buffer.from('3041300d060960864801650304020205000430', 'hex')],
  ['sha512', Buffer.from('3051300d060960864801650304020305000440', 'hex')],
])
const PSS_TRAILER = 0xbc

/** s^e mod n at the length of the modulus; undefined when the signature is not below the modulus. */
export function openSignature(key: KeyObject, signature: Uint8Array): Uint8Array | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined
  }
}

/** What an RSA PKCS #1 v1.5 signature of a digest must open to, byte for byte (RFC 8017 §9.2). */
export function encodePkcs1(hash: RsaHash, digest: Uint8Array, modulusBytes: number): Bytes {
  const info = DIGEST_INFO.get(hash)
  if (info === undefined) throw new TypeError(`RSA PKCS #1 v1.5 has no DigestInfo for ${hash} here.`)
  const encoded = new Uint8Array(modulusBytes).fill(0xff)
  const infoStart = modulusBytes - info.length - digest.length
  encoded[0] = 0
  encoded[1] = 1
  encoded[infoStart - 1] = 0
  encoded.set(info, infoStart)
  encoded.set(digest, infoStart + info.length)
  return encoded
}

/** A PSS encoding of a digest, for moduli of whole bytes (RFC 8017 §9.1.1). */
export function encodePss(hash: RsaHash, digest: Uint8Array, salt: Uint8Array, modulusBytes: number): Bytes {
  const bound = bindSalt(hash, digest, salt)
  const blockBytes = modulusBytes - bound.length - 1
  const block = mask(hash, bound, blockBytes)
  const saltStart = blockBytes - salt.length
  block[saltStart - 1] = byteAt(block, saltStart - 1) ^ 1
  for (const [index, byte] of salt.entries()) block[saltStart + index] = byteAt(block, saltStart + index) ^ byte
  block[0] = byteAt(block, 0) & 0x7f
  return copyBytes(Buffer.concat([block, bound, Uint8Array.of(PSS_TRAILER)]))
}

/**
 * The length of the salt in what a PSS signature of a digest opened to; undefined when it is none. Exact: RFC 8017
 * §9.1.2 with the salt length read from the encoding.
 */
export function readPssSalt(hash: RsaHash, digest: Uint8Array, encoded: Uint8Array): number | undefined {
  const blockBytes = encoded.length - digest.length - 1
  const bound = encoded.subarray(blockBytes, -1)
  if (encoded[encoded.length - 1] !== PSS_TRAILER || byteAt(encoded, 0) >= 0x80) return undefined
  const block = mask(hash, bound, blockBytes)
  for (const [index, byte] of block.entries()) block[index] = byte ^ byteAt(encoded, index)
  block[0] = byteAt(block, 0) & 0x7f
  const one = block.findIndex((byte) => byte !== 0)
  if (block[one] !== 1) return undefined
  const salt = block.subarray(one + 1)
  return equalBytes(bindSalt(hash, digest, salt), bound) ? salt.length : undefined
}

function bindSalt(hash: RsaHash, digest: Uint8Array, salt: Uint8Array): Buffer {
  return createHash(hash).update(new Uint8Array(8)).update(digest).update(salt).digest()
}

/** MGF1 (RFC 8017 §B.2.1). */
function mask(hash: RsaHash, seed: Uint8Array, length: number): Bytes {
  const output = new Uint8Array(length)
  const counter = Buffer.alloc(4)
  for (let at = 0, block = 0; at < length; block += 1) {
    counter.writeUInt32BE(block)
    const part = createHash(hash).update(seed).update(counter).digest()
    output.set(part.subarray(0, length - at), at)
    at += part.length
  }
  return output
}
