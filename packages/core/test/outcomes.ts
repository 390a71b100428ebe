import { isKmsError, type KmsError, type KmsignEvents, subscribe } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import type { ScriptedDriver } from './scripted-driver.ts'

export const MESSAGE = Buffer.from('a message')

/** A signer of ECDSA over a scripted driver. */
export function signerOver(driver: ScriptedDriver, options: object = {}) {
  return createSigner(driver, 'ECDSA_SHA_256', { credentials: { token: 'secret' }, ...options })
}

/** What a call rejects with; undefined when it does not. */
export function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** The code of the error that a call rejects with, else the text of whatever came of it. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await errorOf(promise)
  return isKmsError(error) ? error.code : String(error)
}

export async function kmsErrorOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await errorOf(promise)
  if (!isKmsError(error)) throw new Error(`expected a KmsError, got ${String(error)}`)
  return error
}

/** Listens to one kind of event while something runs. */
export async function listening<N extends keyof KmsignEvents, T>(
  name: N,
  listener: (event: KmsignEvents[N]) => void,
  run: () => Promise<T>,
): Promise<T> {
  const stop = subscribe(name, listener)
  try {
    return await run()
  } finally {
    stop()
  }
}

/** Why the signatures of a run were not checked, as its events tell. */
export async function whyUnverified(run: () => Promise<unknown>): Promise<readonly string[]> {
  const reasons: string[] = []
  await listening('kmsign:unverified', ({ why }) => void reasons.push(why), run)
  return reasons
}
