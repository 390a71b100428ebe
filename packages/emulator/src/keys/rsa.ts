import type { KeyObject } from 'node:crypto'
import { constants, createHash, createPublicKey, privateEncrypt, publicDecrypt, randomBytes, sign } from 'node:crypto'
import { HASH_BYTES, type HashName, type Payload, type Scheme } from './specs.ts'

type RsaScheme = Extract<Scheme, { kind: 'rsa-pss' | 'rsa-pkcs1' }>

/** DigestInfo headers of RFC 8017 §9.2, note 1. */
const DIGEST_INFO: Readonly<Record<HashName, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/** Messages go through `crypto.sign`; ready digests, which it cannot take, through our own encoding. */
export function signRsa(key: KeyObject, scheme: RsaScheme, payload: Payload): Buffer {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (scheme.kind === 'rsa-pkcs1') {
    if (payload.kind === 'message') return sign(scheme.hash, payload.bytes, key)
    const info = Buffer.concat([Buffer.from(DIGEST_INFO[scheme.hash], 'hex'), payload.bytes])
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
  }
  const saltLength = saltBytes(scheme, bits)
  if (payload.kind === 'message') {
    return sign(scheme.hash, payload.bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
  }
  const encoded = encodePss(payload.bytes, scheme.hash, randomBytes(saltLength), bits - 1)
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

/** PSS accepts any salt length unless `exactSalt` asks for the scheme's own. */
export function verifyRsa(
  key: KeyObject,
  scheme: RsaScheme,
  payload: Payload,
  signature: Uint8Array,
  exactSalt = false,
) {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (signature.length !== Math.ceil(bits / 8)) return false
  const digest = payload.kind === 'digest' ? payload.bytes : createHash(scheme.hash).update(payload.bytes).digest()
  let encoded: Buffer
  try {
    encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return false
  }
  if (scheme.kind === 'rsa-pkcs1') return encoded.equals(encodePkcs1(digest, scheme.hash, encoded.length))
  return isPss(encoded, digest, scheme.hash, bits - 1, exactSalt ? saltBytes(scheme, bits) : undefined)
}

function saltBytes(scheme: Extract<Scheme, { kind: 'rsa-pss' }>, bits: number): number {
  const hashBytes = HASH_BYTES[scheme.hash]
  const lengths = { digest: hashBytes, max: Math.ceil((bits - 1) / 8) - hashBytes - 2, zero: 0 }
  return lengths[scheme.salt]
}

function encodePkcs1(digest: Uint8Array, hash: HashName, length: number): Buffer {
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest])
  const filling = Buffer.alloc(length - info.length - 3, 0xff)
  return Buffer.concat([Buffer.from([0, 1]), filling, Buffer.from([0]), info])
}

/** EMSA-PSS-ENCODE of RFC 8017 §9.1.1. */
function encodePss(digest: Uint8Array, hash: HashName, salt: Uint8Array, emBits: number): Buffer {
  const length = Math.ceil(emBits / 8)
  const seal = pssHash(digest, hash, salt)
  const dataBlock = Buffer.alloc(length - seal.length - 1)
  dataBlock[dataBlock.length - salt.length - 1] = 1
  dataBlock.set(salt, dataBlock.length - salt.length)
  const masked = xor(dataBlock, maskGeneration(seal, dataBlock.length, hash))
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - emBits))
  return Buffer.concat([masked, seal, Buffer.from([0xbc])])
}

/** EMSA-PSS-VERIFY of RFC 8017 §9.1.2, the salt length read from the encoding. */
function isPss(encoded: Buffer, digest: Uint8Array, hash: HashName, emBits: number, saltLength?: number): boolean {
  const length = Math.ceil(emBits / 8)
  if (encoded.length !== length || encoded[length - 1] !== 0xbc) return false
  const seal = encoded.subarray(length - HASH_BYTES[hash] - 1, length - 1)
  const masked = encoded.subarray(0, length - seal.length - 1)
  const unusedBits = 8 * length - emBits
  if ((masked[0] ?? 0) & ~(0xff >> unusedBits)) return false
  const dataBlock = xor(masked, maskGeneration(seal, masked.length, hash))
  dataBlock[0] = (dataBlock[0] ?? 0) & (0xff >> unusedBits)
  const start = dataBlock.findIndex((byte) => byte !== 0)
  if (start < 0 || dataBlock[start] !== 1) return false
  const salt = dataBlock.subarray(start + 1)
  if (saltLength !== undefined && salt.length !== saltLength) return false
  return pssHash(digest, hash, salt).equals(seal)
}

function pssHash(digest: Uint8Array, hash: HashName, salt: Uint8Array): Buffer {
  return createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
}

function maskGeneration(seed: Uint8Array, length: number, hash: HashName): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; counter * HASH_BYTES[hash] < length; counter += 1) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    blocks.push(createHash(hash).update(seed).update(number).digest())
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)))
}
