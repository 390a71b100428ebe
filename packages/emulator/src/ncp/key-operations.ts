import { splitTarget } from '../message.ts'
import { invalidRequest, invalidStatus, keyOf, type NcpOperationCall, versionOf } from './call.ts'
import { currentVersion, type NcpKey } from './keys.ts'
import { assertKeyName, readNewKey } from './new-key.ts'

/** How long a key stays REVOKE before it is destroyed is not documented; three days is a placeholder. */
const DELETION_DELAY_MS = 3 * 86_400_000
const DAY_MS = 86_400_000

export function createKey(call: NcpOperationCall): object {
  const { keys, settings } = call.service
  const options = readNewKey(call.body, settings, keys.all())
  return describeKey(keys.create(options, call.now), call)
}

export function listKeys(call: NcpOperationCall): object {
  const query = new URLSearchParams(splitTarget(call.request.target).query)
  const pageNo = readPage(query.get('pageNo'), 1, 1_000_000)
  const pageSize = readPage(query.get('pageSize'), 100, 200)
  const all = call.service.keys.all()
  const page = all.slice((pageNo - 1) * pageSize, pageNo * pageSize).map((key) => ({
    keyId: key.keyId,
    keyTag: key.keyTag,
    keyName: key.keyName,
    keyType: key.keyType,
    status: key.status,
    protectionType: key.protectionType,
    isConvergent: key.isConvergent,
    registerDate: key.registerDate,
    destroyDate: key.destroyDate ?? null,
  }))
  const totalPageNo = Math.ceil(all.length / pageSize)
  const { keyListName } = call.service.settings
  return { [keyListName]: page, currentPageNo: pageNo, totalPageNo, totalCount: all.length }
}

export function getKey(call: NcpOperationCall): object {
  return describeKey(keyOf(call), call)
}

export function listVersions(call: NcpOperationCall): object {
  const key = keyOf(call)
  const versionList = key.versions.map(({ version, status, registerDate }) => ({ version, status, registerDate }))
  return { keyTag: key.keyTag, currentVersion: currentVersion(key), versionList }
}

export function rotateKey(call: NcpOperationCall): object {
  const key = keyOf(call)
  return { keyTag: key.keyTag, currentVersion: call.service.keys.rotate(key, call.now) }
}

export function enableKey(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    if (key.status === 'REVOKE') throw invalidStatus('the key is REVOKE')
    key.status = 'ENABLE'
  })
}

export function disableKey(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    if (key.status === 'REVOKE') throw invalidStatus('the key is REVOKE')
    key.status = 'DISABLE'
  })
}

export function requestDeletion(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    key.status = 'REVOKE'
    key.destroyDate = call.now + DELETION_DELAY_MS
  })
}

/** A key comes back stopped: which state it gets is not documented. */
export function cancelDeletion(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    if (key.status !== 'REVOKE') throw invalidStatus(`the key is ${key.status}`)
    key.status = 'DISABLE'
    key.destroyDate = undefined
  })
}

export function deleteKey(call: NcpOperationCall): null {
  const key = keyOf(call)
  if (key.status !== 'REVOKE') throw invalidStatus(`the key is ${key.status}`)
  call.service.keys.remove(key)
  return null
}

export function enableVersion(call: NcpOperationCall): object | null {
  return changeVersion(call, 'ENABLE')
}

export function disableVersion(call: NcpOperationCall): object | null {
  return changeVersion(call, 'DISABLE')
}

export function updateName(call: NcpOperationCall): object | null {
  const others = call.service.keys.all().filter(({ keyTag }) => keyTag !== call.keyTag)
  const keyName = assertKeyName(call.body['keyName'], others)
  return change(call, (key) => {
    key.keyName = keyName
  })
}

export function updateMemo(call: NcpOperationCall): object | null {
  const memo = call.body['memo']
  if (typeof memo !== 'string' || memo.length > 100) throw invalidRequest('memo must have up to 100 characters')
  return change(call, (key) => {
    key.memo = memo
  })
}

export function updateRotationPeriod(call: NcpOperationCall): object | null {
  const days = Number(call.body['rotationPeriod'])
  if (!Number.isSafeInteger(days) || days < 1 || days > 730) throw invalidRequest('rotationPeriod must be 1 to 730')
  return change(call, (key) => {
    key.rotationPeriod = days
  })
}

export function enableAutoRotation(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    key.isAutoRotation = true
  })
}

export function disableAutoRotation(call: NcpOperationCall): object | null {
  return change(call, (key) => {
    key.isAutoRotation = false
  })
}

function change(call: NcpOperationCall, update: (key: NcpKey) => void): null {
  const key = keyOf(call)
  update(key)
  call.service.keys.save(key)
  return null
}

function changeVersion(call: NcpOperationCall, status: 'ENABLE' | 'DISABLE'): null {
  const version = versionOf(keyOf(call), Number(call.version))
  if (!version) throw invalidRequest('no such version')
  return change(call, () => {
    version.status = status
  })
}

function describeKey(key: NcpKey, call: NcpOperationCall): object {
  const nextRotation = key.isAutoRotation ? key.registerDate + key.rotationPeriod * DAY_MS : null
  return {
    keyId: key.keyId,
    keyTag: key.keyTag,
    keyName: key.keyName,
    nrn: `nrn:PUB:KMS::000000:Key/${key.keyId}`,
    baseUrl: `http://${call.request.headers['host'] ?? 'localhost'}`,
    keyType: key.keyType,
    status: key.status,
    keystoreId: 1,
    currentVersion: currentVersion(key),
    protectionType: key.protectionType,
    memo: key.memo,
    isConvergent: key.isConvergent,
    isAutoRotation: key.isAutoRotation,
    rotationPeriod: key.rotationPeriod,
    nextRotationDate: nextRotation,
    registerDate: key.registerDate,
    destroyDate: key.destroyDate ?? null,
  }
}

function readPage(text: string | null, fallback: number, maximum: number): number {
  if (text === null) return fallback
  const page = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (page < 1 || page > maximum) throw invalidRequest('pageNo or pageSize is out of range')
  return page
}
