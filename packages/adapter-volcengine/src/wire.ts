import type { SigningAlgorithm } from '@kmsign/core'
import { decodeBase64, encodeBase64, type KeyFacts } from '@kmsign/core/driver'
import { asFields, type Envelope, malformed, openReply, replyFacts, type WireReply, wordOf } from './envelope.ts'
import { createFailure } from './failure.ts'
import { canonicalQuery } from './request-signing.ts'

/** One key, by its id or by its names. */
export type KeySelector = { readonly KeyID: string } | { readonly KeyringName: string; readonly KeyName: string }

/**
 * Where parameters travel. `body`: all in the JSON body, as the official SDKs do. `query`: selectors and options in the
 * query, what is signed in the body, as the samples of the documents do.
 */
export type RequestForm = 'body' | 'query'

/** The key, and how to ask for it. */
export interface WireKey {
  readonly selector: KeySelector
  readonly form: RequestForm
}

/** What is to be signed or was signed. */
export interface WirePayload {
  readonly algorithm: SigningAlgorithm
  readonly kind: 'message' | 'digest' | 'mu'
  readonly payload: Uint8Array
}

/** A request before it is authenticated. The path is always `/`. */
export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly query: string
  readonly body?: string
  /** What it carries that must not come back in an error, whatever the server echoes. */
  readonly hidden: readonly string[]
}

/** What every successful answer tells of itself. */
export interface WireIdentity {
  readonly keyId?: string
  readonly requestId?: string
}

const VERSION = '2021-02-18'
const MAX_SIGNATURE_TEXT = 6144

/** The whole query where everything else is in the body. */
const ACTION_QUERIES = {
  AsymmetricSign: canonicalQuery({ Action: 'AsymmetricSign', Version: VERSION }),
  AsymmetricVerify: canonicalQuery({ Action: 'AsymmetricVerify', Version: VERSION }),
  GetPublicKey: canonicalQuery({ Action: 'GetPublicKey', Version: VERSION }),
  DescribeKey: canonicalQuery({ Action: 'DescribeKey', Version: VERSION }),
} as const

/** AsymmetricSign (docs/6476/1337045). `RAW`: the service hashes; `DIGEST`: it signs the hash as given. */
export function toSignRequest(key: WireKey, input: WirePayload): WireRequest {
  const message = encodeBase64(input.payload)
  if (key.form === 'query') return request(key, 'AsymmetricSign', options(input), { Message: message }, [message])
  const body = `${signBodyHead(key, input)}${message}"}`
  return { method: 'POST', query: ACTION_QUERIES.AsymmetricSign, body, hidden: [message] }
}

export function fromSignResponse(reply: WireReply, key: WireKey): WireIdentity & { readonly signature: Uint8Array } {
  const envelope = openReply(reply)
  const text = envelope.result['Signature']
  const signature = typeof text === 'string' ? decodeBase64(text) : undefined
  if (signature === undefined || signature.length === 0) {
    throw malformed(reply, envelope.requestId, 'Result.Signature is not base64')
  }
  const { keyId, requestId } = identityOf(reply, envelope, key)
  // Written out for the usual case: what spreads and inherits costs more than all the rest of the reading.
  if (keyId !== undefined && requestId !== undefined) return { signature, keyId, requestId }
  return { signature, ...(keyId !== undefined && { keyId }), ...(requestId !== undefined && { requestId }) }
}

/** AsymmetricVerify (docs/6476/1337047). */
export function toVerifyRequest(key: WireKey, input: WirePayload & { readonly signature: Uint8Array }): WireRequest {
  const [message, signature] = [encodeBase64(input.payload), encodeBase64(input.signature)]
  const content = { Message: message, Signature: signature }
  return request(key, 'AsymmetricVerify', options(input), content, [message, signature])
}

/** "Length range 1-6144", of base64: what is outside is no signature of any key, and the service would refuse the call. */
export function isVerifiable(signature: Uint8Array): boolean {
  return signature.length > 0 && Math.ceil(signature.length / 3) * 4 <= MAX_SIGNATURE_TEXT
}

/** `SignatureValid` is a boolean in the SDKs and a string in an older sample. */
export function fromVerifyResponse(reply: WireReply, key: WireKey): boolean {
  const envelope = openReply(reply)
  identityOf(reply, envelope, key)
  const valid = envelope.result['SignatureValid']
  if (valid === true || valid === 'true') return true
  if (valid === false || valid === 'false') return false
  throw malformed(reply, envelope.requestId, 'The answer has no Result.SignatureValid')
}

