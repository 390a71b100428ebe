import { describe, expect, test } from 'vitest'
import { waitBeforeRepeat } from './backoff.ts'
import type { MappedError } from './driver-contract.ts'
import { decideRepeat, type Progress, type RepeatRules, retryRule } from './repeat.ts'
import { createRetryBudget, payForRepeat, refund } from './retry-budget.ts'

const failure = (code: MappedError['code'], more: Partial<MappedError> = {}): MappedError => ({
  code,
  phase: 'response',
  ...more,
})
const progress = (more: Partial<Progress> = {}): Progress => ({
  tries: 1,
  requests: 1,
  paid: 0,
  lastPaid: undefined,
  corrected: undefined,
  ...more,
})
const rules = (more: Partial<RepeatRules> = {}): RepeatRules => ({
  maxAttempts: 3,
  remainingMs: 10_000,
  budget: createRetryBudget(),
  random: () => 1,
  renewable: true,
  correctClock: () => true,
  ...more,
})

describe('the rule of a failure', () => {
  test.each([
    [failure('KMS_NETWORK'), true, 'backoff'],
    [failure('KMS_NETWORK', { retry: 'never' }), true, 'never'],
    [failure('KMS_KEY_STATE', { retry: 'once' }), true, 'once'],
    [failure('KMS_KEY_STATE'), true, 'never'],
    [failure('KMS_UNAUTHENTICATED'), true, 'once'],
    [failure('KMS_UNAUTHENTICATED'), false, 'never'],
    [failure('KMS_UNAUTHENTICATED', { retry: 'once' }), false, 'once'],
    [failure('KMS_INTEGRITY'), false, 'once'],
  ] as const)('%o with other credentials to be had (%s) is %s', (given, renewable, rule) => {
    expect(retryRule(given, renewable)).toBe(rule)
  })
})

describe('a repeat', () => {
  test.each([
    ['KMS_NETWORK', 50],
    ['KMS_UNAVAILABLE', 50],
    ['KMS_THROTTLED', 1_000],
    ['KMS_INVALID_RESPONSE', 50],
  ] as const)('after %s waits up to %i ms the first time', (code, wait) => {
    expect(decideRepeat(failure(code), progress(), rules())).toBe(wait)
  })

  test('waits longer each time that was paid for', () => {
    const state = progress()
    const waits = [1, 2, 3].map(() => decideRepeat(failure('KMS_NETWORK'), state, rules()))
    expect(waits).toEqual([50, 100, 200])
    expect(state).toMatchObject({ paid: 3, lastPaid: 'transient' })
    decideRepeat(failure('KMS_THROTTLED'), state, rules())
    expect(state).toMatchObject({ paid: 4, lastPaid: 'throttling' })
  })

  test('is refused when the attempts are used up', () => {
    expect(decideRepeat(failure('KMS_NETWORK'), progress({ tries: 2 }), rules())).toBeDefined()
    expect(decideRepeat(failure('KMS_NETWORK'), progress({ tries: 3 }), rules())).toBeUndefined()
  })

  test('is refused where the wait would take all the time left, and costs nothing then', () => {
    const budget = createRetryBudget()
    const before = budget.tokens
    expect(decideRepeat(failure('KMS_NETWORK'), progress(), rules({ remainingMs: 50, budget }))).toBeUndefined()
    expect(budget.tokens).toBe(before)
    expect(decideRepeat(failure('KMS_NETWORK'), progress(), rules({ remainingMs: 51, budget }))).toBe(50)
    expect(budget.tokens).toBe(before - 14)
  })

  test('is refused when the budget of the scope is used up', () => {
    const state = progress()
    expect(decideRepeat(failure('KMS_NETWORK'), state, rules({ budget: { tokens: 13 } }))).toBeUndefined()
    expect(state.paid).toBe(0)
    expect(decideRepeat(failure('KMS_NETWORK'), state, rules({ budget: { tokens: 14 } }))).toBe(50)
    expect(decideRepeat(failure('KMS_THROTTLED'), state, rules({ budget: { tokens: 5 } }))).toBeDefined()
  })

  test('of what may be repeated once is made once', () => {
    const state = progress()
    expect(decideRepeat(failure('KMS_INTEGRITY'), state, rules())).toBe(50)
    expect(decideRepeat(failure('KMS_INTEGRITY'), state, rules())).toBeUndefined()
    expect(decideRepeat(failure('KMS_INVALID_RESPONSE'), state, rules())).toBe(100)
  })

  test('after another set of credentials is made once, at once and for nothing', () => {
    const state = progress()
    const budget = createRetryBudget()
    const before = budget.tokens
    const decide = () => decideRepeat(failure('KMS_UNAUTHENTICATED'), state, rules({ budget }))
    expect([decide(), decide(), budget.tokens]).toEqual([0, undefined, before])
  })

  test('is never made of what is final', () => {
    expect(decideRepeat(failure('KMS_KEY_STATE'), progress(), rules())).toBeUndefined()
    expect(decideRepeat(failure('KMS_NETWORK', { retry: 'never' }), progress(), rules())).toBeUndefined()
  })
})

