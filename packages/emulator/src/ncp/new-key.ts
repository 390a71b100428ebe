import type { JsonObject } from '../encoding.ts'
import { invalidRequest } from './call.ts'
import { KEY_TYPES, type NcpKey, type NcpKeyType, type NewNcpKey } from './keys.ts'
import type { NcpSettings } from './settings.ts'

/** The body of create key, by `security-kms2-create-key`. */
export function readNewKey(body: JsonObject, settings: NcpSettings, existing: readonly NcpKey[]): NewNcpKey {
  const { keyType, isAutoRotation, protectionType, memo = '', isConvergent = false, rotationPeriod = 90 } = body
  if (!isKeyType(keyType)) throw invalidRequest('keyType must be AES256, RSA2048 or ECDSA')
  if (typeof isAutoRotation !== 'boolean') throw invalidRequest('isAutoRotation is required')
  if (protectionType !== 'BASIC' && protectionType !== 'COMMON_HSM') {
    throw invalidRequest('protectionType must be BASIC or COMMON_HSM')
  }
  if (typeof memo !== 'string' || memo.length > 100) throw invalidRequest('memo must have up to 100 characters')
  if (typeof isConvergent !== 'boolean' || (isConvergent && keyType !== 'AES256')) {
    throw invalidRequest('isConvergent is for AES256 keys')
  }
  const days = Number(rotationPeriod)
  if (!Number.isSafeInteger(days) || days < 1 || days > 730) throw invalidRequest('rotationPeriod must be 1 to 730')
  const keyName = assertKeyName(body['keyName'], existing)
  return { keyName, keyType, protectionType, memo, isConvergent, isAutoRotation, rotationPeriod: days, settings }
}

export function isKeyType(value: unknown): value is NcpKeyType {
  return typeof value === 'string' && Object.hasOwn(KEY_TYPES, value)
}

/** 3 to 15 characters, a letter first, unique in the key store. */
export function assertKeyName(name: unknown, others: readonly NcpKey[]): string {
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_-]{2,14}$/.test(name)) {
    throw invalidRequest('keyName must have 3 to 15 letters, digits, - or _ and begin with a letter')
  }
  if (others.some(({ keyName }) => keyName === name)) throw invalidRequest('keyName is taken')
  return name
}
