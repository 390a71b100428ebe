/** One address per kind of key, with the public key of what it signs. */
export interface Target {
  readonly rsa: { readonly url: string; readonly publicKey: string }
  readonly ec: { readonly url: string; readonly publicKey: string }
}

/** Asks for one signature. */
export type Sign = () => Promise<Uint8Array>

/** Makes a client; the first call connects it. */
export type CreateClient = (target: Target) => Promise<Sign>

/** What everybody signs. */
export const MESSAGE = Buffer.alloc(32, 7)

export const KEY_ID = '39a0e7c6-b7dd-4c83-b400-3449bb95403a'
export const REGION = 'cn-beijing'
export const CREDENTIALS = {
  accessKeyId: 'AKLTexampleexampleexampleexample',
  secretAccessKey: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==',
}
export const ALGORITHM = 'RSA_PKCS1_SHA_256'

export const QUERY = {
  Action: 'AsymmetricSign',
  Algorithm: ALGORITHM,
  KeyID: KEY_ID,
  MessageType: 'RAW',
  Version: '2021-02-18',
}

/** What Volcengine answers, as far as anybody reads it. */
export interface VolcengineAnswer {
  readonly Result: { readonly Signature: string }
}
