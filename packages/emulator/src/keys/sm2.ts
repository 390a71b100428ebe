import { createHash } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import { bitString, decodeSignature, encodeSignature, sequence } from './der.ts'
import type { Payload, Scheme } from './specs.ts'

type Sm2Scheme = Extract<Scheme, { kind: 'sm2' }>

export interface Sm2Pair {
  readonly privateKey: string
  /** Uncompressed point in hex, beginning with 04. */
  readonly publicKey: string
}

/** Curve constants a, b, Gx, Gy of GB/T 32918.5, as ZA wants them. */
const CURVE = [
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc',
  '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93',
  '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7',
  'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
].join('')
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
/** AlgorithmIdentifier: id-ecPublicKey with the SM2 curve 1.2.156.10197.1.301. */
const ALGORITHM = Buffer.from('301306072a8648ce3d020106082a811ccf5501822d', 'hex')

export function generateSm2(): Sm2Pair {
  const pair = sm2.generateKeyPairHex()
  return { privateKey: pair.privateKey.padStart(64, '0'), publicKey: pair.publicKey }
}

export function sm2PublicKeyDer(pair: Sm2Pair): Buffer {
  return sequence(Buffer.concat([ALGORITHM, bitString(Buffer.from(pair.publicKey, 'hex'))]))
}

/** e is made here and not by the library, so that the id is bytes, of any length, and RAW and DIGEST share one path. */
export function signSm2(pair: Sm2Pair, scheme: Sm2Scheme, payload: Payload): Buffer {
  const signature = sm2.doSignature(digestFor(pair, scheme, payload), pair.privateKey, { hash: false, der: false })
  const halves = Buffer.from(signature, 'hex')
  return scheme.encoding === 'der' ? encodeSignature(halves) : halves
}

/** The library accepts trailing bytes and throws on values out of range; both are settled before it is asked. */
export function verifySm2(pair: Sm2Pair, scheme: Sm2Scheme, payload: Payload, signature: Uint8Array): boolean {
  const halves = scheme.encoding === 'der' ? decodeSignature(signature, 32) : Buffer.from(signature)
  if (halves?.length !== 64) return false
  const inRange = [halves.subarray(0, 32), halves.subarray(32)].every((half) => {
    const value = BigInt(`0x${half.toString('hex')}`)
    return value > 0n && value < ORDER
  })
  if (!inRange) return false
  try {
    const digest = digestFor(pair, scheme, payload)
    return sm2.doVerifySignature(digest, halves.toString('hex'), pair.publicKey, { hash: false, der: false })
  } catch {
    return false
  }
}

/** e = SM3(ZA ‖ M), ZA = SM3(ENTL ‖ id ‖ a ‖ b ‖ G ‖ P), with ENTL the id's length in bits as two bytes. */
function digestFor(pair: Sm2Pair, scheme: Sm2Scheme, payload: Payload): Uint8Array {
  if (payload.kind === 'digest') return payload.bytes
  const hash = createHash('sm3')
  if (scheme.za) hash.update(userHash(pair, scheme.userId))
  return hash.update(payload.bytes).digest()
}

function userHash(pair: Sm2Pair, userId: string): Buffer {
  const id = Buffer.from(userId, 'utf8')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(id.length * 8)
  const point = Buffer.from(pair.publicKey.slice(2), 'hex')
  return createHash('sm3').update(length).update(id).update(Buffer.from(CURVE, 'hex')).update(point).digest()
}
