import type { ProviderName } from './message.ts'

/** One request that arrived. No header, body, token or key material is ever kept. */
export interface LoggedRequest {
  /** Whose protocol it spoke. */
  readonly provider: ProviderName
  /** The same name for all providers: `sign`, `verify`, `getPublicKey`, `createKey`, … or `unknown`. */
  readonly operation: string
  /** HTTP status of the answer; 0 when no status line was sent. */
  readonly status: number
  /** Milliseconds by the emulator's clock. */
  readonly at: number
  /** The HTTP method. */
  readonly method: string
  /** The key as the path or the parameters name it, where that is known before anything is checked. */
  readonly keyId?: string
  /** The scripted fault that this request met. */
  readonly fault?: string
}

const LIMIT = 100_000

/** Keeps the newest requests; older ones fall out, so that a long run cannot eat the memory. */
export function createRequestLog(): { readonly requests: readonly LoggedRequest[]; add(request: LoggedRequest): void } {
  const requests: LoggedRequest[] = []
  return {
    requests,
    add(request) {
      // Dropping a tenth at once keeps the cost of each request constant.
      if (requests.length >= LIMIT) requests.splice(0, LIMIT / 10)
      requests.push(Object.freeze(request))
    },
  }
}
