import { isEcho, remoteText, sanitizeText } from '@kmsign/http'
import { metadataOf } from './wire.ts'

/** What can be read of anything that was thrown; nothing is taken for granted, and nothing is kept but text and numbers. */
export interface ReadError {
  /** The provider's code, where the service refused. */
  readonly name: string
  /** The code of Node. */
  readonly code: string
  /** As it came: to be judged, and shown through {@link readable} alone. */
  readonly message: string
  /** What the request carried. */
  readonly hidden: readonly string[]
  /** The service refused, as against a failure on the way. */
  readonly isService: boolean
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** The time the request was signed with, where our own handler sent it. */
  readonly sentAt: number | undefined
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an error of the AWS SDK by its fields, never by `instanceof`. The SDK hides the whole answer in `$response`; of
 * that only headers are looked at, here, and none is passed on.
 */
export function readError(error: unknown): ReadError {
  const fields = fieldsOf(error)
  const response = fieldsOf(fields['$response'])
  const { status, requestId } = metadataOf(error)
  const { $fault: fault } = fields
  const sentAt = response['sentAt']
  const hidden = hiddenBy(response)
  const name = bareName(textOf(fields['name']))
  return {
    name: isEcho(name, hidden) ? '' : name,
    code: textOf(fields['code']),
    message: textOf(fields['message']),
    hidden,
    isService: fault === 'client' || fault === 'server',
    status,
    requestId,
    headers: headersOf(response['headers']),
    sentAt: typeof sentAt === 'number' ? sentAt : undefined,
  }
}

/** What the request carried, where our own handler sent it. */
function hiddenBy({ hidden }: Fields): readonly string[] {
  return typeof hidden === 'function' ? (hidden as () => readonly string[])() : []
}

/** `com.amazonaws.kms#NotFoundException:http://internal.amazon.com/coral/…` is a NotFoundException. */
function bareName(name: string): string {
  const [head = ''] = name
    .slice(name.lastIndexOf('#', name.includes(':') ? name.indexOf(':') : name.length) + 1)
    .split(':')
  return /^[\w.-]{1,80}$/.test(head) ? head : ''
}

/** A long run of base64 or hex: a token, a signature, a digest. Key ids and ARNs have dashes or colons in them. */
const OPAQUE = /[A-Za-z0-9+/=]{40,}/g
const MASK = '[hidden]'
const ACCESS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{8,}/g

/**
 * The service's own words. A refused request signature comes with the canonical request, token included: what follows the
 * first paragraph is left out, and whatever looks like a secret elsewhere is masked.
 */
export function readable({ message, hidden }: ReadError): string | undefined {
  const [paragraph] = message.split(/\n\s*\n|The Canonical String/)
  // Masked before it is cut, or what is left of a secret at the end would be too short to be known for one.
  const masked = sanitizeText(paragraph, 2_048)?.replace(OPAQUE, MASK).replace(ACCESS_KEY_ID, MASK)
  return remoteText(masked, hidden)
}

/** Header names in lower case; a handler that is not ours may spell them otherwise. */
function headersOf(value: unknown): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, text] of Object.entries(fieldsOf(value))) {
    if (typeof text === 'string') headers[name.toLowerCase()] = text
  }
  return headers
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
