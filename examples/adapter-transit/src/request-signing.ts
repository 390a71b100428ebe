import type { CredentialsSource } from '@kmsign/core'
import { type Field, group, headerText, missingHeaderTexts, required } from '@kmsign/core/driver'
import { createFailure } from './errors.ts'

/** What authenticates requests: a client token. */
export interface TransitCredentials {
  readonly token: string
}

/** The headers that authenticate one request. A token covers neither the request nor the time. */
export type RequestSigner = () => Readonly<Record<string, string>>

const fixed = group({ token: required(headerText) })

/** Makes the signer of requests for one set of credentials. */
export function createRequestSigner({ token }: TransitCredentials): RequestSigner {
  const headers = Object.freeze({ 'x-vault-token': token })
  return () => headers
}

/** Credentials as an option: a token, a function that gets one, or nothing for `VAULT_TOKEN`. */
export function credentialsField(environment: NodeJS.ProcessEnv): Field<CredentialsSource<TransitCredentials>> {
  return (value, path, report) => {
    if (typeof value === 'function') return value as CredentialsSource<TransitCredentials>
    if (value !== undefined) return fixed(value, path, report)
    const token = environment['VAULT_TOKEN']
    if (token) return fixed({ token }, path, (_path, message) => report(path, `of VAULT_TOKEN: ${message}`))
    report(path, 'is required; from the environment, VAULT_TOKEN would have to be set')
  }
}

/**
 * Passes what a credentials function gave; further fields are ignored, since it may give more.
 *
 * @throws a failure without values when it is something else
 */
export function assertCredentials(value: unknown): asserts value is TransitCredentials {
  if (missingHeaderTexts(value, ['token']).length === 0) return
  throw createFailure('transit.credentials', 'The credentials lack token as text of visible characters')
}
