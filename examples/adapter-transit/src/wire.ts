import {
  type DriverPublicKey,
  type DriverSignature,
  decodeBase64,
  encodeBase64,
  type SignRequest,
} from '@kmsign/core/driver'
import { isEcho, parseJson, remoteText, retryAfterMs, sanitizeText, serverDate } from '@kmsign/http'
import { keySpecOf, wireForm } from './algorithms.ts'
import { createFailure, type FailureFacts, type TransitFailure } from './errors.ts'

/** The key and the path that leads to it. */
export interface WireKey {
  readonly keyName: string
  readonly mount: string
}

/** A request before it is authenticated. */
export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** What the body carries that must not come back in an error, whatever the server echoes. */
  readonly hidden: readonly string[]
}

/** An answer, with what is needed to judge it. */
export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The attempt's own time, milliseconds since the epoch. */
  readonly receivedAt: number
  /** Secrets and payloads of the request. */
  readonly hidden: () => readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** Versions start at 1 and grow by one. */
const VERSION = /^[1-9]\d{0,8}$/
const SIGNATURE = /^vault:v([1-9]\d{0,8}):(.+)$/s

/** Sign: the input as base64; the newest version of the key signs. */
export function toSignRequest(key: WireKey, request: SignRequest): WireRequest {
  const fields = inputOf(request)
  return post(key, 'sign', request, fields, [fields.input])
}

/** `data.signature` is `vault:v{n}:` and base64; `n` is the version that signed. */
export function fromSignResponse(reply: WireReply): DriverSignature {
  const { data, requestId } = success(reply)
  const text = data['signature']
  const [, keyVersion, base64] = (typeof text === 'string' ? SIGNATURE.exec(text) : null) ?? []
  const signature = base64 === undefined ? undefined : decodeBase64(base64)
  if (keyVersion === undefined || signature === undefined) throw malformed(reply, 'The answer has no data.signature')
  return { signature, keyVersion, ...requestId }
}

/** Verify: the prefix of the signature selects the version, so it must be known. */
export function toVerifyRequest(
  key: WireKey,
  request: SignRequest & { readonly signature: Uint8Array; readonly keyVersion?: string },
): WireRequest {
  const { keyVersion = '' } = request
  if (!VERSION.test(keyVersion)) {
    throw createFailure('transit.argument', 'A signature is verified with the version that made it: give keyVersion')
  }
  const fields = inputOf(request)
  const base64 = encodeBase64(request.signature)
  return post(key, 'verify', request, { ...fields, signature: `vault:v${keyVersion}:${base64}` }, [
    fields.input,
    base64,
  ])
}

/** `data.valid` is a boolean. */
export function fromVerifyResponse(reply: WireReply): boolean {
  const { valid } = success(reply).data as { valid?: unknown }
  if (typeof valid === 'boolean') return valid
  throw malformed(reply, 'The answer has no data.valid')
}

/** Read key: all versions at once. */
export function toKeyRequest(key: WireKey): WireRequest {
  return { method: 'GET', path: pathOf(key, 'keys'), hidden: [] }
}

/** `data.keys` by version: PEM, or for Ed25519 base64 of the 32 bytes of the point. */
export function fromKeyResponse(reply: WireReply, keyVersion: string | undefined): DriverPublicKey {
  const { data, requestId } = success(reply)
  const keySpec = keySpecOf(data['type'])
  if (keySpec === undefined) throw createFailure('transit.key', 'The key is of a type that does not sign', facts(reply))
  const version = keyVersion ?? versionOf(data['latest_version'])
  if (version === undefined) throw malformed(reply, 'The answer has no data.latest_version')
  const keys = asFields(data['keys']) ?? {}
  const found = Object.hasOwn(keys, version) ? asFields(keys[version]) : undefined
  if (found === undefined) throw createFailure('transit.version', 'The key has no such version', facts(reply))
  const text = found['public_key']
  if (typeof text !== 'string' || text === '') throw malformed(reply, 'The answer has no public_key')
  const spki = keySpec === 'ED25519' ? { kty: 'OKP', crv: 'Ed25519', x: toBase64url(text) } : text
  return { spki, keySpec, keyVersion: version, ...requestId }
}

/** Numbers here, texts in `data.keys` and in the prefix of a signature. */
function versionOf(value: unknown): string | undefined {
  return typeof value === 'number' && VERSION.test(String(value)) ? String(value) : undefined
}

function inputOf({ kind, payload }: SignRequest): { readonly input: string; readonly prehashed: boolean } {
  return { input: encodeBase64(payload), prehashed: kind === 'digest' }
}

function post(
  key: WireKey,
  operation: string,
  { algorithm }: SignRequest,
  fields: Fields,
  hidden: readonly string[],
): WireRequest {
  const { hash, parameters } = wireForm(algorithm)
  const path = pathOf(key, operation) + (hash === undefined ? '' : `/${hash}`)
  return { method: 'POST', path, body: JSON.stringify({ ...fields, ...parameters }), hidden }
}

function pathOf({ mount, keyName }: WireKey, operation: string): string {
  return `/v1/${mount.split('/').map(encodeURIComponent).join('/')}/${operation}/${encodeURIComponent(keyName)}`
}

/** The `data` of a success: an HTTP status of 2xx and an object of that name. Throws why there is none. */
function success(reply: WireReply): { readonly data: Fields; readonly requestId: { readonly requestId?: string } } {
  const body = asFields(parseJson(reply.body))
  if (reply.status < 200 || reply.status > 299) throw refused(reply, body?.['errors'])
  const data = asFields(body?.['data'])
  if (data === undefined) throw malformed(reply, 'The answer is not the documented envelope')
  const requestId = requestIdOf(body?.['request_id'], reply)
  return { data, requestId: requestId === undefined ? {} : { requestId } }
}

/** `errors` is a list of texts, empty for what does not exist; anything else was not written by this service. */
function refused(reply: WireReply, errors: unknown): TransitFailure {
  const texts = Array.isArray(errors) ? errors.filter((one): one is string => typeof one === 'string') : undefined
  return createFailure('transit.refused', `The service answered with HTTP status ${reply.status}`, {
    ...facts(reply),
    documented: texts !== undefined,
    providerMessage: remoteText(texts?.join('; '), reply.hidden()),
  })
}

function malformed(reply: WireReply, what: string): TransitFailure {
  return createFailure('transit.malformed', what, { ...facts(reply), providerMessage: what })
}

function facts({ status, headers, receivedAt }: WireReply): FailureFacts {
  const date = serverDate(headers)
  return { status, serverDate: date, retryAfterMs: retryAfterMs(headers, date ?? receivedAt) }
}

/** Undefined also where it repeats what was sent. */
function requestIdOf(value: unknown, { hidden }: WireReply): string | undefined {
  const requestId = sanitizeText(value, 128)
  return requestId === undefined || isEcho(requestId, hidden()) ? undefined : requestId
}

function toBase64url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
