import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { bitString, sequence } from './der.ts'
import { KEY_SPECS, type MlDsaSpecName, type Payload } from './specs.ts'

export interface MlDsaPair {
  readonly seed: Uint8Array
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

const PARAMETERS = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 } as const

export function generateMlDsa(spec: MlDsaSpecName, seed: Uint8Array): MlDsaPair {
  return { seed, ...PARAMETERS[spec].keygen(seed) }
}

/** SubjectPublicKeyInfo of RFC 9881: the parameters are absent. */
export function mlDsaPublicKeyDer(spec: MlDsaSpecName, pair: MlDsaPair): Buffer {
  const algorithm = sequence(Buffer.from(KEY_SPECS[spec].oid, 'hex'))
  return sequence(Buffer.concat([algorithm, bitString(pair.publicKey)]))
}

/** A digest here is mu, the 64 bytes that FIPS 204 lets a caller compute outside. */
export function signMlDsa(spec: MlDsaSpecName, pair: MlDsaPair, payload: Payload): Buffer {
  const scheme = PARAMETERS[spec]
  const signature =
    payload.kind === 'digest'
      ? scheme.internal.sign(payload.bytes, pair.secretKey, { externalMu: true })
      : scheme.sign(payload.bytes, pair.secretKey)
  return Buffer.from(signature)
}

export function verifyMlDsa(spec: MlDsaSpecName, pair: MlDsaPair, payload: Payload, signature: Uint8Array): boolean {
  const scheme = PARAMETERS[spec]
  if (signature.length !== scheme.lengths.signature) return false
  return payload.kind === 'digest'
    ? scheme.internal.verify(signature, payload.bytes, pair.publicKey, { externalMu: true })
    : scheme.verify(signature, payload.bytes, pair.publicKey)
}
