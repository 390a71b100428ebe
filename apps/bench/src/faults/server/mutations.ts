import type { Random } from '../random.ts'
import { type Wire, wireOf } from './backend.ts'
import { httpAnswer } from './http-text.ts'
import { echoes, ODD_VALUES } from './odd-values.ts'
import type { Received } from './raw-server.ts'
import { type RefusalKind, refusalBody } from './refusals.ts'

/** What goes over the socket, and how the connection ends after it. */
export interface SpoiltAnswer {
  readonly bytes: Buffer
  readonly after: 'keep' | 'end' | 'reset'
}

type Mutation = (random: Random, body: string, request: Received) => SpoiltAnswer

/** A genuine answer, spoilt in one of many ways; the same seed spoils it in the same way. */
export function spoil(random: Random, body: string, request: Received): SpoiltAnswer {
  return random.pick(MUTATIONS)(random, body, request)
}

const REFUSALS: readonly [RefusalKind, ...RefusalKind[]] = [
  'internal',
  'throttled',
  'unavailable',
  'key-state',
  'denied',
  'clock',
]
const CHARACTERS = 200

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  (_random, body) => kept(httpAnswer(200, body)),
  (random, body) => ({ bytes: scramble(random, httpAnswer(200, body)), after: random.pick(['keep', 'end', 'reset']) }),
  (random, body) => kept(httpAnswer(200, scramble(random, Buffer.from(body)))),
  (random, body, request) => kept(httpAnswer(200, replaceValue(random, body, request))),
  (random, body, request) => kept(httpAnswer(200, replaceValue(random, replaceValue(random, body, request), request))),
  (random, body, request) =>
    kept(httpAnswer(100 + random.below(900), random.chance(0.5) ? body : refusal(random, request))),
  (random, _body, request) =>
    kept(httpAnswer(400 + random.below(200), replaceValue(random, refusal(random, request), request))),
  (random, body, request) =>
    kept(httpAnswer(random.pick([200, 400, 403, 429, 503]), body, oddHeaders(random, request))),
  (random, body) => {
    const whole = httpAnswer(200, body)
    return { bytes: whole.subarray(0, random.below(whole.length)), after: random.pick(['end', 'reset']) }
  },
  (_random, body) => kept(Buffer.concat([httpAnswer(200, body), httpAnswer(200, body)])),
  (random, body) => kept(Buffer.concat([httpAnswer(200, body), random.bytes(random.below(CHARACTERS))])),
  (_random, body) => kept(Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), httpAnswer(200, body)])),
  (random, body) => kept(Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks(random, body)}`)),
  (random) => ({ bytes: random.bytes(random.below(CHARACTERS)), after: random.pick(['end', 'reset']) }),
  (random) => kept(httpAnswer(200, nested(random))),
]

function kept(bytes: Buffer): SpoiltAnswer {
  return { bytes, after: 'keep' }
}

function refusal(random: Random, request: Received): string {
  const wire: Wire = wireOf(request)
  return refusalBody(wire, random.pick(REFUSALS))
}

/** Flips, drops, repeats and puts in a few bytes. */
export function scramble(random: Random, bytes: Buffer): Buffer {
  let result = bytes
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    const at = random.below(result.length + 1)
    const [before, after] = [result.subarray(0, at), result.subarray(at)]
    const step = 1 + random.below(8)
    result = random.pick([
      () => Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ (1 << random.below(8))), after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(step)]),
      () => Buffer.concat([before, after.subarray(0, step), after]),
      () => Buffer.concat([before, random.bytes(step), after]),
    ])()
  }
  return result
}

/** Puts something unexpected in the place of one value, at any depth. */
export function replaceValue(random: Random, json: string, request?: Received): string {
  const places: [Record<string, unknown>, string][] = []
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const name of Object.keys(value)) {
      places.push([value as Record<string, unknown>, name])
      collect((value as Record<string, unknown>)[name])
    }
  }
  try {
    const value: unknown = JSON.parse(json)
    collect(value)
    const [holder, name] = places[random.below(places.length)] ?? [{}, '']
    const echo = random.pick(echoes(request))
    holder[name] = random.chance(0.25) ? echo : random.pick(ODD_VALUES)
    if (random.chance(0.1)) delete holder[name]
    // A number too large for JSON can only be written by hand.
    return JSON.stringify(value).replaceAll('"1e999"', '1e999')
  } catch {
    return json
  }
}

function oddHeaders(random: Random, request: Received): Readonly<Record<string, string>> {
  const value = (): string =>
    random.pick(['', '-1', '1e9', 'NaN', 'Thu, 99 Foo 9999', 'x'.repeat(17_000), ...echoes(request)])
  const name = random.pick([
    ...(['Retry-After', 'Date', 'Content-Encoding', 'Transfer-Encoding', 'Content-Type', 'Connection'] as const),
    ...([
      'X-Amzn-RequestId',
      'X-Amz-Retry-After',
      'X-Ncp-Trace-Id',
      'X-Tt-Logid',
      'Location',
      'Content-length',
    ] as const),
    ...(['X-Amzn-ErrorType', 'X-Amzn-Error-Message', 'X-Amz-Crc32', 'Upgrade', 'Trailer', '__proto__'] as const),
  ])
  return { [name]: value().replace(/[\r\n]/g, ' ') }
}

function chunks(random: Random, body: string): string {
  const cut = random.below(body.length)
  const part = (text: string): string => `${(text.length + (random.chance(0.1) ? 3 : 0)).toString(16)}\r\n${text}\r\n`
  return `${part(body.slice(0, cut) || ' ')}${part(body.slice(cut) || ' ')}${random.chance(0.9) ? '0\r\n\r\n' : ''}`
}

function nested(random: Random): string {
  const depth = 1 + random.below(20_000)
  return random.chance(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"data":'.repeat(depth)}1${'}'.repeat(depth)}`
}
