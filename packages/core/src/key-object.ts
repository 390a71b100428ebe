import { createPublicKey, type KeyObject } from 'node:crypto'
import { fixedSpki, type Spki, unusableKey } from './spki.ts'

let mlDsa: boolean | undefined

/** Whether node:crypto of this runtime has ML-DSA: Node 24.6 and later. */
export function runtimeHasMlDsa(): boolean {
  // Any bytes of the right length are a key, so zeros do for the question.
  mlDsa ??= importKey(fixedSpki('ML_DSA_44', new Uint8Array(1312))) !== null
  return mlDsa
}

/**
 * The key as node:crypto takes it. Null when this runtime cannot use it (ML-DSA). The import checks that points are on
 * their curve.
 *
 * @throws KmsError `KMS_INVALID_ARGUMENT`
 */
export function importKey({ keySpec, spki }: Pick<Spki, 'keySpec' | 'spki'>): KeyObject | null {
  const isMlDsa = keySpec.startsWith('ML_DSA')
  try {
    const keyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    // Node 22 imports the key, through its newer OpenSSL, but does not know what it is.
    return isMlDsa && keyObject.asymmetricKeyType?.startsWith('ml-dsa') !== true ? null : keyObject
  } catch {
    if (isMlDsa) return null
    throw unusableKey('is not a point of its curve')
  }
}
