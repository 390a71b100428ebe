/** Tokens for repeats, shared by all signers of one scope, so that an outage is not met with several times the load. */
export interface RetryBudget {
  tokens: number
}

// The figures are those of the AWS SDKs' standard retry mode since 2026 (retry behaviour, AWS SDKs and Tools guide).
const CAPACITY = 500
const COST = { transient: 14, throttling: 5 } as const
const CLEAN_SUCCESS = 1

/** Why a repeat is made: it decides cost and wait. */
export type RepeatKind = keyof typeof COST

export function createRetryBudget(): RetryBudget {
  return { tokens: CAPACITY }
}

/** Pays for one repeat; false when the budget is used up. */
export function payForRepeat(budget: RetryBudget, kind: RepeatKind): boolean {
  if (budget.tokens < COST[kind]) return false
  budget.tokens -= COST[kind]
  return true
}

/** A success gives back what its last repeat cost, and a little when it needed none. */
export function refund(budget: RetryBudget, lastRepeat: RepeatKind | undefined): void {
  const tokens = lastRepeat === undefined ? CLEAN_SUCCESS : COST[lastRepeat]
  budget.tokens = Math.min(CAPACITY, budget.tokens + tokens)
}
