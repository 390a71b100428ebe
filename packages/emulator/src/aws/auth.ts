import { createHash, createHmac } from 'node:crypto'
import { equalInConstantTime } from '../encoding.ts'
import { splitTarget, type WireRequest } from '../message.ts'
import { AwsRefusal } from './errors.ts'
import type { AwsSettings } from './settings.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

interface Authorization {
  readonly accessKeyId: string
  /** Date, region, service, terminator. */
  readonly scope: readonly [string, string, string, string]
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Signature Version 4 as the IAM user guide describes it, for a service other than S3. */
export function checkSignature(
  request: WireRequest,
  credentials: AwsCredentials,
  region: string,
  settings: AwsSettings,
  now: number,
): void {
  const authorization = parseAuthorization(request)
  const [, scopeRegion, service] = authorization.scope
  if (service !== 'kms') throw mismatch(`Credential should be scoped to correct service: 'kms'.`)
  if (scopeRegion !== region) throw mismatch('Credential should be scoped to a valid region.')
  const stamp = readStamp(request, authorization)
  checkTime(stamp, settings, now)
  const knownKey = equalInConstantTime(authorization.accessKeyId, credentials.accessKeyId)
  const token = request.headers['x-amz-security-token'] ?? ''
  if (!knownKey || !equalInConstantTime(token, credentials.sessionToken ?? '')) {
    throw new AwsRefusal('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  const expected = expectedSignature(request, authorization, credentials.secretAccessKey, stamp)
  if (!equalInConstantTime(authorization.signature, expected)) {
    throw mismatch('The request signature we calculated does not match the signature you provided.')
  }
}

function parseAuthorization(request: WireRequest): Authorization {
  const header = request.headers['authorization']
  if (header === undefined) throw new AwsRefusal('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const [, scheme, rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(header) ?? []
  const fields = new Map(
    rest.split(',').map((part) => [part.trim().split('=')[0], part.slice(part.indexOf('=') + 1).trim()]),
  )
  const [accessKeyId, date, region, service, terminator, ...more] = (fields.get('Credential') ?? '').split('/')
  const signedHeaders = (fields.get('SignedHeaders') ?? '').split(';')
  const signature = fields.get('Signature')
  const complete = accessKeyId && date && region && service && terminator === 'aws4_request' && more.length === 0
  if (scheme !== 'AWS4-HMAC-SHA256' || !complete || !signature || !signedHeaders.includes('host')) {
    throw new AwsRefusal('IncompleteSignatureException', 'The Authorization header is incomplete.')
  }
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  )
  if (unsigned.length > 0) throw mismatch(`There were headers present in the request which were not signed.`)
  return { accessKeyId, scope: [date, region, service, terminator], signedHeaders, signature }
}

function readStamp(request: WireRequest, { scope: [date] }: Authorization): string {
  const stamp = request.headers['x-amz-date'] ?? ''
  if (!/^\d{8}T\d{6}Z$/.test(stamp)) throw new AwsRefusal('IncompleteSignatureException', 'x-amz-date is missing.')
  if (!stamp.startsWith(date)) throw mismatch('Date in Credential scope does not match YYYYMMDD from ISO-8601 version.')
  return stamp
}

function checkTime(stamp: string, settings: AwsSettings, now: number): void {
  const time = Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Math.abs(now - time) <= settings.clockWindowSeconds * 1000) return
  const clock = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  throw mismatch(
    now > time
      ? `Signature expired: ${stamp} is now earlier than ${clock}`
      : `Signature not yet current: ${stamp} is still later than ${clock}`,
  )
}

function expectedSignature(
  request: WireRequest,
  { scope, signedHeaders }: Authorization,
  secret: string,
  stamp: string,
): string {
  const { path, query } = splitTarget(request.target)
  const lines = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`)
  const canonical = [
    request.method,
    path.split('/').map(encodeSegment).join('/'),
    query
      .split('&')
      .filter(Boolean)
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .sort()
      .join('&'),
    lines.join(''),
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', stamp, scope.join('/'), sha256Hex(canonical)].join('\n')
  const key = scope.reduce<Buffer>((previous, part) => hmac(previous, part), Buffer.from(`AWS4${secret}`, 'utf8'))
  return hmac(key, text).toString('hex')
}

/** Services other than S3 encode the path once more. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function mismatch(message: string): AwsRefusal {
  return new AwsRefusal('InvalidSignatureException', message)
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}

function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
