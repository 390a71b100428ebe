const P = 2n ** 255n - 19n
/** Curve constant d = −121665/121666 (RFC 8032 §5.1). */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n
/** y of a point of order eight. */
const EIGHTH = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
/**
 * y of the points of order four and eight: a key of small order accepts one signature for many messages. Those of order
 * one and two have x = 0, which is no square in Euler's sense and so refused below.
 */
const SMALL_ORDER: readonly bigint[] = [0n, EIGHTH, P - EIGHTH]

/**
 * Whether 32 bytes are an Ed25519 public key that can be used: canonical, on the curve, not of small order. OpenSSL
 * takes any 32 bytes and then answers that no signature fits.
 */
export function isEd25519Point(key: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  if (y >= P || SMALL_ORDER.includes(y)) return false
  // x² = u/v must have a root; u·v is a square exactly when u/v is (Euler's criterion).
  const square = (y * y) % P
  return power(((square - 1n) * (D * square + 1n)) % P, (P - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = ((base % P) + P) % P
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % P
    factor = (factor * factor) % P
  }
  return result
}