/** GetPublicKey (docs/6476/1337048). The documents ask for it with GET. */
export function toPublicKeyRequest(key: WireKey): WireRequest {
  return request(key, 'GetPublicKey', {}, undefined, [])
}

/** `PublicKey` is called PEM; the sample has bare base64. Both are passed on as they are. */
export function fromPublicKeyResponse(reply: WireReply, key: WireKey): WireIdentity & { readonly publicKey: string } {
  const envelope = openReply(reply)
  const publicKey = envelope.result['PublicKey']
  if (typeof publicKey !== 'string' || publicKey === '') {
    throw malformed(reply, envelope.requestId, 'The answer has no Result.PublicKey')
  }
  return { publicKey, ...identityOf(reply, envelope, key) }
}

/** DescribeKey (docs/6476/1337052). */
export function toKeyRequest(key: WireKey): WireRequest {
  return request(key, 'DescribeKey', {}, undefined, [])
}

/** Every field is optional in the official models; `ScheduleDeleteTime` is RFC 3339, or empty. */
export function fromKeyResponse(reply: WireReply, key: WireKey): KeyFacts {
  const envelope = openReply(reply)
  const fields = asFields(envelope.result['Key'])
  if (fields === undefined) throw malformed(reply, envelope.requestId, 'The answer has no Result.Key')
  identityOf(reply, { ...envelope, result: { KeyID: fields['ID'] } }, key)
  const [state, usage, type] = ['KeyState', 'KeyUsage', 'KeySpec'].map((name) =>
    wordOf(reply, envelope, name, fields[name]),
  )
  const deletion = fields['ScheduleDeleteTime']
  const deletionDate = typeof deletion === 'string' ? Date.parse(deletion) : Number.NaN
  return {
    ...(state !== undefined && { state }),
    ...(usage !== undefined && { usage }),
    ...(type !== undefined && { type }),
    ...(Number.isFinite(deletionDate) && { deletionDate }),
  }
}

/** The body of a signature up to the base64 text, which needs no escapes; it is the same for every call of a signer. */
const signBodyHeads = new WeakMap<WireKey, Map<string, string>>()

function signBodyHead(key: WireKey, input: WirePayload): string {
  const heads = signBodyHeads.get(key) ?? new Map<string, string>()
  signBodyHeads.set(key, heads)
  const kind = input.kind === 'message' ? input.algorithm : `${input.algorithm} of a digest`
  let head = heads.get(kind)
  if (head === undefined) {
    head = JSON.stringify({ ...key.selector, ...options(input), Message: '' }).slice(0, -2)
    heads.set(kind, head)
  }
  return head
}

function options({ algorithm, kind }: WirePayload): Readonly<Record<string, string>> {
  return { MessageType: kind === 'message' ? 'RAW' : 'DIGEST', Algorithm: algorithm }
}

function request(
  { selector, form }: WireKey,
  action: keyof typeof ACTION_QUERIES,
  named: Readonly<Record<string, string>>,
  content: Readonly<Record<string, string>> | undefined,
  hidden: readonly string[],
): WireRequest {
  if (form === 'body') {
    const body = JSON.stringify(Object.assign({}, selector, named, content))
    return { method: 'POST', query: ACTION_QUERIES[action], body, hidden }
  }
  const query = canonicalQuery({ Action: action, Version: VERSION, ...selector, ...named })
  if (content === undefined) return { method: 'GET', query, hidden }
  return { method: 'POST', query, body: JSON.stringify(content), hidden }
}

/** The key that answered; asked for by its id, it must be that key. */
function identityOf(reply: WireReply, { result, requestId }: Envelope, { selector }: WireKey): WireIdentity {
  const keyId = result['KeyID']
  const identity = requestId === undefined ? {} : { requestId }
  // Every field of a result is optional in the official models.
  if (keyId === undefined || keyId === null || keyId === '') return identity
  if (typeof keyId !== 'string') throw malformed(reply, requestId, 'Result.KeyID is not text')
  if ('KeyID' in selector && keyId !== selector.KeyID && keyId.toLowerCase() !== selector.KeyID.toLowerCase()) {
    const what = 'Another key than the one asked for answered'
    throw createFailure('volcengine.integrity', what, { ...replyFacts(reply, requestId), providerMessage: what })
  }
  return requestId === undefined ? { keyId } : { keyId, requestId }
}
