import { isEcho, parseJson, remoteText, retryAfterMs, sanitizeText, serverDate } from '@kmsign/http'
import { type Authentication, createFailure, type NcpFailure, type NcpFailureFacts } from './failure.ts'

/** An answer, with what is needed to judge it. */
export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The value of {@link TRACE_HEADER}. */
  readonly traceId: string | undefined
  readonly body: string
  readonly authentication: Authentication
  /** The attempt's own time when the request was signed, milliseconds since the epoch. */
  readonly sentAt: number
  /** Secrets and payloads of the request. */
  hidden(): readonly string[]
}

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** Only observed, not documented. */
export const TRACE_HEADER = 'x-ncp-trace-id'

/** The `data` of a success; throws why there is none. */
export function successData(reply: WireReply): Fields {
  const body = asFields(parseJson(reply.body))
  const failure = failureIn(body, reply)
  if (failure !== undefined) throw failure
  return body?.['data'] as Fields
}

/** Why an answer is not a success; undefined when it is one. */
export function failureOf(reply: WireReply): NcpFailure | undefined {
  return failureIn(asFields(parseJson(reply.body)), reply)
}

/**
 * The gateway says no in `error.errorCode`, the service in `code`. A success is all three: an HTTP status of 2xx, `code`
 * SUCCESS in any case, and `data`.
 */
function failureIn(body: Fields | undefined, reply: WireReply): NcpFailure | undefined {
  const gateway = asFields(body?.['error'])
  if (gateway !== undefined) return refused(reply, gateway['errorCode'], [gateway['message'], gateway['details']])
  const code = body?.['code']
  const named = typeof code === 'string' || typeof code === 'number'
  const succeeded = typeof code === 'string' && code.toUpperCase() === 'SUCCESS'
  if (named && !succeeded) return refused(reply, code, [body?.['msg'] ?? body?.['message']])
  if (reply.status < 200 || reply.status > 299) {
    return createFailure('ncp.refused', `NCP answered with HTTP status ${reply.status}`, facts(reply))
  }
  if (!succeeded) return malformed(reply, 'The answer is not the documented envelope')
  return asFields(body?.['data']) === undefined ? malformed(reply, 'The answer has no data') : undefined
}

function refused(reply: WireReply, code: unknown, texts: readonly unknown[]): NcpFailure {
  const providerMessage = texts
    .map((text) => remoteText(text, reply.hidden()))
    .filter(Boolean)
    .join(': ')
  return createFailure('ncp.refused', 'NCP refused the request', {
    ...facts(reply),
    documented: true,
    providerCode: providerCodeOf(code, reply),
    providerMessage: providerMessage === '' ? undefined : providerMessage,
  })
}

/** A success that lacks what the API guide promises. */
export function malformed(reply: WireReply, what: string): NcpFailure {
  return createFailure('ncp.malformed', what, { ...facts(reply), providerMessage: what })
}

function facts(reply: WireReply): NcpFailureFacts {
  const { authentication, sentAt, status, headers } = reply
  const date = serverDate(headers)
  return {
    authentication,
    sentAt,
    status,
    requestId: requestIdOf(reply),
    serverDate: date,
    retryAfterMs: retryAfterMs(headers, date ?? sentAt),
  }
}

/** The gateway's trace id. */
export function requestIdOf(reply: WireReply): string | undefined {
  const requestId = sanitizeText(reply.traceId, 128)
  return requestId === undefined || isEcho(requestId, reply.hidden()) ? undefined : requestId
}

/** Codes are numbers or upper-snake names; anything else could be an echo. */
function providerCodeOf(code: unknown, reply: WireReply): string | undefined {
  const text = typeof code === 'number' ? String(code) : code
  return typeof text === 'string' && /^\w{1,64}$/.test(text) && !isEcho(text, reply.hidden()) ? text : undefined
}

/** One of the service's own words, such as a state; undefined when it has none there. */
export function wordOf(reply: WireReply, name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string' && /^\w{1,32}$/.test(value) && !isEcho(value, reply.hidden())) return value
  throw malformed(reply, `data.${name} is not a word`)
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
