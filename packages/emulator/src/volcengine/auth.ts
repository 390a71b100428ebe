import { createHash, createHmac } from 'node:crypto'
import { equalInConstantTime } from '../encoding.ts'
import { splitTarget, type WireRequest } from '../message.ts'
import { canonicalQueries } from './canonical-query.ts'
import { VolcengineRefusal } from './errors.ts'
import type { VolcengineSettings } from './settings.ts'

export interface VolcengineCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface Authorization {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Reads the header, forgiving spaces; the parts that are missing have codes of their own. */
export function parseAuthorization(request: WireRequest): Authorization {
  const header = request.headers['authorization']
  if (header === undefined) {
    throw new VolcengineRefusal('MissingAuthenticationToken', 'The request is missing authentication token.')
  }
  const [, scheme = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(header) ?? []
  if (scheme !== 'HMAC-SHA256') throw new VolcengineRefusal('InvalidAuthorization', 'The authorization is malformed.')
  const fields = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=')))
  const signature = fields.get('Signature')
  if (!signature) throw new VolcengineRefusal('MissingSignature', 'The request is missing signature.')
  const signedHeaders = fields.get('SignedHeaders')
  if (!signedHeaders) throw new VolcengineRefusal('InvalidAuthorization', 'The authorization is malformed.')
  const scope = (fields.get('Credential') ?? '').split('/')
  const [accessKeyId, date, region, service, end] = scope
  if (!accessKeyId || !date || !region || !service || end !== 'request' || scope.length !== 5) {
    throw new VolcengineRefusal('InvalidCredential', 'The credential is malformed.')
  }
  return { accessKeyId, date, region, service, signature, signedHeaders: signedHeaders.split(';') }
}

/** The order is inferred: service, date window, access key, token, signature. */
export function checkAuthorization(
  request: WireRequest,
  authorization: Authorization,
  credentials: VolcengineCredentials,
  settings: VolcengineSettings,
  now: number,
): void {
  if (authorization.service !== 'kms') {
    throw new VolcengineRefusal('ServiceNotFound', `This service[${authorization.service}] not found.`)
  }
  checkDate(request, authorization, settings, now)
  if (!equalInConstantTime(authorization.accessKeyId, credentials.accessKeyId)) {
    const message = `The accesskey [${authorization.accessKeyId.slice(0, 64)}] included in the request is invalid.`
    throw new VolcengineRefusal('InvalidAccessKey', message)
  }
  if (!equalInConstantTime(request.headers['x-security-token'] ?? '', credentials.sessionToken ?? '')) {
    throw new VolcengineRefusal('InvalidSecretToken', 'Invalid secret token, msg: unknown token.')
  }
  const matches = spellings(request).some((spelling) =>
    equalInConstantTime(authorization.signature, expectedSignature(request, authorization, credentials, spelling)),
  )
  if (!matches || !bodyHashMatches(request)) {
    const message = 'The request signature we calculated does not match the signature you provided.'
    throw new VolcengineRefusal('SignatureDoesNotMatch', message)
  }
}

function checkDate(request: WireRequest, { date }: Authorization, settings: VolcengineSettings, now: number): void {
  const stamp = request.headers['x-date'] ?? ''
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  const asked = new URLSearchParams(splitTarget(request.target).query).get('X-Expires')
  const seconds = asked !== null && /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : settings.clockWindowSeconds
  // A difference of exactly the window still counts: the pages call a date invalid once it lies outside.
  if (Number.isNaN(time) || stamp.slice(0, 8) !== date || Math.abs(now - time) > seconds * 1000) {
    throw new VolcengineRefusal('InvalidTimestamp', 'The X-Date in the request is expired or invalid.')
  }
}

interface Spelling {
  readonly host: string
  readonly query: string
}

/** Node signers keep the port in the host line; Go and Python strip a default one. What was received comes first. */
function spellings(request: WireRequest): readonly Spelling[] {
  const received = request.headers['host'] ?? ''
  const hosts = new Set([received, received.replace(/:(80|443)$/, '')])
  const queries = canonicalQueries(splitTarget(request.target).query)
  return [...hosts].flatMap((host) => queries.map((query) => ({ host, query })))
}

function expectedSignature(
  request: WireRequest,
  { date, region, service, signedHeaders }: Authorization,
  credentials: VolcengineCredentials,
  { host, query }: Spelling,
): string {
  const { path } = splitTarget(request.target)
  const headers: Readonly<Record<string, string>> = { ...request.headers, host }
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('')
  const canonical = [request.method, path, query, lines, signedHeaders.join(';'), sha256Hex(request.body)].join('\n')
  const scope = `${date}/${region}/${service}/request`
  const text = ['HMAC-SHA256', request.headers['x-date'] ?? '', scope, sha256Hex(canonical)].join('\n')
  const key = [date, region, service, 'request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(credentials.secretAccessKey, 'utf8'),
  )
  return hmac(key, text).toString('hex')
}

function bodyHashMatches(request: WireRequest): boolean {
  const stated = request.headers['x-content-sha256']
  return stated === undefined || equalInConstantTime(stated.toLowerCase(), sha256Hex(request.body))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}

function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
