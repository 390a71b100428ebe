import { parseJsonObject } from '../encoding.ts'
import { splitTarget, type WireRequest } from '../message.ts'

/** What a careless server repeats of a request in its refusal. */
export interface Echo {
  /** Every parameter and every header that says something of the caller. */
  readonly text: string
  /** Where a request id is expected: the payload, if there is one that may stand in a header. */
  readonly requestId: string | undefined
}

/** Headers that are the same for every caller. */
const PLAIN_HEADERS = /^(?:host|connection|content-(?:type|length)|accept(?:-encoding)?|user-agent|x-amz-user-agent)$/

/** The bytes to be signed, as NCP and the others call them. */
const PAYLOAD = /^(?:data|Message)$/

/** What every header may hold. A payload that is no base64 can be anything. */
const HEADER_TEXT = /^[\x21-\x7e]+$/

/** Short texts first: what a client shows of a message is cut somewhere. */
const byLength = (left: string, right: string): number => left.length - right.length

/** Parameters from the body or else the query, then headers; each decoded as far as its transport goes and no further. */
export function echoOf({ target, headers, body }: WireRequest): Echo {
  const given = body.length > 0 ? Object.entries(parseJsonObject(body) ?? {}) : queryOf(target)
  const parameters = given.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const named = Object.entries(headers).filter(([name]) => !PLAIN_HEADERS.test(name))
  const texts = [parameters, named].flatMap((entries) => entries.map(([, value]) => value).sort(byLength))
  const payload = parameters.find(([name]) => PAYLOAD.test(name))?.[1]
  const requestId = payload !== undefined && HEADER_TEXT.test(payload) ? payload : undefined
  return { text: `Refused: ${texts.join(' ')}`, requestId }
}

function queryOf(target: string): readonly [string, string][] {
  return [...new URLSearchParams(splitTarget(target).query)]
}
