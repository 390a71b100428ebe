import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './backend.ts'
import { operationOf, wireOf } from './backend.ts'
import { dripInto, inflatingAnswer, sendLargeBody } from './bodies.ts'
import { HTML, HTML_PAGE, httpAnswer } from './http-text.ts'
import type { Exchange } from './raw-server.ts'
import { type RefusalKind, refusalBody } from './refusals.ts'

/** Who answers, and where a redirect leads. */
export interface Scene {
  readonly backend: Backend
  /** Another host with a key of its own, which signs everything. */
  readonly stranger: string
  /** Requests to sign so far, the present one included. */
  signsSoFar(): number
}

export interface Scenario {
  /** A call before the one that is measured, so that a kept-alive connection is there. */
  readonly warm?: true
  /** Never settles for some clients: started first. */
  readonly slow?: true
  readonly answer: (exchange: Exchange, scene: Scene) => void | Promise<void>
}

const HOUR_MS = 3_600_000
const CLOCK_WINDOW_MS = 300_000
const PAUSE_MS = 20

/** Faults that spoil the bytes on the way: the connection goes, whatever was asked. */
const TRANSPORT: Readonly<Record<string, Scenario>> = {
  'reset before any byte': { answer: ({ socket }) => void socket.resetAndDestroy() },
  'reset inside the body': {
    answer: async (exchange, scene) => cut(exchange, scene, (e) => e.socket.resetAndDestroy()),
  },
  'end inside the body': { answer: async (exchange, scene) => cut(exchange, scene, (e) => e.socket.end()) },
  'slow drip, 1 byte / 0.5 s': {
    slow: true,
    answer: ({ socket, request }, { backend }) => dripInto(socket, httpAnswer(200, backend.answer(request)), 500),
  },
  'never answers': { slow: true, answer: () => {} },
  'stale socket: reset on reuse': { warm: true, answer: (exchange, scene) => stale(exchange, scene, 'reset') },
  'stale socket: end on reuse': { warm: true, answer: (exchange, scene) => stale(exchange, scene, 'end') },
  '100 MB body': { answer: ({ socket, request }, { backend }) => sendLargeBody(socket, backend.answer(request)) },
  'gzip bomb, 100 KB to 100 MB': {
    answer: ({ socket, request }, { backend }) => void socket.write(inflatingAnswer(backend.answer(request))),
  },
}

/** Answers of a service or a gateway that says no. */
const REFUSALS: Readonly<Record<string, Scenario>> = {
  '500 JSON': refused(500, 'internal'),
  '429, Retry-After 2': refused(429, 'throttled', '2'),
  '503, Retry-After 2': refused(503, 'unavailable', '2'),
  '503, Retry-After 3600': refused(503, 'unavailable', '3600'),
  '429 once, then good': {
    answer: (exchange, scene) => {
      const first = operationOf(exchange.request) === 'sign' && scene.signsSoFar() === 1
      return first ? refused(429, 'throttled').answer(exchange, scene) : good(exchange, scene)
    },
  },
  '502 HTML page': { answer: ({ socket }) => void socket.write(httpAnswer(502, HTML_PAGE, HTML)) },
  '403 error envelope': refused(403, 'denied'),
  '200 error envelope': refused(200, 'key-state'),
  'clock one hour wrong': { answer: wrongClock },
}

/** Answers that look right from afar. Only signatures are spoilt; public keys are served as they are. */
const CONTENT: Readonly<Record<string, Scenario>> = {
  '200 HTML page': { answer: ({ socket }) => void socket.write(httpAnswer(200, HTML_PAGE, HTML)) },
  '200 truncated JSON': {
    answer: ({ socket, request }, { backend }) => {
      const whole = backend.answer(request)
      socket.write(httpAnswer(200, whole.slice(0, Math.floor(whole.length * 0.6))))
    },
  },
  '200 {}': { answer: ({ socket }) => void socket.write(httpAnswer(200, '{}')) },
  '200 null': { answer: ({ socket }) => void socket.write(httpAnswer(200, 'null')) },
  '200 empty body': { answer: ({ socket }) => void socket.write(httpAnswer(200, '')) },
  '200 signature a number': spoilt(() => 12_345),
  '200 signature not base64': spoilt(() => '!!!not base64!!!'),
  '200 signature empty': spoilt(() => ''),
  '302 to another host': redirect(302),
  '307 to another host': redirect(307),
}

/** All but the idle-close race, which takes many calls and has a section of its own. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = { ...TRANSPORT, ...REFUSALS, ...CONTENT }

function good({ socket, request }: Exchange, { backend }: Scene): void {
  socket.write(httpAnswer(200, backend.answer(request)))
}

function refused(status: number, kind: RefusalKind, retryAfter?: string): Scenario {
  const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter }
  return {
    answer: ({ socket, request }) => {
      const wire = wireOf(request)
      // AWS says no with 400, whatever it is.
      const real = wire === 'aws' && status === 403 ? 400 : status
      socket.write(httpAnswer(real, refusalBody(wire, kind), headers))
    },
  }
}

function spoilt(spoil: (signature: string) => unknown): Scenario {
  return {
    answer: ({ socket, request }, { backend }) => void socket.write(httpAnswer(200, backend.answer(request, spoil))),
  }
}

function redirect(status: number): Scenario {
  return {
    answer: ({ socket, request }, { stranger }) =>
      void socket.write(httpAnswer(status, '', { Location: `${stranger}${request.target}` })),
  }
}

async function cut(exchange: Exchange, { backend }: Scene, end: (exchange: Exchange) => void): Promise<void> {
  const whole = httpAnswer(200, backend.answer(exchange.request))
  exchange.socket.write(whole.subarray(0, whole.length - 60))
  await sleep(PAUSE_MS)
  end(exchange)
}

function stale(exchange: Exchange, scene: Scene, how: 'reset' | 'end'): void {
  if (exchange.onConnection === 1) good(exchange, scene)
  else if (how === 'reset') exchange.socket.resetAndDestroy()
  else exchange.socket.end()
}

function wrongClock(exchange: Exchange, scene: Scene): void {
  const { socket, request } = exchange
  const serverTime = Date.now() + HOUR_MS
  const headers = { Date: new Date(serverTime).toUTCString() }
  const inTime = Math.abs(sentAt(request.headers) - serverTime) < CLOCK_WINDOW_MS
  const wire = wireOf(request)
  const status = wire === 'ncp' ? 401 : 400
  const answer = inTime ? scene.backend.answer(request) : refusalBody(wire, 'clock')
  socket.write(httpAnswer(inTime ? 200 : status, answer, headers))
}

function sentAt(headers: Readonly<Record<string, string>>): number {
  const milliseconds = headers['x-ncp-apigw-timestamp']
  if (milliseconds !== undefined) return Number(milliseconds)
  const stamp = headers['x-date'] ?? headers['x-amz-date'] ?? ''
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
