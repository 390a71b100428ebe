import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { FaultKind, FaultSettings } from '@kmsign/conformance'
import { type Answer, Engine, failure, type Received, type Spoil } from './engine.ts'

/** A transit engine on an ephemeral port of loopback. */
export interface TransitServer {
  readonly url: string
  readonly token: string
  readonly engine: Engine
  /** Operations that arrived, oldest first: `sign`, `verify`, `getPublicKey`. */
  readonly operations: string[]
  readonly received: Received[]
  /** Spoils the next answers. */
  fault(kind: FaultKind, settings?: FaultSettings): void
  /** Gives the next request of an operation this answer. */
  answer(operation: string, answer: Answer): void
  close(): Promise<void>
}

type Act = (
  right: (spoil?: Spoil) => Answer,
  response: ServerResponse,
  given: Received,
) => Answer | undefined | Promise<Answer>
interface Fault {
  readonly operation: string
  readonly act: Act
  times: number
}

const HTML = '<html><body>Bad Gateway</body></html>'
const html = (status: number): Answer => ({ status, body: HTML, headers: { 'content-type': 'text/html' } })

const ANSWERS: { readonly [K in FaultKind]?: Answer } = {
  throttled: failure(429, 'request path "transit/sign": rate limit quota exceeded'),
  unavailable: failure(503, 'Vault is sealed'),
  internal: failure(500, 'internal error'),
  'gateway-timeout': html(504),
  'unknown-code': failure(418, 'short and stout'),
  denied: failure(403, '1 error occurred:\n\t* permission denied\n\n'),
  page: html(502),
  redirect: { status: 307, body: '', headers: { location: 'http://127.0.0.1:1/v1/transit' } },
  'not-json': { status: 200, body: 'pong' },
  empty: { status: 200, body: '{}' },
}

const ACTS: { readonly [K in FaultKind]?: Act } = {
  echo: (_right, _response, { token, body }) => failure(400, `refused for ${token}: ${body}`),
  hang: () => undefined,
  oversized: (right) => {
    const answer = right()
    return { ...answer, body: answer.body.padEnd(4_000_000) }
  },
  reset: (_right, response) => void response.socket?.resetAndDestroy(),
  truncated: (right, response) => {
    const { status, body } = right()
    response.writeHead(status, { 'content-length': body.length }).write(body.slice(0, 20), () => response.destroy())
    return undefined
  },
}

const OPERATIONS: Readonly<Record<string, string>> = { sign: 'sign', verify: 'verify', keys: 'getPublicKey' }

export async function startTransitServer(): Promise<TransitServer> {
  const token = 'hvs.CAESIJ-canary-of-the-right-token-7d21'
  const engine = new Engine(token)
  const faults: Fault[] = []
  const operations: string[] = []
  const received: Received[] = []

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const given = await read(request)
    const operation = OPERATIONS[given.path.split('/')[3] ?? ''] ?? 'other'
    operations.push(operation)
    received.push(given)
    const fault = faults.find((one) => one.operation === operation && one.times > 0)
    if (fault !== undefined) fault.times -= 1
    const right = (spoil?: Spoil) => engine.handle(given, spoil)
    const answer = await (fault === undefined ? right() : fault.act(right, response, given))
    if (answer === undefined) return
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body)
  }
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    engine,
    operations,
    received,
    fault: (kind, { operation = 'sign', times = 1, ms = 200 } = {}) =>
      void faults.push({ operation, times, act: actOf(kind, ms) }),
    answer: (operation, answer) => void faults.push({ operation, times: 1, act: () => answer }),
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

function actOf(kind: FaultKind, ms: number): Act {
  if (kind === 'slow') return async (right) => setTimeout(ms).then(() => right())
  const answer = ANSWERS[kind]
  return answer === undefined ? (ACTS[kind] ?? ((right) => right(kind as Spoil))) : () => answer
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', url = '', headers } = request
  const token = headers['x-vault-token']
  return {
    method,
    path: url,
    token: typeof token === 'string' ? token : undefined,
    body: String(Buffer.concat(chunks)),
  }
}
