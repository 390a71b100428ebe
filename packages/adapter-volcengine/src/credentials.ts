import type { CredentialsSource } from '@kmsign/core'
import { type Field, group, headerText, missingHeaderTexts, optional, required } from '@kmsign/core/driver'
import { createFailure } from './failure.ts'

/** An access key pair, with its session token when it is temporary. */
export interface VolcengineCredentials {
  /** Visible ASCII, as Volcengine gave it. */
  readonly accessKeyId: string
  /** Used as text; it is not base64, whatever it looks like. */
  readonly secretAccessKey: string
  /** Of temporary credentials. Never in an error, an event or a log. */
  readonly sessionToken?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const KEY_PAIR = group({
  accessKeyId: required(headerText),
  secretAccessKey: required(headerText),
  sessionToken: optional(headerText),
})

/** Credentials as an option: a key pair, a function, or nothing for the environment's. */
export function credentialsField(environment: Environment): Field<CredentialsSource<VolcengineCredentials>> {
  return (value, path, report) => {
    if (typeof value === 'function') return value as CredentialsSource<VolcengineCredentials>
    if (value !== undefined) return KEY_PAIR(value, path, report) as VolcengineCredentials | undefined
    const accessKeyId = environment['VOLC_ACCESSKEY']
    const secretAccessKey = environment['VOLC_SECRETKEY']
    if (!accessKeyId || !secretAccessKey) {
      const missing = [!accessKeyId && 'VOLC_ACCESSKEY', !secretAccessKey && 'VOLC_SECRETKEY'].filter(Boolean)
      return void report(path, `is required; from the environment, ${missing.join(' and ')} would have to be set`)
    }
    const sessionToken = environment['VOLC_SESSION_TOKEN'] || undefined
    const found = { accessKeyId, secretAccessKey, sessionToken }
    return KEY_PAIR(found, path, (_path, message) => {
      report(path, `of the environment (VOLC_*): ${message}`)
    }) as VolcengineCredentials | undefined
  }
}

/**
 * Passes a key pair; further fields are ignored, since a function may return more.
 *
 * @throws a failure without values when it is something else
 */
export function assertCredentials(value: unknown): asserts value is VolcengineCredentials {
  const { sessionToken } = Object(value) as { readonly sessionToken?: unknown }
  const names = ['accessKeyId', 'secretAccessKey', ...(sessionToken === undefined ? [] : ['sessionToken'])]
  const wrong = missingHeaderTexts(value, names)
  if (wrong.length === 0) return
  throw createFailure(
    'volcengine.credentials',
    `The credentials lack ${wrong.join(' and ')} as text of visible characters`,
  )
}
