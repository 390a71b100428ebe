import type { Tampering } from '../message.ts'
import type { RateMeter } from '../rate-meter.ts'
import type { VolcengineCredentials } from './auth.ts'
import { notFound, VolcengineRefusal } from './errors.ts'
import type { Keyring, VolcengineKey, VolcengineKeys } from './keys.ts'
import type { Parameters } from './parameters.ts'
import type { VolcengineSettings } from './settings.ts'

export interface VolcengineService {
  readonly settings: VolcengineSettings
  readonly credentials: VolcengineCredentials
  /** Where the programmatic side makes its keys; the wire side takes the region of the request's scope. */
  readonly region: string
  readonly keys: VolcengineKeys
  readonly rates: RateMeter
}

/** What an action gets once the request is authentic. */
export interface VolcengineCall {
  readonly service: VolcengineService
  readonly region: string
  readonly parameters: Parameters
  readonly now: number
  readonly tampering: Tampering | undefined
}

const NAME = /^[A-Za-z0-9_-]{2,31}$/

export function assertName(parameters: Parameters, name: string): string {
  const value = parameters.required(name)
  if (!NAME.test(value)) throw new VolcengineRefusal('InvalidParameter', `The specified parameter ${name} is invalid.`)
  return value
}

/** KeyID, or KeyringName and KeyName; what happens with all three is a setting. */
export function selectKey(call: VolcengineCall): VolcengineKey {
  const { parameters, service } = call
  const { selectorPriority } = service.settings
  const byId = parameters.has('KeyID')
  const byNames = parameters.has('KeyringName') || parameters.has('KeyName')
  if (byId && byNames && selectorPriority === 'reject') {
    throw new VolcengineRefusal('InvalidParameter', 'The specified parameter KeyID is invalid.')
  }
  return byId && !(byNames && selectorPriority === 'names') ? selectById(call) : selectByNames(call)
}

function selectById(call: VolcengineCall): VolcengineKey {
  const id = call.parameters.required('KeyID')
  const key = call.service.keys.byId(id)
  if (key?.region !== call.region) throw notFound('Key', id)
  return key
}

function selectByNames(call: VolcengineCall): VolcengineKey {
  if (!call.parameters.has('KeyringName') && !call.parameters.has('KeyName')) call.parameters.required('KeyID')
  const ring = keyringByName(call, assertName(call.parameters, 'KeyringName'))
  const name = assertName(call.parameters, 'KeyName')
  const key = call.service.keys.keys(call.region).find((candidate) => {
    return candidate.keyringId === ring.id && candidate.name === name
  })
  if (!key) throw notFound('Key', name)
  return key
}

export function keyringByName(call: VolcengineCall, name: string): Keyring {
  const ring = call.service.keys.keyrings(call.region).find((candidate) => candidate.name === name)
  if (!ring) throw notFound('Keyring', name)
  return ring
}

/** A keyring by KeyringID or KeyringName. */
export function selectKeyring(call: VolcengineCall): Keyring {
  if (!call.parameters.has('KeyringID')) return keyringByName(call, call.parameters.required('KeyringName'))
  const id = call.parameters.required('KeyringID')
  const ring = call.service.keys.keyrings(call.region).find((candidate) => candidate.id === id)
  if (!ring) throw notFound('Keyring', id)
  return ring
}
