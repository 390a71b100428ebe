import { randomBytes } from 'node:crypto'
import { weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { KeySpec } from './algorithms.ts'
import { type Bytes, copyBytes } from './bytes.ts'

// The one file that imports @noble/curves, for what node:crypto cannot do: ECDSA and SM2 over a ready digest. It is a
// chunk of its own in the build; load it with `await import('./curves.ts')` and never statically.

const ECDSA_CURVES = new Map<KeySpec, typeof p256>([
  ['EC_P256', p256],
  ['EC_P384', p384],
  ['EC_P521', p521],
  ['EC_P256K', secp256k1],
])

/** GB/T 32918.5, the curve of every SM2 key. */
const SM2 = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
})

/**
 * Whether an ECDSA signature fits a digest. `signature` is r ‖ s, both within 1 … n − 1; `point` is SEC 1 and on the
 * curve. Both halves of the range of s are accepted: cloud KMS do not normalise.
 */
export function verifyEcdsaDigest(
  keySpec: KeySpec,
  digest: Uint8Array,
  signature: Uint8Array,
  point: Uint8Array,
): boolean {
  // noble refuses high s and hashes again unless told otherwise.
  return ecdsaCurve(keySpec).verify(signature, digest, point, { lowS: false, prehash: false, format: 'compact' })
}

/** r ‖ s over a digest, deterministic (RFC 6979). For tests and development: not hardened against side channels. */
export function signEcdsaDigest(keySpec: KeySpec, digest: Uint8Array, secret: Uint8Array): Bytes {
  return copyBytes(ecdsaCurve(keySpec).sign(digest, secret, { lowS: false, prehash: false, format: 'compact' }))
}

/** Whether an SM2 signature r ‖ s fits e = SM3(ZA ‖ M). GB/T 32918.2 §7.1. */
export function verifySm2(e: Uint8Array, signature: Uint8Array, point: Uint8Array): boolean {
  const { ORDER: n } = SM2.Fn
  const r = toNumber(signature.subarray(0, 32))
  const s = toNumber(signature.subarray(32))
  const t = SM2.Fn.create(r + s)
  const inRange = signature.length === 64 && r > 0n && r < n && s > 0n && s < n
  if (!inRange || t === 0n) return false
  const sum = SM2.BASE.mulAddUnsafe(s, SM2.fromBytes(point), t)
  return !sum.is0() && SM2.Fn.create(toNumber(e) + sum.x) === r
}

/** r ‖ s over e, with a random k. GB/T 32918.2 §6.1. For tests and development: not hardened against side channels. */
export function signSm2(e: Uint8Array, secret: Uint8Array): Bytes {
  const { Fn } = SM2
  const d = toNumber(secret)
  for (;;) {
    const k = Fn.create(toNumber(randomBytes(48)))
    if (k === 0n) continue
    const r = Fn.create(toNumber(e) + SM2.BASE.multiply(k).x)
    const s = Fn.mul(Fn.inv(Fn.create(1n + d)), Fn.create(k - r * d))
    if (r === 0n || r + k === Fn.ORDER || s === 0n) continue
    return copyBytes(Buffer.from(toHex(r) + toHex(s), 'hex'))
  }
}

function ecdsaCurve(keySpec: KeySpec): typeof p256 {
  const curve = ECDSA_CURVES.get(keySpec)
  if (curve === undefined) throw new TypeError(`${keySpec} is not an ECDSA curve.`)
  return curve
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
}

function toHex(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}
