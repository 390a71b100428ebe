import { isEcho, parseJson, remoteText, retryAfterMs, sanitizeText, serverDate } from '@kmsign/http'
import { createFailure, type VolcengineFailure, type VolcengineFailureFacts } from './failure.ts'

/** An answer, with what is needed to judge it. */
export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The attempt's own time, milliseconds since the epoch. */
  readonly sentAt: number
  /** Secrets and payloads of the request. */
  hidden(): readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** A successful answer, opened. */
export interface Envelope {
  readonly result: Fields
  readonly requestId: string | undefined
}

/** `ResponseMetadata.Error` decides, whatever the status; then the status; then what the documents describe. */
export function openReply(reply: WireReply): Envelope {
  const body = asFields(parseJson(reply.body))
  const metadata = asFields(body?.['ResponseMetadata'])
  const requestId = requestIdOf(metadata, reply)
  const error = asFields(metadata?.['Error'])
  if (error !== undefined) throw refused(reply, requestId, error['Code'], error['Message'])
  // The official Go SDK knows this flat form too.
  const flat = body?.['errorcode']
  if (flat !== undefined && flat !== null) throw refused(reply, requestId, flat, body?.['message'])
  if (reply.status < 200 || reply.status > 299) throw refused(reply, requestId, undefined, undefined)
  const result = asFields(body?.['Result'])
  if (metadata === undefined || result === undefined) {
    throw malformed(reply, requestId, 'The answer is not the documented envelope')
  }
  return { result, requestId }
}

function refused(reply: WireReply, requestId: string | undefined, code: unknown, message: unknown): VolcengineFailure {
  return createFailure('volcengine.refused', `Volcengine refused with HTTP status ${reply.status}`, {
    ...replyFacts(reply, requestId),
    providerCode: providerCodeOf(code, reply),
    providerMessage: remoteText(message, reply.hidden()),
  })
}

/** A success that lacks what the documents promise. */
export function malformed(reply: WireReply, requestId: string | undefined, what: string): VolcengineFailure {
  return createFailure('volcengine.malformed', what, { ...replyFacts(reply, requestId), providerMessage: what })
}

/** What an answer tells besides its body. */
export function replyFacts(
  { status, headers, sentAt }: WireReply,
  requestId: string | undefined,
): VolcengineFailureFacts {
  const date = serverDate(headers)
  return { status, requestId, serverDate: date, retryAfterMs: retryAfterMs(headers, date ?? sentAt) }
}

function requestIdOf(metadata: Fields | undefined, reply: WireReply): string | undefined {
  const given = metadata?.['RequestId']
  const requestId = typeof given === 'string' ? sanitizeText(given, 128) : undefined
  return requestId === undefined || isEcho(requestId, reply.hidden()) ? undefined : requestId
}

/** Codes are words with dots, and one has a space; anything else could be an echo. */
function providerCodeOf(code: unknown, reply: WireReply): string | undefined {
  const text = typeof code === 'number' ? String(code) : code
  return typeof text === 'string' && /^\w[\w. -]{0,63}$/.test(text) && !isEcho(text, reply.hidden()) ? text : undefined
}

/** One of the service's own words, such as a state; undefined when it has none there. */
export function wordOf(reply: WireReply, { requestId }: Envelope, name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string' && /^\w{1,32}$/.test(value) && !isEcho(value, reply.hidden())) return value
  throw malformed(reply, requestId, `Result.Key.${name} is not a word`)
}

export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
