import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Says whether a signature is one, with Node's own cryptography and the key of the server. */
export type Judge = (message: Uint8Array, signature: unknown) => boolean

export function createJudge(spki: Uint8Array): Judge {
  const key: KeyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  return (message, signature) => {
    const bytes = typeof signature === 'string' ? Buffer.from(signature, 'base64') : signature
    return bytes instanceof Uint8Array && verify('sha256', message, key, bytes)
  }
}
