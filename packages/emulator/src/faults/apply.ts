import { gzipSync } from 'node:zlib'
import type { HandleContext, ProviderHandlers, Tampering, WireRequest, WireResponse } from '../message.ts'
import { echoOf } from './echo.ts'
import type { Fault, FaultKind } from './kinds.ts'
import { type Base64Form, loosenSignature } from './loose-base64.ts'

/** How an answer reaches the socket. */
export interface Delivery {
  readonly how: 'whole' | 'hang' | 'drip' | 'reset-before' | 'reset-inside' | 'truncate' | 'close-idle' | 'filler'
  readonly delayMs?: number
  /** Bytes per step of a drip, or the length of an answer with its filler. */
  readonly bytes?: number
  readonly intervalMs?: number
}

export interface Outcome {
  readonly response: WireResponse
  readonly delivery: Delivery
  /** The clock that the Date header shows. */
  readonly now: number
}

type Apply = (fault: Fault, meet: Encounter) => WireResponse | Promise<WireResponse>

/** One request meeting one fault. */
interface Encounter {
  readonly provider: ProviderHandlers
  readonly request: WireRequest
  readonly context: HandleContext
}

const MEBIBYTE = 1_048_576
const WHOLE: Delivery = { how: 'whole' }

/** The answer to a request, spoilt by a fault or not. */
export async function answerWith(fault: Fault | undefined, meet: Encounter): Promise<Outcome> {
  const now = meet.context.now + (fault?.numbers['offset'] ?? 0)
  const context: HandleContext = { now, tampering: fault ? TAMPERING[fault.kind] : undefined }
  const encounter = { ...meet, context }
  const answer = (fault ? ANSWERS[fault.kind] : undefined) ?? genuine
  const unneeded = fault?.kind === 'hang' || fault?.kind === 'reset-before'
  const response = unneeded ? plain(200, '', '') : await answer(fault ?? NO_FAULT, encounter)
  return { response, delivery: (fault ? DELIVERIES[fault.kind]?.(fault.numbers) : undefined) ?? WHOLE, now }
}

const NO_FAULT: Fault = {
  kind: 'clock',
  provider: undefined,
  operation: undefined,
  numbers: {},
  texts: {},
  remaining: 1,
}

const TAMPERING: Partial<Record<FaultKind, Tampering>> = {
  'wrong-key-id': 'wrong-key-id',
  'corrupt-signature': 'corrupt-signature',
  'swap-signature': 'swap-signature',
  'double-hash': 'double-hash',
}

/** Kinds whose answer is not the genuine one; the request is not even authenticated for most of them. */
const ANSWERS: Partial<Record<FaultKind, Apply>> = {
  status: (fault, { provider, request, context }) => {
    const refusal = { reason: 'status', status: fault.numbers['status'] ?? 500, code: fault.texts['code'] } as const
    return withRetryAfter(provider.refuse(refusal, request, context), fault)
  },
  throttle: (fault, meet) => withRetryAfter(refuse('throttle', meet), fault),
  rate: (fault, meet) => withRetryAfter(refuse('throttle', meet), fault),
  'access-denied': (_fault, meet) => refuse('access-denied', meet),
  'expired-token': (_fault, meet) => refuse('expired-token', meet),
  echo: (fault, { provider, request, context }) => {
    const refusal = { reason: 'echo', status: fault.numbers['status'] ?? 400, ...echoOf(request) } as const
    return provider.refuse(refusal, request, context)
  },
  'loose-base64': (fault, meet) => loosenSignature(fault.texts['form'] as Base64Form, () => genuine(fault, meet)),
  'content-type': async (fault, meet) => {
    const response = await genuine(fault, meet)
    return { ...response, headers: { ...response.headers, 'content-type': fault.texts['value'] ?? 'text/plain' } }
  },
  html: (fault) =>
    plain(fault.numbers['status'] ?? 502, 'text/html', '<html><body><h1>Bad Gateway</h1></body></html>\n'),
  'empty-object': () => plain(200, 'application/json', '{}'),
  'not-json': () => plain(200, 'application/json', 'signature pending'),
  'error-envelope': (fault, { provider, request, context }) => {
    const refusal = { reason: 'status', status: 500, code: fault.texts['code'] } as const
    return { ...provider.refuse(refusal, request, context), status: 200 }
  },
  redirect: (fault) => {
    const response = plain(fault.numbers['status'] ?? 302, 'text/plain', '')
    return { ...response, headers: { ...response.headers, location: fault.texts['location'] ?? '' } }
  },
  'gzip-bomb': (fault) => gzipBomb(fault.numbers['bytes'] ?? 0),
}

/** Kinds that reach the socket in another way than whole and at once. */
const DELIVERIES: Partial<Record<FaultKind, (numbers: Fault['numbers']) => Delivery>> = {
  hang: () => ({ how: 'hang' }),
  'reset-before': () => ({ how: 'reset-before' }),
  'reset-inside': () => ({ how: 'reset-inside' }),
  truncate: () => ({ how: 'truncate' }),
  delay: ({ ms = 0 }) => ({ how: 'whole', delayMs: ms }),
  'close-idle': ({ ms = 0 }) => ({ how: 'close-idle', intervalMs: ms }),
  drip: ({ bytes = 1, intervalMs = 0 }) => ({ how: 'drip', bytes, intervalMs }),
  oversized: ({ bytes = 0 }) => ({ how: 'filler', bytes }),
}

function genuine(_fault: Fault, { provider, request, context }: Encounter): Promise<WireResponse> {
  return provider.handle(request, context)
}

function refuse(reason: 'throttle' | 'access-denied' | 'expired-token', meet: Encounter): WireResponse {
  return meet.provider.refuse({ reason }, meet.request, meet.context)
}

function withRetryAfter(response: WireResponse, fault: Fault): WireResponse {
  const retryAfter = fault.texts['retryAfter']
  return retryAfter === undefined
    ? response
    : { ...response, headers: { ...response.headers, 'retry-after': retryAfter } }
}

function plain(status: number, type: string, body: string): WireResponse {
  return { status, headers: type === '' ? {} : { 'content-type': type }, body }
}

/** Members of a gzip file may follow one another, so a bomb costs us one mebibyte whatever its size. */
function gzipBomb(bytes: number): WireResponse {
  const member = gzipSync(Buffer.alloc(Math.min(bytes, MEBIBYTE), 0x20))
  const body = Buffer.concat(Array.from({ length: Math.ceil(bytes / MEBIBYTE) }, () => member))
  return { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body }
}
