import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import type { Attempt } from '@kmsign/core/driver'

/** An attempt, and what the client behind it is like. */
export interface Exchange<C> extends Attempt<C> {
  /** How much of an answer it reads: {@link MOST_BYTES} unless a bug says otherwise. */
  readonly mostBytes?: number
  /** How a request goes that is never answered. Default: over a connection of its own. */
  readonly hang?: () => Promise<never>
}

const MOST_BYTES = 1_048_576
const BLANKS = Buffer.alloc(4 * MOST_BYTES, 0x20)

/**
 * An answer that comes over a real connection with white space behind it. Undefined where the client gave it up for its
 * size; whoever reads on finds that it is right.
 */
export async function flood<T>(answer: T, { mostBytes = MOST_BYTES }: Exchange<unknown>): Promise<T | undefined> {
  const server = await serve(JSON.stringify(answer))
  try {
    const text = await read(server, mostBytes)
    return text === undefined ? undefined : (JSON.parse(text) as T)
  } finally {
    server.close()
  }
}

async function serve(text: string): Promise<Server> {
  const server = createServer((socket) => {
    // A client that has enough leaves in the middle.
    socket.on('error', () => {})
    socket.write(text)
    socket.end(BLANKS)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function read(server: Server, mostBytes: number): Promise<string | undefined> {
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop ends the connection.
    if (bytes > mostBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
