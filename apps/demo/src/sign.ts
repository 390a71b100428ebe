import { isKmsError, type PublicKey, type Signer, type SignResult, verifySignature } from '@kmsign/core'

export type Verdict = 'ok' | 'failed' | 'unsupported'

export interface SignedFile {
  readonly result: SignResult
  readonly publicKey: PublicKey
  /** Asked of the provider. */
  readonly remote: Verdict
  /** By the signer, with the public key it fetched. */
  readonly local: Verdict
  /** By anyone who has the PEM: the file passes, the file with one bit changed does not. */
  readonly offline: Verdict
}

/** Signs a file with the key behind the signer, whatever cloud and algorithm that is, and checks it three ways. */
export async function signFile(signer: Signer, file: Uint8Array): Promise<SignedFile> {
  const result = await signer.sign(file)
  const { keyVersion } = result
  const publicKey = await signer.getPublicKey(keyVersion === undefined ? {} : { keyVersion })
  const remote = await verdict(signer.verify(file, result, { mode: 'remote' }))
  const local = await verdict(signer.verify(file, result, { mode: 'local' }))
  const offline = await verdict(checkOffline(file, result, publicKey.toPem()))
  return { result, publicKey, remote, local, offline }
}

async function checkOffline(file: Uint8Array, result: SignResult, pem: string): Promise<boolean> {
  const { algorithm, signature, encoding, pssSaltLength, sm2UserId } = result
  const known = {
    algorithm,
    publicKey: pem,
    signature,
    encoding,
    ...(pssSaltLength !== undefined && { pssSaltLength }),
    ...(sm2UserId !== undefined && { sm2UserId }),
  }
  if (!(await verifySignature({ ...known, message: file }))) return false
  return !(await verifySignature({ ...known, message: alter(file) }))
}

function alter(file: Uint8Array): Uint8Array {
  const altered = new Uint8Array(file)
  altered[0] = (altered[0] ?? 0) ^ 1
  return altered
}

async function verdict(check: Promise<boolean>): Promise<Verdict> {
  try {
    return (await check) ? 'ok' : 'failed'
  } catch (error) {
    if (isKmsError(error, 'KMS_UNSUPPORTED')) return 'unsupported'
    throw error
  }
}
