/** Counts what happened within the last second, by name. */
export interface RateMeter {
  /** False when `limit` calls under this name fell into the last second already; 0 is no limit. */
  admit(name: string, limit: number, now: number): boolean
}

export function createRateMeter(): RateMeter {
  const recent = new Map<string, number[]>()
  return {
    admit(name, limit, now) {
      if (limit <= 0) return true
      const kept = (recent.get(name) ?? []).filter((at) => now - at < 1000 && at <= now)
      recent.set(name, kept)
      if (kept.length >= limit) return false
      kept.push(now)
      return true
    },
  }
}
