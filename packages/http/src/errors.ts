import type { HttpResponse } from './message.ts'

/**
 * What went wrong with one attempt. The union may grow in a minor version; keep a default branch.
 *
 * - `HTTP_TIMEOUT` no complete answer within `timeoutMs`
 * - `HTTP_CONNECT` refused, unreachable, unknown host, or the proxy would not open the tunnel
 * - `HTTP_TLS` the handshake or a certificate failed; another try will not help
 * - `HTTP_RESET` the connection ended before a status arrived
 * - `HTTP_REDIRECT` a 3xx answer; redirects are never followed
 * - `HTTP_BODY_TOO_LARGE` more than `maxResponseBytes`
 * - `HTTP_BODY_TRUNCATED` the connection ended inside the body
 * - `HTTP_BODY_MALFORMED` not UTF-8, or compressed although no compression was offered
 * - `HTTP_PROTOCOL` not HTTP/1.1
 * - `HTTP_CLOSED` the client was closed before
 */
export type HttpErrorCode =
  | 'HTTP_TIMEOUT'
  | 'HTTP_CONNECT'
  | 'HTTP_TLS'
  | 'HTTP_RESET'
  | 'HTTP_REDIRECT'
  | 'HTTP_BODY_TOO_LARGE'
  | 'HTTP_BODY_TRUNCATED'
  | 'HTTP_BODY_MALFORMED'
  | 'HTTP_PROTOCOL'
  | 'HTTP_CLOSED'

/**
 * How far the attempt came. `connect`: no byte of the request can have reached the server; `request`: it was sent and
 * nothing came back; `response`: an answer had begun.
 */
export type HttpPhase = 'connect' | 'request' | 'response'

/**
 * A failed attempt. Holds no header, body or credential of the request, neither visibly nor hidden, so that it may be
 * logged. Recognise it with {@link isHttpError}.
 */
export interface HttpError extends Error {
  /** What went wrong. */
  readonly code: HttpErrorCode
  /** How far the attempt came. */
  readonly phase: HttpPhase
  /** The failing connection had carried an answer before: most likely a keep-alive connection the server gave up. */
  readonly reusedConnection: boolean
  /** The code of Node, OpenSSL or undici below, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
  readonly systemCode?: string
  /** The HTTP status, when one had arrived. */
  readonly status?: number
  /** The answer's headers, when they had arrived. Not enumerable and not shown by `util.inspect`. */
  readonly headers?: HttpResponse['headers']
}

/** The facts an {@link HttpError} is made of. */
export interface HttpErrorFacts {
  readonly phase: HttpPhase
  readonly reusedConnection?: boolean
  readonly systemCode?: string | undefined
  readonly status?: number | undefined
  readonly headers?: HttpResponse['headers'] | undefined
}

const MARKER = Symbol.for('kmsign.http.error')

class HttpFailure extends Error implements HttpError {
  readonly code: HttpErrorCode
  readonly phase: HttpPhase
  readonly reusedConnection: boolean
  declare readonly systemCode?: string
  declare readonly status?: number
  // A server may echo what it was sent: private, so that no way of printing the error shows it.
  readonly #headers: HttpResponse['headers'] | undefined

  constructor(code: HttpErrorCode, message: string, facts: HttpErrorFacts) {
    super(message)
    // The frames would be undici's; the caller's are lost behind the socket.
    this.stack = `HttpError: ${message}`
    this.code = code
    this.phase = facts.phase
    this.reusedConnection = facts.reusedConnection ?? false
    if (facts.systemCode !== undefined) this.systemCode = facts.systemCode
    if (facts.status !== undefined) this.status = facts.status
    this.#headers = facts.headers
  }

  get headers(): HttpResponse['headers'] {
    // The interface has it optional, which a getter cannot say.
    return this.#headers as HttpResponse['headers']
  }
}

Object.defineProperty(HttpFailure.prototype, 'name', { value: 'HttpError', configurable: true, writable: true })
Object.defineProperty(HttpFailure.prototype, MARKER, { value: true })

export function createHttpError(code: HttpErrorCode, message: string, facts: HttpErrorFacts): HttpError {
  return new HttpFailure(code, message, facts)
}

/**
 * Whether `error` is a failed attempt of this package. Judged by a marker and not by `instanceof`, so copies of this
 * package in one process and Jest's realms are harmless.
 */
export function isHttpError(error: unknown): error is HttpError {
  return typeof error === 'object' && error !== null && MARKER in error
}
