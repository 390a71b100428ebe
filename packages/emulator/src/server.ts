import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, Outcome } from './faults/apply.ts'
import type { WireRequest } from './message.ts'
import type { ServerIdentity } from './tls.ts'

/**
 * The only file with sockets. It stands on node:http because signatures cover the raw request target and the raw body,
 * and because faults reach below HTTP: half an answer, a reset, a silent close.
 */
export interface ListeningServer {
  readonly port: number
  close(): Promise<void>
}

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly identity: ServerIdentity | undefined
  readonly respond: (request: WireRequest) => Promise<Outcome>
  /** The answer when the body is larger than any provider takes. */
  readonly maxBodyBytes: number
}

const BLANKS = Buffer.alloc(65_536, 0x20)
const RESET_AFTER_MS = 20
/** Longer than clients keep idle sockets, so that an idle close happens only where a test asks for it. */
const KEEP_ALIVE_MS = 120_000

export async function listen(options: ServerOptions): Promise<ListeningServer> {
  const sockets = new Set<Socket>()
  const onRequest: RequestListener = (incoming, outgoing) => {
    serve(options, incoming, outgoing).catch(() => incoming.socket.destroy())
  }
  const { identity } = options
  const server = identity
    ? createTlsServer({ key: identity.key, cert: identity.certificate }, onRequest)
    : createServer(onRequest)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('connection', track)
  server.on('secureConnection', track)
  await listening(server, options)
  let closed: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
      return closed
    },
  }
}

function listening(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function serve(options: ServerOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming, options.maxBodyBytes)
  if (!body) {
    outgoing.writeHead(413, { connection: 'close' }).end()
    return
  }
  const { method = 'GET', url = '/' } = incoming
  const outcome = await options.respond({ method, target: url, headers: readHeaders(incoming), body })
  if (outcome.delivery.delayMs !== undefined) await sleep(outcome.delivery.delayMs)
  if (!incoming.socket.destroyed) await deliver(incoming.socket, outgoing, outcome)
}

async function deliver(socket: Socket, outgoing: ServerResponse, { response, delivery, now }: Outcome): Promise<void> {
  if (delivery.how === 'hang') return
  if (delivery.how === 'reset-before') {
    reset(socket)
    return
  }
  const body = Buffer.from(response.body)
  const length = delivery.how === 'filler' ? Math.max(delivery.bytes ?? 0, body.length) : body.length
  outgoing.sendDate = false
  outgoing.writeHead(response.status, {
    date: new Date(now).toUTCString(),
    ...response.headers,
    'content-length': String(length),
  })
  await BODIES[delivery.how](socket, outgoing, body, delivery)
}

type WriteBody = (socket: Socket, outgoing: ServerResponse, body: Buffer, delivery: Delivery) => Promise<void>

const BODIES: Readonly<Record<Exclude<Delivery['how'], 'hang' | 'reset-before'>, WriteBody>> = {
  whole: async (_socket, outgoing, body) => {
    outgoing.end(body)
  },
  'close-idle': async (socket, outgoing, body, delivery) => {
    await new Promise<void>((resolve) => outgoing.end(body, () => resolve()))
    if (delivery.intervalMs) await sleep(delivery.intervalMs)
    socket.end()
  },
  'reset-inside': async (socket, outgoing, body) => {
    await written(outgoing, body.subarray(0, body.length >> 1))
    // A client that finds bytes and reset together sees an ordinary end; it has to read the bytes first.
    await sleep(RESET_AFTER_MS)
    reset(socket)
  },
  truncate: async (socket, outgoing, body) => {
    await written(outgoing, body.subarray(0, body.length >> 1))
    socket.end()
  },
  drip: async (socket, outgoing, body, { bytes = 1, intervalMs = 0 }) => {
    for (let at = 0; at < body.length && !socket.destroyed; at += bytes) {
      await written(outgoing, body.subarray(at, at + bytes))
      await sleep(intervalMs)
    }
    outgoing.end()
  },
  filler: async (socket, outgoing, body, { bytes = 0 }) => {
    await written(outgoing, body)
    for (let left = bytes - body.length; left > 0 && !socket.destroyed; left -= BLANKS.length) {
      await written(outgoing, left < BLANKS.length ? BLANKS.subarray(0, left) : BLANKS)
    }
    outgoing.end()
  },
}

/** Resolves when the bytes have left, or the connection has. */
function written(outgoing: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    outgoing.write(bytes, () => resolve())
  })
}

/** RST instead of FIN. A TLS socket has no reset of its own, but the connection below it has. */
function reset(socket: Socket): void {
  const below = (socket as Socket & { readonly _parent?: Socket })._parent
  const target = below ?? socket
  target.resetAndDestroy()
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function readHeaders(incoming: IncomingMessage): Record<string, string> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>
}
