import { createHmac, createSecretKey } from 'node:crypto'

/** What a request signature covers: the method and the target exactly as they are sent. */
export interface SignableRequest {
  readonly method: 'GET' | 'POST'
  /** Path and, where there is one, `?` and the query. */
  readonly path: string
}

/** What authenticates one request: keys of an account or sub account, or a token of one key. */
export type RequestCredentials = { readonly accessKey: string; readonly secretKey: string } | { readonly token: string }

/** What can go into a header as it is: visible ASCII. */
export const HEADER_TEXT = /^[\x21-\x7e]+$/

const SIGNATURE_HEADER = 'x-ncp-apigw-signature-v2'

/** What authenticates one request. */
export interface Proof {
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** The part of them that must not be shown; the others are the time and the access key. Empty with a token. */
  readonly signature: string
}

/** Proves one request at one moment, in milliseconds since the epoch. */
export type RequestSigner = (request: SignableRequest, now: number) => Proof

/**
 * Makes the signer of requests for one set of credentials; the HMAC key is prepared once.
 *
 * Account keys: gateway signature v2, HMAC-SHA256 over three lines without a final line feed: method and target,
 * timestamp, access key. Body, host and content type are not covered (API guide "Ncloud API request", 2026-10-22).
 * Tokens: one header with the bare token (API guide "Sign" with token, 2026-10-08).
 */
export function createRequestSigner(credentials: RequestCredentials): RequestSigner {
  if ('token' in credentials) {
    const proof = Object.freeze({ headers: ['x-ncp-ocapi-token', credentials.token], signature: '' })
    return () => proof
  }
  const { accessKey } = credentials
  // The secret is used as text: it is not base64, whatever it looks like.
  const key = createSecretKey(Buffer.from(credentials.secretKey, 'utf8'))
  return ({ method, path }, now) => {
    const timestamp = String(Math.trunc(now))
    const text = `${method} ${path}\n${timestamp}\n${accessKey}`
    const signature = createHmac('sha256', key).update(text).digest('base64')
    const headers = ['x-ncp-apigw-timestamp', timestamp, 'x-ncp-iam-access-key', accessKey, SIGNATURE_HEADER, signature]
    return { headers, signature }
  }
}
