/** The access tokens of one driver, made from refresh tokens as they are needed. */
export interface AccessTokens {
  /**
   * The access token of a refresh token: the one in hand, or a new one. Waiting calls share one exchange; an aborted
   * signal ends only the wait that it belongs to, and the exchange when nobody waits any more.
   */
  get(refreshToken: string, waiter: Waiter): Promise<string>
  /** The provider refused this access token: the next call makes another. */
  drop(accessToken: string): void
  close(): void
}

/** One attempt that needs a token. */
export interface Waiter {
  readonly signal: AbortSignal
  /** Milliseconds since the epoch. */
  now(): number
}

/** Asks the provider for an access token. The signal is aborted when nobody waits for it any more. */
export type Exchange = (refreshToken: string, common: Waiter) => Promise<string>

interface Entry {
  readonly controller: AbortController
  readonly token: Promise<string>
  value: string | undefined
  waiters: number
}

/** Refresh tokens rotate, one is in use at a time: more than a few are those of the past. */
const MAX_ENTRIES = 8

export function createAccessTokens(exchange: Exchange): AccessTokens {
  const entries = new Map<string, Entry>()

  const forget = (refreshToken: string, entry: Entry) => {
    if (entries.get(refreshToken) === entry) entries.delete(refreshToken)
  }

  const start = (refreshToken: string, { now }: Waiter): Entry => {
    const controller = new AbortController()
    const token = exchange(refreshToken, { signal: controller.signal, now })
    const entry: Entry = { controller, token, value: undefined, waiters: 0 }
    token.then(
      (value) => {
        entry.value = value
      },
      () => forget(refreshToken, entry),
    )
    entries.set(refreshToken, entry)
    for (const [oldest, { value }] of entries) {
      if (entries.size <= MAX_ENTRIES) break
      if (value !== undefined) entries.delete(oldest)
    }
    return entry
  }

  const leave = (refreshToken: string, entry: Entry) => {
    entry.waiters -= 1
    if (entry.waiters > 0 || entry.value !== undefined) return
    forget(refreshToken, entry)
    entry.controller.abort(new DOMException('Nobody waits for this access token any more', 'AbortError'))
  }

  return {
    async get(refreshToken, waiter) {
      const { signal } = waiter
      signal.throwIfAborted()
      const entry = entries.get(refreshToken) ?? start(refreshToken, waiter)
      if (entry.value !== undefined) return entry.value
      entry.waiters += 1
      try {
        return await settledOrAborted(entry.token, signal)
      } finally {
        leave(refreshToken, entry)
      }
    },
    drop(accessToken) {
      for (const [refreshToken, entry] of entries) if (entry.value === accessToken) entries.delete(refreshToken)
    },
    close() {
      for (const { controller } of entries.values())
        controller.abort(new DOMException('The signer is closed', 'AbortError'))
      entries.clear()
    },
  }
}

async function settledOrAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      promise.then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
