import type { JsonObject } from '../encoding.ts'
import { decodeBase64 } from '../encoding.ts'
import type { Tampering } from '../message.ts'
import type { RateMeter } from '../rate-meter.ts'
import type { AwsCredentials } from './auth.ts'
import { AwsRefusal, validation } from './errors.ts'
import type { AwsKey, AwsKeys } from './keys.ts'
import type { AwsSettings } from './settings.ts'

export interface AwsService {
  readonly settings: AwsSettings
  readonly credentials: AwsCredentials
  readonly region: string
  /** `arn:aws:kms:<region>:<account>:` */
  readonly arnPrefix: string
  readonly keys: AwsKeys
  readonly rates: RateMeter
}

/** What an operation gets once the request is authentic. */
export interface AwsCall {
  readonly service: AwsService
  readonly input: JsonObject
  readonly now: number
  readonly tampering: Tampering | undefined
}

/** Key id or key ARN, and where the documents say so an alias or its ARN too. */
export function findKey(call: AwsCall, options: { readonly aliases: boolean }): AwsKey {
  const given = requiredText(call, 'KeyId', 'keyId', 2048)
  const name = withoutArn(call, given)
  const target = name.startsWith('alias/') && options.aliases ? aliasTarget(call, name) : name
  const key = call.service.keys.byId(target)
  if (!key) throw new AwsRefusal('NotFoundException', `Key '${call.service.arnPrefix}key/${name}' does not exist`)
  return key
}

function withoutArn({ service: { arnPrefix } }: AwsCall, given: string): string {
  if (!given.startsWith('arn:')) return given
  if (!/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/.+$/.test(given)) {
    throw new AwsRefusal('InvalidArnException', 'Invalid arn')
  }
  if (!given.startsWith(arnPrefix)) throw new AwsRefusal('NotFoundException', `Invalid arn ${given.split(':')[3]}`)
  return given.slice(arnPrefix.length).replace(/^key\//, '')
}

function aliasTarget({ service }: AwsCall, alias: string): string {
  const target = service.keys.aliasTarget(alias)
  if (target !== undefined) return target
  throw new AwsRefusal('NotFoundException', `Alias ${service.arnPrefix}${alias} is not found.`)
}

export function requiredText(call: AwsCall, name: string, member: string, maximum: number): string {
  const value = call.input[name]
  if (value === undefined || value === null) throw validation(member, 'Member must not be null')
  if (typeof value !== 'string') throw new AwsRefusal('SerializationException', `${name} is not a string`)
  if (value.length < 1) throw validation(member, 'Member must have length greater than or equal to 1')
  if (value.length > maximum) throw validation(member, `Member must have length less than or equal to ${maximum}`)
  return value
}

export function optionalText(call: AwsCall, name: string): string | undefined {
  const value = call.input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new AwsRefusal('SerializationException', `${name} is not a string`)
  return value
}

export function requiredBytes(call: AwsCall, name: string, member: string): Buffer {
  const value = call.input[name]
  if (value === undefined || value === null) throw validation(member, 'Member must not be null')
  const bytes = decodeBase64(value)
  if (!bytes) throw new AwsRefusal('SerializationException', `${name} is not base64`)
  return bytes
}

export function integer(call: AwsCall, name: string, fallback: number, minimum: number, maximum: number): number {
  const value = call.input[name] ?? fallback
  if (!Number.isSafeInteger(value)) throw new AwsRefusal('SerializationException', `${name} is not an integer`)
  const number = Number(value)
  if (number < minimum) throw validation(name, `Member must have value greater than or equal to ${minimum}`)
  if (number > maximum) throw validation(name, `Member must have value less than or equal to ${maximum}`)
  return number
}
