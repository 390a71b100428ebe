/** What is asked of a dispatcher: one request. */
export interface HttpDispatchOptions {
  readonly origin: string
  readonly path: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Names and values in turn. */
  readonly headers: string[]
  readonly body?: string | Uint8Array | null
}

/** The dispatcher's end of a request under way. */
export interface HttpDispatchController {
  abort(reason: Error): void
}

/** The calls a dispatcher makes while a request is under way, in this order; `onResponseError` ends it at any point. */
export interface HttpDispatchHandler {
  onRequestStart(controller: HttpDispatchController): void
  /** The first byte of the answer has arrived. Not every dispatcher says so. */
  onResponseStarted?(): void
  onResponseStart(
    controller: HttpDispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void
  onResponseData(controller: HttpDispatchController, chunk: Uint8Array): void
  onResponseEnd(controller: HttpDispatchController): void
  onResponseError(controller: HttpDispatchController, error: unknown): void
}

/**
 * What sends requests. Described by its shape so that tests can hand in their own; every undici 7 `Dispatcher`, its
 * mocks included, fits.
 */
export interface HttpDispatcher {
  dispatch(options: HttpDispatchOptions, handler: HttpDispatchHandler): boolean
}
