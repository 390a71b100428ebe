import { hasEnded } from './abort.ts'
import { Attempt, type AttemptTarget } from './attempt.ts'
import { createHttpError } from './errors.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { type HttpClientOptions, type HttpSettings, parseOptions } from './options.ts'
import { acquirePool, releasePool, type SharedPool } from './pool.ts'
import { bareHost } from './proxy.ts'

/** Sends single requests to one origin. Clients with the same settings share their connections. */
export interface HttpClient {
  /** Scheme, host and port, normalised; the scheme's own port is left out. */
  readonly origin: string
  /** The value of the Host header as sent, to be signed. */
  readonly host: string
  /**
   * Makes one attempt: no retry, no redirect, no decompression. Rejects with an {@link HttpError}, with
   * `signal.reason` as it is when the signal is aborted, and with a `TypeError` when the request is not well-formed.
   *
   * @throws HTTP_TIMEOUT, HTTP_CONNECT, HTTP_TLS, HTTP_RESET, HTTP_REDIRECT, HTTP_BODY_TOO_LARGE, HTTP_BODY_TRUNCATED,
   * HTTP_BODY_MALFORMED, HTTP_PROTOCOL, HTTP_CLOSED
   */
  send(request: HttpRequest): Promise<HttpResponse>
  /**
   * Refuses new requests with HTTP_CLOSED and waits for those under way. Connections are closed with the last client
   * that shares them. Idempotent. Not needed for a process to end: idle connections do not keep it.
   */
  close(): Promise<void>
}

/**
 * Makes a client of one origin. Does no I/O; undici is loaded with the first request.
 *
 * @throws TypeError with every problem {@link checkHttpOptions} finds
 * @example
 * const client = createHttpClient({ baseUrl: 'https://kms.example.com' })
 * const { status, body } = await client.send({
 *   method: 'POST', path: '/sign', headers: { 'content-type': 'application/json' }, body: '{}',
 *   signal: new AbortController().signal, timeoutMs: 5000,
 * })
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const settings = parseOptions(options)
  let pool: SharedPool | undefined
  let underWay = 0
  let drained: (() => void) | undefined
  let closing: Promise<void> | undefined

  const target = toTarget(settings, () => {
    underWay -= 1
    if (underWay === 0) drained?.()
  })

  const send = (request: HttpRequest) =>
    new Promise<HttpResponse>((resolve, reject) => {
      if (hasEnded(request.signal)) return reject(request.signal.reason)
      const refusal = closing === undefined ? checkRequest(request, target) : closedError(target)
      if (refusal !== undefined) return reject(refusal)
      underWay += 1
      const attempt = new Attempt(request, target, resolve, reject)
      if (settings.dispatcher !== undefined) return attempt.startThrough(settings.dispatcher)
      pool ??= acquirePool(settings)
      if (pool.dispatcher !== undefined) return attempt.start(pool.dispatcher)
      pool.ready.then(
        (ready) => attempt.start(ready),
        (error: unknown) => attempt.onError(error),
      )
    })

  const drainAndRelease = async () => {
    if (underWay > 0) await new Promise<void>((resolve) => (drained = resolve))
    if (pool !== undefined) await releasePool(settings, pool)
  }

  const close = () => {
    closing ??= drainAndRelease()
    return closing
  }

  return Object.freeze({ origin: target.origin, host: target.host, send, close })
}

function toTarget({ url, maxResponseBytes }: HttpSettings, onSettled: () => void): AttemptTarget {
  return Object.freeze({ origin: url.origin, host: url.host, servername: bareHost(url), maxResponseBytes, onSettled })
}

function closedError({ host }: AttemptTarget): Error {
  return createHttpError('HTTP_CLOSED', `The client of ${host} is closed`, { phase: 'connect' })
}

function checkRequest({ path, timeoutMs, signal }: HttpRequest, { host }: AttemptTarget): Error | undefined {
  if (!path.startsWith('/'))
    return new TypeError('The HTTP request is not well-formed: the path must start with a slash')
  // An AbortSignal may never be aborted; only who made the cancellation can have promised to end it.
  if (timeoutMs === undefined && 'onCancel' in signal) return undefined
  if (timeoutMs === undefined || !Number.isFinite(timeoutMs))
    return new TypeError('The HTTP request is not well-formed: timeoutMs must be a number')
  if (timeoutMs > 0) return undefined
  return createHttpError('HTTP_TIMEOUT', `No time is left for ${host}`, { phase: 'connect' })
}
