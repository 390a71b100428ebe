/**
 * What ends a request early, lighter than an `AbortSignal`: it belongs to this one request, which forgets it when it has
 * settled.
 */
export interface HttpCancellation {
  /** True from the moment the request is to end. */
  readonly cancelled: boolean
  /** What the request rejects with, unchanged. */
  readonly reason: unknown
  /** Has `target.abort()` called once, when the request is to end. */
  onCancel(target: { abort(): void }): void
}

/** One request. Nothing is added to it but `accept-encoding: identity`, Host, Connection and Content-Length. */
export interface HttpRequest {
  /** The HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The target as it goes on the wire, query included and already encoded; starts with `/`. */
  readonly path: string
  /**
   * By name, or names and values in turn. The list is cheaper, and is sent as it is when it begins with
   * `accept-encoding: identity`; it must not change until the attempt has settled.
   */
  readonly headers: Readonly<Record<string, string>> | readonly string[]
  /** Must not change until the attempt has settled. */
  readonly body?: string | Uint8Array | undefined
  /** Ends the request at any moment; it then rejects with the reason, unchanged. */
  readonly signal: AbortSignal | HttpCancellation
  /**
   * For the whole attempt: waiting for a connection, connecting, sending, and the last byte of the body. May be left out
   * only with an {@link HttpCancellation} whose maker ends it in time itself: one timer is enough.
   */
  readonly timeoutMs?: number | undefined
}

/** A complete answer, whatever its status below 300 or above 399. */
export interface HttpResponse {
  /** The HTTP status. */
  readonly status: number
  /** Lower-case names, the first value of each; nothing is inherited. */
  readonly headers: Readonly<Record<string, string>>
  /** The first value of one header, named in lower case; cheaper than {@link headers} where one is enough. */
  header(name: string): string | undefined
  /** The body, decoded as UTF-8. A byte order mark stays. */
  readonly body: string
}
