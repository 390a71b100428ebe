/** Tokens that come back with time: `perSecond` of them, at most `burst` in store. Unlimited until told otherwise. */
export interface TokenBucket {
  /** Of each figure the smaller one counts. */
  tighten(perSecond: number, burst: number): void
  /** Whether a token is there; it stays. */
  hasToken(): boolean
  take(): void
  /** Milliseconds until the next token. */
  waitMs(): number
}

export function createTokenBucket(now: () => number): TokenBucket {
  let rate = Number.POSITIVE_INFINITY
  let store = Number.POSITIVE_INFINITY
  let tokens = Number.POSITIVE_INFINITY
  let filledAt = now()

  const capacity = () => Math.min(store, Math.max(1, rate))
  const refill = () => {
    const time = now()
    if (rate !== Number.POSITIVE_INFINITY) tokens = Math.min(capacity(), tokens + ((time - filledAt) / 1_000) * rate)
    filledAt = time
  }

  return {
    tighten(perSecond, burst) {
      refill()
      rate = Math.min(rate, perSecond)
      store = Math.min(store, burst)
      // A burst without a rate bounds nothing.
      if (rate !== Number.POSITIVE_INFINITY) tokens = Math.min(tokens, capacity())
    },
    hasToken() {
      refill()
      return tokens >= 1
    },
    take() {
      tokens -= 1
    },
    waitMs: () => Math.max(1, ((1 - tokens) / rate) * 1_000),
  }
}
