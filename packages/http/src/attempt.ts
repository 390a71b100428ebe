import { isUtf8 } from 'node:buffer'
import { type Abortable, unwatch, watch } from './abort.ts'
import { type HttpDispatcher, type PlainHandler, translated } from './dispatcher.ts'
import { createHttpError, type HttpErrorCode, type HttpPhase } from './errors.ts'
import { type FailureFacts, toFailure } from './failures.ts'
import { firstValue, firstValues, type RawHeaders } from './headers.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import type { Call, Lane, PoolDispatcher } from './pool.ts'
import { Response } from './response.ts'

/** What one attempt needs to know besides the request. */
export interface AttemptTarget {
  readonly origin: string
  readonly host: string
  readonly servername: string
  readonly maxResponseBytes: number
  /** Hears that a request has settled. */
  onSettled(): void
}

/** Longer delays make Node's timers fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1
const NO_HEADERS: RawHeaders = []
const GIVEN_UP = new Error('The request was given up')
const ACCEPT_ENCODING = 'accept-encoding'
const IDENTITY = /^\s*(?:identity)?\s*$/i

/**
 * One request and its answer: what undici reads the request from, the handler it calls, and the target of the timer and
 * the signal in one object, because it is made for every signature. Settles once; whatever comes later is ignored.
 *
 * The handler is of undici's plain kind, the one that its own `request` is made of. Handlers of the other kind, which
 * {@link HttpDispatchHandler} describes, are wrapped by undici into a plain one at the price of two objects and of all
 * headers as text.
 */
export class Attempt implements Abortable, Call, PlainHandler {
  readonly headers: string[]
  lane: Lane | undefined
  settled = false
  place = 0
  readonly #request: HttpRequest
  readonly #target: AttemptTarget
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (reason: unknown) => void
  readonly #timer: NodeJS.Timeout | undefined
  #ended = false
  #disconnect: ((reason: Error) => void) | undefined
  #phase: HttpPhase = 'connect'
  #reused = false
  #status: number | undefined
  #headers: RawHeaders = NO_HEADERS
  #chunk: Buffer | undefined
  #chunks: Buffer[] | undefined
  #size = 0

  constructor(
    request: HttpRequest,
    target: AttemptTarget,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    const { signal, timeoutMs } = request
    this.headers = toHeaders(request.headers)
    this.#request = request
    this.#target = target
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = timeoutMs === undefined ? undefined : setTimeout(expire, Math.min(timeoutMs, MAX_DELAY_MS), this)
    watch(signal, this)
  }

  // Read by undici, once, when it takes the request.
  get origin(): string {
    return this.#target.origin
  }

  get servername(): string {
    return this.#target.servername
  }

  get path(): string {
    return this.#request.path
  }

  get method(): HttpRequest['method'] {
    return this.#request.method
  }

  get body(): string | Uint8Array | null {
    return this.#request.body ?? null
  }

  /** Sends the request, unless it was given up before the pool was there. */
  start(pool: PoolDispatcher): void {
    if (!this.settled) pool.dispatch(this, this)
  }

  /** As {@link start}, through a dispatcher of which only the described kind of handler is known to be taken. */
  startThrough(dispatcher: HttpDispatcher): void {
    const { origin, servername, path, method, headers, body } = this
    const options = { origin, servername, path, method, headers, body }
    try {
      dispatcher.dispatch(options, translated(this))
    } catch (error) {
      this.onError(error)
    }
  }

