import type { CredentialsSource } from '@kmsign/core'
import { type Field, group, headerText, missingHeaderTexts, required } from '@kmsign/core/driver'
import { createFailure } from './failure.ts'

/**
 * What authenticates requests: keys of an account or sub account; an access token of the one key; or a refresh token,
 * from which access tokens are made as they are needed. Tokens need API 2.0.
 */
export type NcpCredentials =
  | { readonly accessKey: string; readonly secretKey: string }
  | { readonly accessToken: string }
  | { readonly refreshToken: string }

type Environment = Readonly<Record<string, string | undefined>>

const SHAPES = {
  account: group({ accessKey: required(headerText), secretKey: required(headerText) }),
  accessToken: group({ accessToken: required(headerText) }),
  refreshToken: group({ refreshToken: required(headerText) }),
}

/** Credentials as an option: one of the three forms, a function, or nothing for the environment's. */
export function credentialsField(environment: Environment): Field<CredentialsSource<NcpCredentials>> {
  return (value, path, report) => {
    if (typeof value === 'function') return value as CredentialsSource<NcpCredentials>
    if (value !== undefined) return SHAPES[shapeOf(value)](value, path, report) as NcpCredentials | undefined
    const accessKey = environment['NCLOUD_ACCESS_KEY']
    const secretKey = environment['NCLOUD_SECRET_KEY']
    if (!accessKey || !secretKey) {
      const missing = [!accessKey && 'NCLOUD_ACCESS_KEY', !secretKey && 'NCLOUD_SECRET_KEY'].filter(Boolean)
      return void report(path, `is required; from the environment, ${missing.join(' and ')} would have to be set`)
    }
    const inEnvironment = (message: string) => report(path, `of the environment (NCLOUD_*): ${message}`)
    return SHAPES.account({ accessKey, secretKey }, path, (_path, message) => inEnvironment(message)) as NcpCredentials
  }
}

/**
 * Passes credentials of one of the three forms; further fields are ignored, since a function may return more.
 *
 * @throws a failure without values when they are something else
 */
export function assertCredentials(value: unknown, apiVersion: '2.0' | '1.0'): asserts value is NcpCredentials {
  const shape = shapeOf(value)
  const wrong = missingHeaderTexts(value, shape === 'account' ? ['accessKey', 'secretKey'] : [shape])
  if (wrong.length > 0) {
    throw createFailure('ncp.credentials', `The credentials lack ${wrong.join(' and ')} as text of visible characters`)
  }
  if (shape !== 'account' && apiVersion === '1.0') {
    throw createFailure('ncp.credentials', 'API 1.0 takes account keys; tokens need API 2.0')
  }
}

/** Tokens are recognised by their field; everything else is judged as account keys. */
export function shapeOf(value: unknown): keyof typeof SHAPES {
  const fields = typeof value === 'object' && value !== null ? value : {}
  if ('accessToken' in fields && fields.accessToken !== undefined) return 'accessToken'
  return 'refreshToken' in fields && fields.refreshToken !== undefined ? 'refreshToken' : 'account'
}
