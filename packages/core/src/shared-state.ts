import type { RateLimiter } from './rate-limit.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'

/** What all signers of one quota scope share. */
export interface ScopeState {
  readonly budget: RetryBudget
  /** Milliseconds to add to a clock to get the server's time, per clock function. */
  readonly clockOffsets: WeakMap<() => number, number>
  limiter?: RateLimiter
}

interface SharedState {
  readonly scopes: Map<string, ScopeState>
  /** What is known of each credentials function; `credentials.ts` knows its shape. */
  readonly credentials: WeakMap<object, object>
}

// On globalThis, because an ESM and a CJS copy of this package can meet in one process and must share it.
const KEY = Symbol.for('kmsign.core.state.1')

export function sharedState(): SharedState {
  const global = globalThis as { [KEY]?: SharedState }
  global[KEY] ??= { scopes: new Map(), credentials: new WeakMap() }
  return global[KEY]
}

export function scopeState(scope: string): ScopeState {
  const { scopes } = sharedState()
  let state = scopes.get(scope)
  if (state === undefined) {
    state = { budget: createRetryBudget(), clockOffsets: new WeakMap() }
    scopes.set(scope, state)
  }
  return state
}
