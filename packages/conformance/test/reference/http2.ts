import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, createServer, type Http2Server } from 'node:http2'
import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import type { Credentials } from './backend.ts'
import type { Exchange } from './flood.ts'

/** What the server does when a request has come; its signal is the end of the request. */
type Handler = (signal: AbortSignal) => Promise<void>
type Answer<T> = (attempt: Exchange<Credentials>) => Promise<T>

interface Client {
  ask<T>(attempt: Attempt<Credentials>, answer: Answer<T>): Promise<T>
  close(): Promise<void>
}

let listening: Promise<Http2Server> | undefined
const handlers = new Map<string, Handler>()
const sessions = new Set<ClientHttp2Session>()
let requests = 0

/**
 * The driver behind one HTTP/2 connection, as clients of gRPC have it: it carries all requests, and outlives those that
 * are given up. The values stay in this process; what travels is a stream for each request. `cancels: false`: streams of
 * requests that were given up stay open.
 */
export function overHttp2(
  { signPayload, verifyPayload, fetchPublicKey }: SignerDriver<Credentials>,
  { cancels = true }: { readonly cancels?: boolean } = {},
): Partial<SignerDriver<Credentials>> {
  const client = createClient(cancels)
  return {
    signPayload: (request, attempt) => client.ask(attempt, (behind) => signPayload(request, behind)),
    ...(verifyPayload && {
      verifyPayload: (request, attempt) => client.ask(attempt, (behind) => verifyPayload(request, behind)),
    }),
    ...(fetchPublicKey && {
      fetchPublicKey: (request, attempt) => client.ask(attempt, (behind) => fetchPublicKey(request, behind)),
    }),
    close: client.close,
  }
}

/** Ends the server and what was left open. */
export async function endHttp2(): Promise<void> {
  for (const session of sessions) session.destroy()
  ;(await listening)?.close()
  listening = undefined
}

function createClient(cancels: boolean): Client {
  let session: ClientHttp2Session | undefined
  return {
    async ask({ number, now, credentials, signal, timeoutMs }, answer) {
      listening ??= listen()
      const address = (await listening).address()
      session ??= open(typeof address === 'object' && address !== null ? address.port : 0)
      let outcome: ReturnType<typeof answer> | undefined
      const path = handleNext(async (ended) => {
        outcome = answer({ number, now, credentials, timeoutMs, signal: ended, hang: () => endOf(ended) })
        await outcome.catch(() => undefined)
      })
      const done = await exchange(session, path, { signal, timeoutMs, cancels })
      handlers.delete(path)
      if (!done || outcome === undefined) throw new Error('ended')
      return outcome
    },
    async close() {
      if (session === undefined || session.destroyed) return
      session.close()
      await once(session, 'close')
    },
  }
}

interface Limits extends Pick<Attempt<unknown>, 'signal' | 'timeoutMs'> {
  readonly cancels: boolean
}

/** One request on a stream of its own; false where it was given up before its answer. */
async function exchange(session: ClientHttp2Session, path: string, { signal, timeoutMs, cancels }: Limits) {
  const stream = session.request({ ':method': 'POST', ':path': path })
  stream.on('error', () => {})
  stream.resume()
  stream.end()
  const givenUp = new AbortController()
  const giveUp = () => {
    givenUp.abort()
    if (cancels) stream.close(constants.NGHTTP2_CANCEL)
  }
  const timer = setTimeout(giveUp, timeoutMs)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  await once(stream, 'close', { signal: givenUp.signal }).catch(() => undefined)
  clearTimeout(timer)
  signal.removeEventListener('abort', giveUp)
  return !givenUp.signal.aborted
}

function open(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  session.on('close', () => sessions.delete(session))
  sessions.add(session)
  return session
}

function handleNext(handler: Handler): string {
  requests += 1
  const path = `/${requests}`
  handlers.set(path, handler)
  return path
}

async function listen(): Promise<Http2Server> {
  const server = createServer()
  server.on('stream', (stream, { ':path': path = '' }) => {
    const ended = new AbortController()
    stream.on('error', () => {})
    stream.on('close', () => ended.abort())
    void handlers
      .get(path)?.(ended.signal)
      .then(() => {
        if (stream.destroyed) return
        stream.respond({ ':status': 200 })
        stream.end()
      })
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return server
}

async function endOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new Error('ended')
}
