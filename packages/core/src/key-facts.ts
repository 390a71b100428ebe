import { Call } from './call.ts'
import { type AttemptPolicy, callDriver, type Work } from './call-driver.ts'
import { cleanText } from './clean-text.ts'
import type { KeyFacts, SignerDriver } from './driver-contract.ts'
import { createKmsError, isKmsError, KMS_ERRORS, type KmsError } from './errors.ts'
import { createRetryBudget } from './retry-budget.ts'

/** Gives an error back, with what the provider says of the key where that may explain it. Never rejects. */
export type Explain = (call: Call, error: unknown) => Promise<unknown>

/** One question to the provider, with everybody who waits for the answer. */
interface Question {
  readonly asking: Call
  /** The facts as a sentence; undefined when there are none. Never rejects. */
  readonly answer: Promise<string | undefined>
  waiters: number
  /** Not asked again before this, whatever came of it. */
  until: number
}

const REMEMBER_MS = 60_000
const REMEMBER_REFUSAL_MS = 5 * 60_000
/** Not asking again is right for these; all other failures may pass. */
const REFUSALS = ['KMS_PERMISSION_DENIED', 'KMS_UNSUPPORTED', 'KMS_INVALID_ARGUMENT'] as const
/** The longest that an error may come later for its explanation. */
const PATIENCE_MS = 2_000
/** Left of the call's time, so that an error does not become a timeout over its explanation. */
const SPARE_MS = 25
const MAX_WORD = 64

/**
 * Asks the driver for the facts about the key when a call failed for what they may explain: once a minute at most, one
 * attempt, beside the call's own requests and at nobody's cost but its own.
 */
export function explainByKeyFacts<C>(
  driver: SignerDriver<C>,
  policy: AttemptPolicy<C>,
  now: () => number = () => performance.now(),
): Explain {
  if (driver.describeKey === undefined) return async (_call, error) => error
  let last: Question | undefined
  return async (call, error) => {
    const patience = Math.min(PATIENCE_MS, call.remainingMs() - SPARE_MS)
    if (!isExplainable(error) || patience <= 0) return error
    if (last === undefined || now() >= last.until) last = ask(driver, policy, call.operation, now)
    const question = last
    question.waiters += 1
    const sentence = await call
      .bounded(() => question.answer, patience)
      .catch(() => undefined)
      .finally(() => leave(question, call))
    return sentence === undefined ? error : told(error, sentence)
  }
}

/** Only what the provider itself refused: core's own findings say what is wrong with the key already. */
function isExplainable(error: unknown): error is KmsError {
  if (isKmsError(error, 'KMS_KEY_STATE')) return true
  return isKmsError(error, 'KMS_KEY_MISMATCH', 'KMS_INVALID_ARGUMENT') && error.httpStatus !== undefined
}

function ask<C>(
  driver: SignerDriver<C>,
  policy: AttemptPolicy<C>,
  operation: Call['operation'],
  now: () => number,
): Question {
  const asking = new Call(operation, undefined, PATIENCE_MS)
  asking.startDeadline()
  const alone: AttemptPolicy<C> = {
    ...policy,
    scope: { ...policy.scope, budget: createRetryBudget() },
    // Credentials that may not describe the key may well sign.
    credentials: { ...policy.credentials, renewable: false },
    maxAttempts: 1,
  }
  const describe: Work<C, undefined, KeyFacts | undefined> = {
    perform: async (_request, attempt) => driver.describeKey?.(attempt),
  }
  const load = async () => {
    try {
      const { value } = await callDriver(alone, asking, describe, undefined)
      return sentenceOf(value)
    } catch (error) {
      if (isKmsError(error, ...REFUSALS)) question.until = now() + REMEMBER_REFUSAL_MS
      return undefined
    } finally {
      asking.dispose()
    }
  }
  const until = now() + REMEMBER_MS
  const question: Question = { asking, answer: Promise.resolve().then(load), waiters: 0, until }
  return question
}

/** One caller's end is only its own; the request ends when nobody waits for it any more. */
function leave(question: Question, call: Call): void {
  question.waiters -= 1
  if (question.waiters === 0) question.asking.finish(call.end ?? { by: 'result' })
}

/** The same error with one sentence more. */
function told(error: KmsError, sentence: string): KmsError {
  const { code, fault: _fault, ...facts } = { ...error }
  return createKmsError(code, { ...facts, cause: error.cause, detail: `${KMS_ERRORS[code].meaning}: ${sentence}` })
}

/** What comes from outside is judged here, whatever its type promises. */
function sentenceOf(facts: KeyFacts | undefined): string | undefined {
  const { state, usage, type, deletionDate } = facts ?? {}
  const known = [
    labelled('is', state),
    labelled('deletion', dayOf(deletionDate)),
    labelled('usage', usage),
    labelled('type', type),
  ].filter((part) => part !== undefined)
  if (known.length === 0) return undefined
  return `the key ${known[0]?.startsWith('is ') ? '' : 'has '}${known.join(', ')}`
}

function labelled(label: string, given: unknown): string | undefined {
  const text = cleanText(given)
  return text === undefined ? undefined : `${label} ${text.slice(0, MAX_WORD)}`
}

function dayOf(time: unknown): string | undefined {
  const date = typeof time === 'number' ? new Date(time) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10)
}
