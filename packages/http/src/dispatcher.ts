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
