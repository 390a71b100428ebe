import type { CredentialsSource } from '@kmsign/core'
import { type Field, group, optional, required, text } from '@kmsign/core/driver'
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

/** Visible ASCII without white space: it travels in headers. */
const HEADER_TEXT = /^[\x21-\x7e]+$/
const secret = text({ max: 16_384, pattern: HEADER_TEXT, expected: 'visible ASCII characters without white space' })

const KEY_PAIR = group({
  accessKeyId: required(secret),
  secretAccessKey: required(secret),
  sessionToken: optional(secret),
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
  const wrong = Object.entries(pair).filter(([, part]) => typeof part !== 'string' || !HEADER_TEXT.test(part))
  if (wrong.length === 0) return pair
  const names = wrong.map(([name]) => name).join(' and ')
  throw createFailure('aws.credentials', `The credentials lack ${names} as text of visible characters`)
}
