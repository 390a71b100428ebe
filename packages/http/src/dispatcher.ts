import type { RawHeaders } from './headers.ts'

/** What is asked of a dispatcher: one request. */
export interface HttpDispatchOptions {
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query as they go on the wire. */
  readonly path: string
  /** The HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Names and values in turn. */
  readonly headers: string[]
  /** The whole body; absent for none. */
  readonly body?: string | Uint8Array | null
}

/** The dispatcher's end of a request under way. */
export interface HttpDispatchController {
  /** Gives the request up; its handler hears `reason` as an error. */
  abort(reason: Error): void
}

/** The calls a dispatcher makes while a request is under way, in this order; `onResponseError` ends it at any point. */
export interface HttpDispatchHandler {
  /** The request is about to be sent. What is thrown here ends it before any byte. */
  onRequestStart(controller: HttpDispatchController): void
  /** The first byte of the answer has arrived. Not every dispatcher says so. */
  onResponseStarted?(): void
  /** Status and headers have arrived. */
  onResponseStart(
    controller: HttpDispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void
  /** A part of the body; the bytes are only lent. */
  onResponseData(controller: HttpDispatchController, chunk: Uint8Array): void
  /** The answer is complete. */
  onResponseEnd(controller: HttpDispatchController): void
  /** The request has failed, or was given up. */
  onResponseError(controller: HttpDispatchController, error: unknown): void
}

/**
 * What sends requests. Described by its shape so that tests can hand in their own; every undici 7 `Dispatcher`, its
 * mocks included, fits.
 */
export interface HttpDispatcher {
  /** Sends one request and tells the handler what becomes of it; false asks the caller to slow down. */
  dispatch(options: HttpDispatchOptions, handler: HttpDispatchHandler): boolean
}

/** undici's plain kind of handler. */
export interface PlainHandler {
  onConnect(disconnect: (reason: Error) => void): void
  onResponseStarted(): void
  onHeaders(status: number, headers: RawHeaders): boolean
  onData(chunk: Buffer): boolean
  onComplete(): void
  onError(error: unknown): void
}

/** A plain handler as one of the kind that every dispatcher takes. */
export function translated(plain: PlainHandler): HttpDispatchHandler {
  return {
    onRequestStart: (controller) => plain.onConnect((reason) => controller.abort(reason)),
    onResponseStarted: () => plain.onResponseStarted(),
    onResponseStart: (_controller, status, headers) => void plain.onHeaders(status, toRaw(headers)),
    onResponseData: (_controller, chunk) => void plain.onData(Buffer.from(chunk)),
    onResponseEnd: () => plain.onComplete(),
    onResponseError: (_controller, error) => plain.onError(error),
  }
}

function toRaw(headers: Record<string, string | string[] | undefined>): RawHeaders {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().flatMap((text) => [Buffer.from(name, 'latin1'), Buffer.from(text, 'latin1')]),
  )
}
