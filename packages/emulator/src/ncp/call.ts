import type { JsonObject } from '../encoding.ts'
import type { Tampering, WireRequest } from '../message.ts'
import type { RateMeter } from '../rate-meter.ts'
import type { NcpCredentials } from './auth.ts'
import { NcpRefusal } from './errors.ts'
import type { NcpKey, NcpKeys, NcpKeyVersion } from './keys.ts'
import type { NcpMatch } from './routes.ts'
import type { NcpSettings } from './settings.ts'

/** What the service knows between requests. */
export interface NcpService {
  readonly settings: NcpSettings
  readonly credentials: NcpCredentials
  readonly keys: NcpKeys
  readonly tokenSecret: string
  readonly rates: RateMeter
}

/** One request on its way through the checks. */
export interface NcpCall extends NcpMatch {
  readonly service: NcpService
  readonly request: WireRequest
  readonly now: number
  readonly tampering: Tampering | undefined
}

/** What an operation gets once every check has passed. */
export interface NcpOperationCall extends NcpCall {
  readonly body: JsonObject
}

export function invalidRequest(details: string): NcpRefusal {
  return new NcpRefusal({ service: 'INVALID_REQUEST' }, details)
}

export function invalidStatus(details: string): NcpRefusal {
  return new NcpRefusal({ service: 'UNPROCESSABLE_ENTITY' }, details)
}

/** The key that the path names. */
export function keyOf(call: NcpCall): NcpKey {
  const key = call.keyTag === undefined ? undefined : call.service.keys.find(call.keyTag)
  if (key) return key
  if (call.service.settings.unknownKey === 'gateway') throw new NcpRefusal({ gateway: 'notFound' }, 'Unknown key tag.')
  throw new NcpRefusal({ service: 'NOT_FOUND' }, 'key')
}

export function versionOf(key: NcpKey, number: number): NcpKeyVersion | undefined {
  return key.versions.find(({ version }) => version === number)
}
