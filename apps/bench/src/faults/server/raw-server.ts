import { createServer, type Socket } from 'node:net'

/** One request as it came over a socket. */
export interface Received {
  readonly method: string
  readonly target: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Milliseconds since the server began to listen. */
  readonly at: number
}

/** A request with the socket to answer on, and its place in the row. */
export interface Exchange {
  readonly socket: Socket
  readonly request: Received
  /** From 1, over all connections. */
  readonly number: number
  /** From 1, on this connection. */
  readonly onConnection: number
}

export interface RawServer {
  readonly url: string
  readonly port: number
  readonly host: string
  /** Counts every request, also when they are not kept. */
  readonly count: number
  readonly requests: readonly Received[]
  readonly connections: number
  close(): Promise<void>
}

/** Sends whatever it likes, at any moment, over the bare socket. */
export type Answer = (exchange: Exchange) => void | Promise<void>

export interface RawServerOptions {
  readonly host?: string
  /** Keeps what was received; for runs of many requests it only counts. */
  readonly keep?: boolean
  readonly onByte?: (socket: Socket) => void
}

/** HTTP/1.1 on a bare socket, so that answers can break below HTTP. */
export async function startRawServer(answer: Answer, options: RawServerOptions = {}): Promise<RawServer> {
  const { host = '127.0.0.1', keep = true, onByte } = options
  const requests: Received[] = []
  const sockets = new Set<Socket>()
  const startedAt = performance.now()
  let count = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let onConnection = 0
    readRequests(socket, onByte, (read) => {
      count += 1
      onConnection += 1
      const request = { ...read, at: performance.now() - startedAt }
      if (keep) requests.push(request)
      const exchange = { socket, request, number: count, onConnection }
      // An answer that fails is the client's broken connection, never an end of the whole run.
      Promise.resolve(answer(exchange)).catch(() => socket.destroy())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://${host}:${port}`,
    host: `${host}:${port}`,
    port,
    requests,
    get count() {
      return count
    },
    get connections() {
      return sockets.size
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const HEAD_END = '\r\n\r\n'

function readRequests(
  socket: Socket,
  onByte: ((socket: Socket) => void) | undefined,
  onRequest: (request: Omit<Received, 'at'>) => void,
): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    onByte?.(socket)
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (;;) {
      const end = pending.indexOf(HEAD_END)
      if (end < 0) return
      const [line = '', ...lines] = pending.toString('latin1', 0, end).split('\r\n')
      const headers = Object.fromEntries(lines.map(splitHeader))
      const bodyEnd = end + HEAD_END.length + Number(headers['content-length'] ?? 0)
      if (pending.length < bodyEnd) return
      const body = pending.toString('utf8', end + HEAD_END.length, bodyEnd)
      pending = pending.subarray(bodyEnd)
      const [method = '', target = ''] = line.split(' ')
      onRequest({ method, target, headers, body })
    }
  })
}

function splitHeader(line: string): [string, string] {
  const at = line.indexOf(':')
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
}
