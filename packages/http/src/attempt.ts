import { isUtf8 } from 'node:buffer'
import { type Abortable, type EndOfRequest, unwatch, watch } from './abort.ts'
import type { HttpDispatchController, HttpDispatcher, HttpDispatchHandler } from './dispatcher.ts'
import { createHttpError, type HttpErrorCode, type HttpPhase } from './errors.ts'
import { type FailureFacts, toFailure } from './failures.ts'
import { firstValues } from './headers.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import type { Call } from './pool.ts'

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
const GIVEN_UP = new Error('The request was given up')
const IDENTITY = /^\s*(?:identity)?\s*$/i

/**
 * One request and its answer: the handler undici calls and the target of the timer and the signal in one object, because
 * it is made for every signature. Settles once; whatever comes later is ignored.
 */
export class Attempt implements Abortable, HttpDispatchHandler {
  place = 0
  readonly #call: Call
  readonly #signal: EndOfRequest
  readonly #timeoutMs: number | undefined
  readonly #target: AttemptTarget
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (reason: unknown) => void
  readonly #timer: NodeJS.Timeout | undefined
  #settled = false
  #ended = false
  #controller: HttpDispatchController | undefined
  #phase: HttpPhase = 'connect'
  #reused = false
  #status: number | undefined
  #headers: HttpResponse['headers'] | undefined
  #chunk: Buffer | undefined
  #chunks: Buffer[] | undefined
  #size = 0

  constructor(
    request: HttpRequest,
    target: AttemptTarget,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#call = toCall(request, target)
    this.#signal = request.signal
    this.#timeoutMs = request.timeoutMs
    this.#target = target
    this.#resolve = resolve
    this.#reject = reject
    const { timeoutMs } = request
    this.#timer = timeoutMs === undefined ? undefined : setTimeout(expire, Math.min(timeoutMs, MAX_DELAY_MS), this)
    watch(request.signal, this)
  }

  /** Sends the request, unless it was given up before the dispatcher was there. */
  start(dispatcher: HttpDispatcher): void {
    if (this.#settled) return
    try {
      dispatcher.dispatch(this.#call, this)
    } catch (error) {
      this.fail(error)
    }
  }

  /** The signal was aborted. */
  abort(): void {
    if (!this.#settle()) return
    this.#abandon()
    this.#reject(this.#signal.reason)
  }

  expire(): void {
    const waiting = { connect: 'no connection to', request: 'no answer from', response: 'no complete answer from' }
    this.#refuse('HTTP_TIMEOUT', `${this.#timeoutMs} ms are up: ${waiting[this.#phase]} ${this.#target.host}`)
  }

  /** Anything that went wrong below. */
  fail(error: unknown): void {
    if (this.#settle()) this.#reject(toFailure(error, this.#facts()))
  }

  onRequestStart(controller: HttpDispatchController): void {
    // Thrown here and not aborted: undici then drops the request and keeps the connection for the next one.
    if (this.#settled) throw GIVEN_UP
    this.#controller = controller
    this.#phase = 'request'
    this.#reused = (this.#call.lane?.answers ?? 0) > 0
  }

  onResponseStarted(): void {
    this.#phase = 'response'
  }

  onResponseStart(
    _controller: HttpDispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#phase = 'response'
    if (this.#settled || status < 200) return
    this.#status = status
    this.#headers = firstValues(headers)
    const { host, maxResponseBytes } = this.#target
    if (status > 299 && status < 400) {
      this.#refuse('HTTP_REDIRECT', `${host} answered with a redirect (status ${status}), which is never followed`)
    } else if (isEncoded(this.#headers)) {
      this.#refuse('HTTP_BODY_MALFORMED', `${host} sent a compressed body, which was not asked for`)
    } else if (Number(this.#headers['content-length'] ?? 0) > maxResponseBytes) {
      this.#refuseSize()
    }
  }

  onResponseData(_controller: HttpDispatchController, bytes: Uint8Array): void {
    if (this.#settled) return
    const chunk = bytes as Buffer
    this.#size += chunk.length
    if (this.#size > this.#target.maxResponseBytes) this.#refuseSize()
    else if (this.#chunk === undefined) this.#chunk = chunk
    else if (this.#chunks === undefined) this.#chunks = [this.#chunk, chunk]
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#settled) return
    const { lane } = this.#call
    // undici takes a reset for the end of a body that has no length.
    if (lane?.failure !== undefined) {
      this.fail(lane.failure)
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
    if (this.#settle()) this.#resolve({ status: this.#status ?? 0, headers: this.#headers ?? firstValues({}), body })
  }

  onResponseError(_controller: HttpDispatchController, error: unknown): void {
    if (!this.#settled) this.fail(this.#call.lane?.failure ?? error)
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
    if (this.#settled) return false
    this.#settled = true
    clearTimeout(this.#timer)
    unwatch(this.#signal, this)
    this.#target.onSettled()
    return true
  }

  /** Frees the connection, or the one being made, or the place in the queue. */
  #abandon(): void {
    this.#chunk = undefined
    this.#chunks = undefined
    if (this.#ended) return
    const { lane } = this.#call
    this.#call.cancelled = true
    if (this.#controller === undefined) lane?.giveUp?.()
    // After its own `abort` undici connects anew, for nobody.
    else if (lane?.socket !== undefined) lane.socket.destroy(GIVEN_UP)
    else this.#controller.abort(GIVEN_UP)
  }

  #facts(): FailureFacts {
    return {
      host: this.#target.host,
      phase: this.#phase,
      reusedConnection: this.#reused,
      status: this.#status,
      headers: this.#headers,
    }
  }
}

function expire(attempt: Attempt): void {
  attempt.expire()
}

function toCall(request: HttpRequest, { origin, servername }: AttemptTarget): Call {
  const headers = ['accept-encoding', 'identity']
  for (const name of Object.keys(request.headers)) {
    const value = request.headers[name]
    if (value !== undefined && name.toLowerCase() !== 'accept-encoding') headers.push(name, value)
  }
  const { path, method, body = null } = request
  return { origin, servername, path, method, headers, body, lane: undefined, cancelled: false }
}

function isEncoded(headers: HttpResponse['headers']): boolean {
  const transfer = headers['transfer-encoding']
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked') return true
  const content = headers['content-encoding']
  return content !== undefined && !IDENTITY.test(content)
}