  /** The signal was aborted. */
  abort(): void {
    if (!this.#settle()) return
    this.#abandon()
    this.#reject(this.#request.signal.reason)
  }

  expire(): void {
    const waiting = { connect: 'no connection to', request: 'no answer from', response: 'no complete answer from' }
    this.#refuse('HTTP_TIMEOUT', `${this.#request.timeoutMs} ms are up: ${waiting[this.#phase]} ${this.#target.host}`)
  }

  onConnect(disconnect: (reason: Error) => void): void {
    // Thrown here and not aborted: undici then drops the request and keeps the connection for the next one.
    if (this.settled) throw GIVEN_UP
    this.#disconnect = disconnect
    this.#phase = 'request'
    this.#reused = this.lane !== undefined && this.lane.answers > 0
  }

  onResponseStarted(): void {
    this.#phase = 'response'
  }

  onHeaders(status: number, headers: RawHeaders): boolean {
    this.#phase = 'response'
    if (this.settled || status < 200) return true
    this.#status = status
    this.#headers = headers
    const { host, maxResponseBytes } = this.#target
    if (status > 299 && status < 400) {
      this.#refuse('HTTP_REDIRECT', `${host} answered with a redirect (status ${status}), which is never followed`)
    } else if (isEncoded(headers)) {
      this.#refuse('HTTP_BODY_MALFORMED', `${host} sent a compressed body, which was not asked for`)
    } else if (Number(firstValue(headers, 'content-length') ?? 0) > maxResponseBytes) {
      this.#refuseSize()
    }
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.settled) return true
    this.#size += chunk.length
    if (this.#size > this.#target.maxResponseBytes) this.#refuseSize()
    else if (this.#chunk === undefined) this.#chunk = chunk
    else if (this.#chunks === undefined) this.#chunks = [this.#chunk, chunk]
    else this.#chunks.push(chunk)
    return true
  }

  onComplete(): void {
    if (this.settled) return
    const { lane } = this
    // undici takes a reset for the end of a body that has no length.
    if (lane?.failure !== undefined) {
      this.onError(lane.failure)
      return
    }
    if (lane !== undefined) lane.answers += 1
    this.#ended = true
    const bytes = this.#chunks === undefined ? this.#chunk : Buffer.concat(this.#chunks, this.#size)
    if (bytes !== undefined && !isUtf8(bytes)) {
      this.#refuse('HTTP_BODY_MALFORMED', `${this.#target.host} sent a body that is not UTF-8`)
      return
    }
    const body = bytes === undefined ? '' : bytes.toString('utf8')
    if (this.#settle()) this.#resolve(new Response(this.#status ?? 0, this.#headers, body))
  }

  /** Anything that went wrong below. */
  onError(error: unknown): void {
    if (this.#settle()) this.#reject(toFailure(this.lane?.failure ?? error, this.#facts()))
  }

  /** Settles with an error of our own making and frees the connection. */
  #refuse(code: HttpErrorCode, message: string): void {
    if (!this.#settle()) return
    this.#abandon()
    this.#reject(createHttpError(code, message, this.#facts()))
  }

  #refuseSize(): void {
    const { host, maxResponseBytes } = this.#target
    this.#refuse('HTTP_BODY_TOO_LARGE', `${host} sent a body of more than ${maxResponseBytes} bytes`)
  }

  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    unwatch(this.#request.signal, this)
    this.#target.onSettled()
    return true
  }

  /** Frees the connection, or the one being made, or the place in the queue. */
  #abandon(): void {
    this.#chunk = undefined
    this.#chunks = undefined
    if (this.#ended) return
    const { lane } = this
    if (this.#disconnect === undefined) lane?.giveUp?.()
    // After its own abort undici connects anew, for nobody.
    else if (lane?.socket !== undefined) lane.socket.destroy(GIVEN_UP)
    else this.#disconnect(GIVEN_UP)
  }

  #facts(): FailureFacts {
    return {
      host: this.#target.host,
      phase: this.#phase,
      reusedConnection: this.#reused,
      status: this.#status,
      headers: this.#status === undefined ? undefined : firstValues(this.#headers),
    }
  }
}

function expire(attempt: Attempt): void {
  attempt.expire()
}

function toHeaders(given: HttpRequest['headers']): string[] {
  if (!Array.isArray(given)) return withIdentity(Object.entries(given).flat())
  const list: string[] = given
  // A list that says so itself goes as it is: it is made for every signature, and undici only reads it.
  return list[0] === ACCEPT_ENCODING && list[1] === 'identity' ? list : withIdentity(list)
}

function withIdentity(given: readonly (string | undefined)[]): string[] {
  const headers = [ACCEPT_ENCODING, 'identity']
  for (let index = 0; index + 1 < given.length; index += 2) {
    const [name, value] = [given[index], given[index + 1]]
    if (name === undefined || value === undefined || name.toLowerCase() === ACCEPT_ENCODING) continue
    headers.push(name, value)
  }
  return headers
}

function isEncoded(headers: RawHeaders): boolean {
  const transfer = firstValue(headers, 'transfer-encoding')
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked') return true
  const content = firstValue(headers, 'content-encoding')
  return content !== undefined && !IDENTITY.test(content)
}
