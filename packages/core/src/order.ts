import type { KeySpec } from './algorithms.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

/** Order of secp256k1, the curve with the rule that s be low. */
export const P256K_ORDER = bytes('ffffffff ffffffff ffffffff fffffffe baaedce6 af48a03b bfd25e8c d0364141')

/** Order n of each curve's group, big-endian, as wide as r and s (SEC 2 v2; GB/T 32918.5 for SM2). */
const ORDERS: ReadonlyMap<KeySpec, Uint8Array> = new Map([
  ['EC_P256', bytes('ffffffff 00000000 ffffffff ffffffff bce6faad a7179e84 f3b9cac2 fc632551')],
  [
    'EC_P384',
    bytes(
      'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff c7634d81 f4372ddf 581a0db2 48b0a77a ecec196a ccc52973',
    ),
  ],
  [
    'EC_P521',
    bytes(
      `01ff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff fffffffa
      51868783 bf2f966b 7fcc0148 f709a5d0 3bb5c9b8 899c47ae bb6fb71e 91386409`.replaceAll('\n', ''),
    ),
  ],
  ['EC_P256K', P256K_ORDER],
  ['EC_SM2', bytes('fffffffe ffffffff ffffffff ffffffff 7203df6b 21c6052b 53bbf409 39d54123')],
])

/** Undefined for key specs that are not on such a curve. */
export function curveOrder(keySpec: KeySpec): Uint8Array | undefined {
  return ORDERS.get(keySpec)
}
