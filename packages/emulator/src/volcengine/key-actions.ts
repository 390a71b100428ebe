import { KEY_SPECS, type KeyUsage, type VolcengineKeySpec } from './algorithms.ts'
import { assertName, keyringByName, selectKey, selectKeyring, type VolcengineCall } from './call.ts'
import { describeKey } from './describe.ts'
import { invalidParameter, VolcengineRefusal } from './errors.ts'
import type { NewKey, VolcengineKey, VolcengineKeyState } from './keys.ts'
import { filterBy, KEY_FILTERS, paginate } from './listing.ts'
import { readTags } from './parameters.ts'
import { wrongState } from './states.ts'

const DAY_MS = 86_400_000

/** CreateKey, docs/6476/1337064. */
export function createKey(call: VolcengineCall): object {
  const ring = keyringByName(call, assertName(call.parameters, 'KeyringName'))
  const options = readNewKey(call)
  if (isTaken(call, ring.id, options.name)) throw invalidParameter('KeyName')
  return { Key: describeKey(call.service.keys.addKey(ring, options, call.now), call.service.settings) }
}

export function describeOneKey(call: VolcengineCall): object {
  return { Key: describeKey(selectKey(call), call.service.settings) }
}

/** DescribeKeys, docs/6476/1337063. */
export function describeKeys(call: VolcengineCall): object {
  const ring = selectKeyring(call)
  const { settings, keys } = call.service
  const inRing = keys.keys(call.region).filter((key) => key.keyringId === ring.id)
  const { items, pageInfo } = paginate(call, filterBy(call, inRing, KEY_FILTERS))
  return { Keys: items.map((key) => describeKey(key, settings)), PageInfo: pageInfo }
}

export function enableKey(call: VolcengineCall): undefined {
  move(call, ['Enable', 'Disable'], 'Enable')
}

export function disableKey(call: VolcengineCall): undefined {
  move(call, ['Enable', 'Disable'], 'Disable')
}

export function archiveKey(call: VolcengineCall): undefined {
  move(call, ['Enable'], 'Archived')
}

export function cancelArchiveKey(call: VolcengineCall): undefined {
  move(call, ['Archived'], 'Enable')
}

export function scheduleKeyDeletion(call: VolcengineCall): undefined {
  const key = selectKey(call)
  // Required or not, and its default, are not stated; the longest window is the careful choice.
  const days = call.parameters.integer('PendingWindowInDays', 30, 7, 30)
  if (key.state !== 'PendingDelete') key.stateBeforeDeletion = key.state
  move(call, ['Enable', 'Disable', 'Archived', 'PendingImport'], 'PendingDelete')
  key.deletionAt = call.now + days * DAY_MS
  call.service.keys.save(key)
}

export function cancelKeyDeletion(call: VolcengineCall): undefined {
  const key = selectKey(call)
  const { cancelDeletionState } = call.service.settings
  move(call, ['PendingDelete'], cancelDeletionState === 'previous' ? key.stateBeforeDeletion : 'Disable')
  key.deletionAt = undefined
  call.service.keys.save(key)
}

export function updateKey(call: VolcengineCall): undefined {
  const key = selectKey(call)
  if (call.parameters.has('NewKeyName')) {
    const name = assertName(call.parameters, 'NewKeyName')
    if (isTaken(call, key.keyringId, name) && name !== key.name) throw invalidParameter('NewKeyName')
    key.name = name
  }
  key.description = readDescription(call, key.description)
  touch(call, key)
}

function move(call: VolcengineCall, from: readonly VolcengineKeyState[], to: VolcengineKeyState): undefined {
  const key = selectKey(call)
  if (!from.includes(key.state)) throw wrongState(key)
  key.state = to
  touch(call, key)
}

function isTaken(call: VolcengineCall, keyringId: string, name: string): boolean {
  return call.service.keys.keys(call.region).some((key) => key.keyringId === keyringId && key.name === name)
}

function touch(call: VolcengineCall, key: VolcengineKey): void {
  key.updatedAt = call.now
  call.service.keys.save(key)
}

function readNewKey(call: VolcengineCall): NewKey {
  const { parameters } = call
  const spec = parameters.text('KeySpec') ?? 'SYMMETRIC_256'
  const usage = parameters.text('KeyUsage') ?? 'ENCRYPT_DECRYPT'
  const protectionLevel = parameters.text('ProtectionLevel') ?? 'SOFTWARE'
  const origin = parameters.text('Origin') ?? 'CloudKMS'
  if (!isKeySpec(spec)) throw invalidParameter('KeySpec')
  if (!isUsageOf(spec, usage)) throw invalidParameter('KeyUsage')
  if (protectionLevel !== 'SOFTWARE' && protectionLevel !== 'HSM') throw invalidParameter('ProtectionLevel')
  if (KEY_SPECS[spec].hsmOnly && protectionLevel !== 'HSM') throw invalidParameter('ProtectionLevel')
  if (origin !== 'CloudKMS' && origin !== 'External') throw invalidParameter('Origin')
  const multiRegion = parameters.text('MultiRegion') === 'true'
  const name = assertName(parameters, 'KeyName')
  if (multiRegion && !name.startsWith('mrk-')) throw invalidParameter('KeyName')
  const tags = readTags(parameters.value('Tags'))
  return { name, spec, usage, protectionLevel, origin, multiRegion, tags, description: readDescription(call, '') }
}

export function readDescription(call: VolcengineCall, fallback: string): string {
  const description = call.parameters.text('Description') ?? fallback
  if (description.length > 8192) throw new VolcengineRefusal('InvalidParameter', 'Description is too long.')
  return description
}

export function isKeySpec(value: string): value is VolcengineKeySpec {
  return Object.hasOwn(KEY_SPECS, value)
}

export function isUsageOf(spec: VolcengineKeySpec, usage: string): usage is KeyUsage {
  return (KEY_SPECS[spec].usages as readonly string[]).includes(usage)
}
