import { constants, createPublicKey, createVerify, verify } from 'node:crypto'
import type { KeySpec, SignatureEncoding, SigningAlgorithm } from '@kmsign/core'
import { hashOf, sm2Prefix } from './digests.ts'
import { curveOf, readP1363, writeDer } from './ecdsa-signature.ts'

/** A signature and everything it claims. */
export interface Evidence {
  readonly algorithm: SigningAlgorithm
  readonly keySpec: KeySpec
  /** PEM. */
  readonly publicKey: string
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly encoding: SignatureEncoding
  readonly pssSaltLength?: number | undefined
}

/** Judges a signature with node:crypto alone. A PSS signature is held to exactly the salt that it claims. */
export function holds(evidence: Evidence): boolean {
  const { algorithm, keySpec, publicKey, message, signature, encoding } = evidence
  const key = createPublicKey(publicKey)
  const curve = curveOf(keySpec)
  if (curve !== undefined && encoding !== 'der') {
    const pair = encoding === 'p1363' ? readP1363(signature, curve.bytes) : undefined
    return pair !== undefined && holds({ ...evidence, encoding: 'der', signature: writeDer(pair) })
  }
  if (algorithm === 'SM2_DSA') {
    // Not crypto.verify: that puts a ZA with an empty user id before the message.
    return createVerify('sm3').update(sm2Prefix(publicKey)).update(message).verify(key, signature)
  }
  const hash = hashOf(algorithm) ?? null
  if (!algorithm.startsWith('RSA_PSS')) return verify(hash, message, { key, dsaEncoding: 'der' }, signature)
  const saltLength = evidence.pssSaltLength
  if (saltLength === undefined) return false
  return verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature)
}
