import type { CredentialsSource } from '@kmsign/core'
import { type Field, group, headerText, missingHeaderTexts, optional, required } from '@kmsign/core/driver'
import { createFailure } from './failure.ts'

/** An access key pair, with its session token when it is temporary. */
export interface AwsCredentials {
  /** Visible ASCII, as AWS gave it. */
  readonly accessKeyId: string
  /** Never in an error, an event or a log. */
  readonly secretAccessKey: string
  /** Of temporary credentials. Never in an error, an event or a log. */
  readonly sessionToken?: string
}

const KEY_PAIR = group({
  accessKeyId: required(headerText),
  secretAccessKey: required(headerText),
  sessionToken: optional(headerText),
})

/** What the AWS SDK has in its credentials, and writes into an object that was given to one of its clients before. */
const FIELDS_OF_SDK = new Set(['$source', 'accountId', 'credentialScope', 'expiration'])

/** Credentials as an option: a key pair or a function. Nothing leaves them to the SDK's own chain. */
export const credentialsField: Field<CredentialsSource<AwsCredentials>> = (value, path, report) => {
  if (typeof value === 'function') return value as CredentialsSource<AwsCredentials>
  const own = typeof value === 'object' && value !== null && !Array.isArray(value) ? withoutFieldsOfSdk(value) : value
  return KEY_PAIR(own, path, report) as AwsCredentials | undefined
}

function withoutFieldsOfSdk(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !FIELDS_OF_SDK.has(name)))
}

/**
 * The key pair alone, in an object of its own: the SDK notes in it where it came from. Further fields are left out, since
 * a function may return more.
 *
 * @throws a failure without values when it is something else
 */
export function copyCredentials(value: unknown): AwsCredentials {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const { accessKeyId, secretAccessKey, sessionToken } = fields as unknown as AwsCredentials
  const pair = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  const wrong = missingHeaderTexts(pair, Object.keys(pair))
  if (wrong.length === 0) return pair
  throw createFailure('aws.credentials', `The credentials lack ${wrong.join(' and ')} as text of visible characters`)
}
