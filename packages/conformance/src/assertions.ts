import { isKmsError, type KmsError, type KmsErrorCode } from '@kmsign/core'

// Every runner has assertions of its own; these few belong to none. What they say holds no bytes and no secret.

/** Fails with one sentence unless the condition holds. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}

/** Numbers, texts, booleans and undefined by value; objects by identity. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  assert(Object.is(actual, expected), `${what}: expected ${show(expected)}, got ${show(actual)}`)
}

export function assertAtMost(actual: number, most: number, what: string): void {
  assert(actual <= most, `${what}: expected at most ${most}, got ${actual}`)
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  )
  assert(outcome !== undefined, `${what}: expected a rejection, got a result`)
  return outcome.reason
}

/** The `KmsError` with one of the codes that a promise must reject with. */
export async function kmsRejection(promise: Promise<unknown>, what: string, ...codes: KmsErrorCode[]) {
  return assertKmsError(await rejection(promise, what), what, ...codes)
}

export function assertKmsError(error: unknown, what: string, ...codes: KmsErrorCode[]): KmsError {
  assert(isKmsError(error), `${what}: expected a KmsError, got ${show(error)}`)
  const found = codes.length === 0 || codes.includes(error.code)
  assert(found, `${what}: expected ${codes.join(' or ')}, got ${error.code}`)
  return error
}

/** Rejects with a `TypeError`, and as a rejection: a function that returns a promise never throws. */
export async function assertTypeError(call: () => Promise<unknown>, what: string): Promise<Error> {
  let promise: Promise<unknown>
  try {
    promise = call()
  } catch {
    throw new Error(`${what}: expected a rejected promise, it threw before it returned one`)
  }
  const error = await rejection(promise, what)
  // By name: the error may come from another realm.
  const isTypeError = error instanceof Error && error.name === 'TypeError'
  assert(isTypeError, `${what}: expected a TypeError, got ${show(error)}`)
  return error
}

export function assertBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert(Buffer.compare(actual, expected) === 0, `${what}: the bytes differ`)
}

function show(value: unknown): string {
  if (isKmsError(value)) return value.code
  if (value instanceof Error) return value.name
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
