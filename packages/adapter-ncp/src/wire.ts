import { decodeBase64, encodeBase64, type KeyFacts } from '@kmsign/core/driver'
import { type Fields, malformed, requestIdOf, successData, type WireReply, wordOf } from './envelope.ts'
import { createFailure } from './failure.ts'
import { HEADER_TEXT } from './request-signing.ts'

/** The key and the paths that lead to it. */
export interface WireKey {
  readonly keyTag: string
  readonly apiVersion: '2.0' | '1.0'
}

/** A request before it is authenticated. */
export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** What the body carries that must not come back in an error, whatever the server echoes. */
  readonly hidden: readonly string[]
}

/** Whether a signature must carry the `ncpkms:v{n}:` prefix. */
export type SignaturePrefix = 'required' | 'optional'

export interface WireSignature {
  readonly signature: Uint8Array
  readonly keyVersion?: string
  readonly requestId?: string
}

const PREFIX = 'ncpkms:v'
/** Versions start at 1 and grow by one; 15 digits stay exact as a JSON number. */
const VERSION = /^[1-9]\d{0,14}$/

/** Sign (API guide "Sign", 2026-10-08): the bytes as base64, no algorithm, no version. */
export function toSignRequest(key: WireKey, message: Uint8Array): WireRequest {
  const data = encodeBase64(message)
  // Base64 needs no escapes.
  return { method: 'POST', path: signPath(key), body: `{"data":"${data}"}`, hidden: [data] }
}

/** `data.signature` is `ncpkms:v{n}:` and base64; `n` is the key version that signed. */
export function fromSignResponse(reply: WireReply, prefix: SignaturePrefix): WireSignature {
  const text = successData(reply)['signature']
  if (typeof text !== 'string' || text === '') throw malformed(reply, 'The answer has no data.signature')
  const requestId = requestIdOf(reply)
  const { keyVersion, base64 } = splitSignature(text, prefix, reply)
  const signature = decodeBase64(base64)
  if (signature === undefined || signature.length === 0) throw malformed(reply, 'data.signature is not base64')
  const made: { -readonly [K in keyof WireSignature]: WireSignature[K] } = { signature }
  if (keyVersion !== undefined) made.keyVersion = keyVersion
  if (requestId !== undefined) made.requestId = requestId
  return made
}

/**
 * Verify (API guide "Verify", 2026-10-08): the signature must be given as Sign returned it, prefix included, because the
 * prefix selects the key version.
 */
export function toVerifyRequest(
  key: WireKey,
  input: { readonly message: Uint8Array; readonly signature: Uint8Array; readonly keyVersion?: string },
  prefix: SignaturePrefix,
): WireRequest {
  const { message, signature, keyVersion } = input
  if (keyVersion === undefined && prefix === 'required') {
    throw createFailure(
      'ncp.argument',
      'NCP verifies a signature only with the key version that made it: give keyVersion',
    )
  }
  const version = keyVersion === undefined ? '' : `${PREFIX}${versionNumber(keyVersion)}:`
  const [data, base64] = [encodeBase64(message), encodeBase64(signature)]
  return post(key, 'verify', { data, signature: version + base64 }, [data, base64])
}

/** `data.valid` is a boolean in every example and a string in some type columns. */
export function fromVerifyResponse(reply: WireReply): boolean {
  const { valid } = successData(reply) as { valid?: unknown }
  if (valid === true || valid === 'true') return true
  if (valid === false || valid === 'false') return false
  throw malformed(reply, 'The answer has no data.valid')
}

/** Get public key (API guide "Get public key", 2026-09-17). Without a version: the newest. */
export function toPublicKeyRequest(key: WireKey, keyVersion: string | undefined): WireRequest {
  return post(key, 'get-pub-key', keyVersion === undefined ? {} : { keyVersion: versionNumber(keyVersion) })
}

/** `data.publicKey`: PEM, of which kind is not documented. */
export function fromPublicKeyResponse(reply: WireReply): { readonly pem: string; readonly requestId?: string } {
  const pem = successData(reply)['publicKey']
  if (typeof pem !== 'string' || pem === '') throw malformed(reply, 'The answer has no data.publicKey')
  const requestId = requestIdOf(reply)
  return { pem, ...(requestId !== undefined && { requestId }) }
}

/** Key information (API guide, 2.0), for account authentication alone. */
export function toKeyRequest(key: WireKey): WireRequest {
  return { method: 'GET', path: keyPath(key), hidden: [] }
}

/** `status`, `keyType` and `destroyDate` in milliseconds; null or left out where there is none. */
export function fromKeyResponse(reply: WireReply, { keyTag }: WireKey): KeyFacts {
  const { keyTag: answered = keyTag, status, keyType, destroyDate } = successData(reply)
  if (answered !== keyTag) throw malformed(reply, 'data.keyTag is not the key that was asked for')
  const state = wordOf(reply, 'status', status)
  const type = wordOf(reply, 'keyType', keyType)
  return {
    ...(state !== undefined && { state }),
    ...(type !== undefined && { type }),
    ...(typeof destroyDate === 'number' && destroyDate > 0 && { deletionDate: destroyDate }),
  }
}

/** Issue access token (API guide "Issue access token", 2026-09-17); the refresh token travels in the header. */
export function toAccessTokenRequest(key: WireKey): WireRequest {
  return post(key, 'access-token', {})
}

/** `data.accessToken`; the name is inferred, that part of the page could not be read. */
export function fromAccessTokenResponse(reply: WireReply): string {
  const token = successData(reply)['accessToken']
  if (typeof token !== 'string' || !HEADER_TEXT.test(token))
    throw malformed(reply, 'The answer has no data.accessToken')
  return token
}

function post(key: WireKey, operation: string, body: Fields, hidden: readonly string[] = []): WireRequest {
  return { method: 'POST', path: `${keyPath(key)}/${operation}`, body: JSON.stringify(body), hidden }
}

/** The one path that is asked for again and again. */
const signPaths = new WeakMap<WireKey, string>()

function signPath(key: WireKey): string {
  const path = signPaths.get(key) ?? `${keyPath(key)}/sign`
  signPaths.set(key, path)
  return path
}

function keyPath({ keyTag, apiVersion }: WireKey): string {
  return `${apiVersion === '2.0' ? '/kms/v1/keys/' : '/keys/v2/'}${encodeURIComponent(keyTag)}`
}

function versionNumber(keyVersion: string): number {
  if (VERSION.test(keyVersion)) return Number(keyVersion)
  throw createFailure('ncp.argument', 'NCP key versions are whole numbers from 1, written as digits')
}

/** Splits on the first two colons only; what follows is base64 and nothing else. */
function splitSignature(
  text: string,
  prefix: SignaturePrefix,
  reply: WireReply,
): { keyVersion?: string; base64: string } {
  const first = text.indexOf(':')
  if (first < 0 && prefix === 'optional') return { base64: text }
  const second = text.indexOf(':', first + 1)
  const keyVersion = text.slice(PREFIX.length, Math.max(0, second))
  if (text.startsWith(PREFIX) && VERSION.test(keyVersion)) return { keyVersion, base64: text.slice(second + 1) }
  throw malformed(reply, 'data.signature does not begin with ncpkms:v and a version')
}