describe('a stale connection', () => {
  const stale = failure('KMS_NETWORK', { phase: 'request', reusedConnection: true })

  test('is replaced once at once and for nothing, then counts as any other', () => {
    const state = progress()
    const budget = createRetryBudget()
    const before = budget.tokens
    expect(decideRepeat(stale, state, rules({ budget }))).toBe(0)
    expect(budget.tokens).toBe(before)
    expect(decideRepeat(stale, state, rules({ budget }))).toBe(50)
    expect(budget.tokens).toBe(before - 14)
  })

  test('is assumed where it is not known that the connection was fresh', () => {
    const { reusedConnection: _, ...unknown } = stale
    expect(decideRepeat(unknown, progress(), rules())).toBe(0)
    expect(decideRepeat({ ...stale, reusedConnection: false }, progress(), rules())).toBe(50)
    expect(decideRepeat({ ...stale, phase: 'connect' }, progress(), rules())).toBe(50)
    expect(decideRepeat({ ...stale, code: 'KMS_UNAVAILABLE' }, progress(), rules())).toBe(50)
  })
})

describe('a wrong clock', () => {
  const skewed = failure('KMS_CLOCK_SKEW', { serverDate: 5 })

  test('is corrected by the date of the server, once', () => {
    const dates: number[] = []
    const correctClock = (date: number) => dates.push(date) > 0
    const state = progress()
    expect(decideRepeat(skewed, state, rules({ correctClock }))).toBe(0)
    expect(decideRepeat(skewed, state, rules({ correctClock }))).toBeUndefined()
    expect(dates).toEqual([5, 5])
  })

  test('that cannot be corrected is final', () => {
    expect(decideRepeat(skewed, progress(), rules({ correctClock: () => false }))).toBeUndefined()
    expect(decideRepeat(failure('KMS_CLOCK_SKEW'), progress(), rules())).toBeUndefined()
  })

  test('is learned even where this call may not try again', () => {
    let learned = 0
    const correctClock = () => {
      learned += 1
      return true
    }
    expect(decideRepeat(skewed, progress({ tries: 3 }), rules({ correctClock }))).toBeUndefined()
    expect(learned).toBe(1)
  })
})

describe('the wait', () => {
  test.each([
    ['transient', 0, 50],
    ['transient', 3, 400],
    ['transient', 20, 20_000],
    ['throttling', 0, 1_000],
    ['throttling', 4, 16_000],
    ['throttling', 5, 20_000],
  ] as const)('for %s after %i repeats is up to %i ms, at random', (kind, repeat, most) => {
    expect([0, 0.5, 1].map((random) => waitBeforeRepeat(kind, repeat, undefined, () => random))).toEqual([
      0,
      most / 2,
      most,
    ])
  })

  test.each([
    [10, 50],
    [2_000, 2_000],
    [5_050, 5_050],
    [5_051, 5_050],
    [86_400_000, 5_050],
  ])('follows Retry-After of %i ms as far as %i ms', (retryAfter, wait) => {
    expect(waitBeforeRepeat('transient', 0, retryAfter, () => 1)).toBe(wait)
  })

  test('is what Retry-After asks for in a decision too', () => {
    expect(decideRepeat(failure('KMS_THROTTLED', { retryAfterMs: 3_000 }), progress(), rules())).toBe(3_000)
  })
})

describe('the retry budget', () => {
  test('pays 14 for a failure and 5 for throttling, as long as it can', () => {
    const budget = { tokens: 19 }
    expect([payForRepeat(budget, 'transient'), budget.tokens]).toEqual([true, 5])
    expect([payForRepeat(budget, 'transient'), budget.tokens]).toEqual([false, 5])
    expect([payForRepeat(budget, 'throttling'), budget.tokens]).toEqual([true, 0])
    expect([payForRepeat(budget, 'throttling'), budget.tokens]).toEqual([false, 0])
  })

  test('gets back what the last repeat cost, or one for a clean success, up to 500', () => {
    const budget = { tokens: 400 }
    const refunded = (kind: Parameters<typeof refund>[1]) => {
      refund(budget, kind)
      return budget.tokens
    }
    expect([refunded('transient'), refunded('throttling'), refunded(undefined)]).toEqual([414, 419, 420])
    budget.tokens = 499
    expect([refunded('transient'), createRetryBudget().tokens]).toEqual([500, 500])
  })
})
