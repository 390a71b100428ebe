import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpError,
  type HttpRequest,
  isHttpError,
} from '../src/index.ts'

type Cleanup = () => unknown
const cleanups: Cleanup[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export function onCleanup(cleanup: Cleanup): void {
  cleanups.push(cleanup)
}

/** A listening server of any kind, closed with all its connections after the test. */
export async function listen<Kind extends Server>(server: Kind): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onCleanup(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  })
  return (server.address() as { port: number }).port
}

export interface RawRequest {
  readonly text: string
  readonly socket: Socket
  /** Counted over the whole server, from 1. */
  readonly index: number
  /** The connection it came on, from 1. */
  readonly connection: number
}

export interface RawServer {
  readonly port: number
  readonly requests: RawRequest[]
  readonly connections: () => number
}

/** A server of bare sockets: what it answers is written byte by byte by the test. */
export async function rawServer(answer: (request: RawRequest) => void): Promise<RawServer> {
  const requests: RawRequest[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const connection = connections
    let text = ''
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/content-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
      if (text.length < end + 4 + length) return
      const request = { text: text.slice(0, end + 4 + length), socket, index: requests.length + 1, connection }
      text = text.slice(end + 4 + length)
      requests.push(request)
      answer(request)
    })
  })
  const port = await listen(server)
  return { port, requests, connections: () => connections }
}

/** A well-formed answer. */
export function answer(body: string | Buffer, { status = '200 OK', headers = '' } = {}): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`), bytes])
}

export function clientOf(port: number, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({ baseUrl: `http://127.0.0.1:${port}`, ...options })
  onCleanup(() => client.close())
  return client
}

export function request(overrides: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    path: '/sign?Action=Sign',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    signal: new AbortController().signal,
    timeoutMs: 5000,
    ...overrides,
  }
}

/** The HttpError a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await promise.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  )
  if (!isHttpError(error)) throw error
  return error
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits until a condition holds, for what happens on the other side of a socket. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 3000; !condition(); await sleep(5)) {
    if (performance.now() > end) throw new Error('The condition did not come true within 3 s')
  }
}
