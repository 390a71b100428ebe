import { decodeBase64, decodeBase64Leniently } from '../encoding.ts'
import { publicKeyDer } from '../keys/material.ts'
import { printPublicKey } from '../keys/public-key.ts'
import { signTampered, verifyPayload } from '../keys/sign.ts'
import { HASH_BYTES, type Payload, type Scheme } from '../keys/specs.ts'
import { invalidRequest, invalidStatus, keyOf, type NcpOperationCall, versionOf } from './call.ts'
import { currentVersion, type NcpKey } from './keys.ts'
import type { NcpSettings } from './settings.ts'

const PREFIX = /^ncpkms:v(\d{1,9}):/

/** POST …/sign: the current version signs, and its number travels in the prefix. */
export async function sign(call: NcpOperationCall): Promise<object> {
  const key = keyOf(call)
  const { settings } = call.service
  const payload = readPayload(call.body['data'], key, settings)
  const number = currentVersion(key)
  const version = versionOf(key, number)
  if (!version || (version.status === 'DISABLE' && settings.currentVersionDisabled === 'refuse')) {
    throw invalidStatus(`version ${number} is DISABLE`)
  }
  const signature = await signTampered(await version.slot.material(), schemeOf(key), payload, call.tampering)
  const named = call.tampering === 'wrong-key-id' ? number + 1 : number
  return { signature: `ncpkms:v${named}:${signature.toString('base64')}` }
}

/** POST …/verify: the version in the prefix decides; a wrong signature is an answer, not an error. */
export async function verify(call: NcpOperationCall): Promise<object> {
  const key = keyOf(call)
  const { settings } = call.service
  const payload = readPayload(call.body['data'], key, settings)
  const text = call.body['signature']
  if (typeof text !== 'string' || text === '') throw invalidRequest('signature is required')
  const prefix = PREFIX.exec(text)
  if (!prefix && settings.signaturePrefix === 'required') return unverifiable(settings, 'the signature has no prefix')
  const number = prefix ? Number(prefix[1]) : currentVersion(key)
  const version = versionOf(key, number)
  if (version?.status !== 'ENABLE') return unverifiable(settings, `version ${number} cannot be used`)
  const signature = decodeBase64(prefix ? text.slice(prefix[0].length) : text)
  if (!signature) return unverifiable(settings, 'the signature is not base64')
  return valid(settings, verifyPayload(await version.slot.material(), schemeOf(key), payload, signature))
}

/** POST …/get-pub-key: the newest version unless one is named. */
export async function getPublicKey(call: NcpOperationCall): Promise<object> {
  const key = keyOf(call)
  const asked = call.body['keyVersion'] ?? currentVersion(key)
  if (!Number.isSafeInteger(asked)) throw invalidRequest('keyVersion must be an integer')
  const version = versionOf(key, Number(asked))
  if (!version) throw invalidRequest(`version ${Number(asked)} does not exist`)
  if (version.status !== 'ENABLE') throw invalidStatus(`version ${version.version} is DISABLE`)
  const der = publicKeyDer(await version.slot.material())
  if (!der) throw invalidRequest('the key has no public key')
  const newline = call.service.settings.publicKeyNewline === 'crlf' ? '\r\n' : '\n'
  return { publicKey: printPublicKey(der, key.settings.publicKeyForm, newline) }
}

function schemeOf({ keyType, settings }: NcpKey): Scheme {
  const { hash, padding, salt, ecdsaEncoding } = settings
  if (keyType === 'ECDSA') return { kind: 'ecdsa', hash, encoding: ecdsaEncoding }
  return padding === 'pss' ? { kind: 'rsa-pss', hash, salt } : { kind: 'rsa-pkcs1', hash }
}

/** The one input there is: base64 of up to 8 KB, whichever of the two the limit bounds. */
function readPayload(data: unknown, key: NcpKey, settings: NcpSettings): Payload {
  if (typeof data !== 'string') throw invalidRequest('data is required')
  const bytes = settings.base64 === 'strict' ? decodeBase64(data) : decodeBase64Leniently(data)
  if (!bytes) throw invalidRequest('data is not base64')
  if (bytes.length === 0 && settings.emptyMessage === 'refuse') throw invalidRequest('data is empty')
  const size = settings.messageLimit === 'encoded' ? data.length : bytes.length
  if (size > settings.messageLimitBytes) throw invalidRequest(`data is larger than ${settings.messageLimitBytes} bytes`)
  if (!key.settings.prehashed) return { kind: 'message', bytes }
  const expected = HASH_BYTES[key.settings.hash]
  if (bytes.length !== expected) throw invalidRequest(`data must be a digest of ${expected} bytes`)
  return { kind: 'digest', bytes }
}

function unverifiable(settings: NcpSettings, reason: string): object {
  if (settings.badVersion === 'error') throw invalidRequest(reason)
  return valid(settings, false)
}

function valid(settings: NcpSettings, outcome: boolean): object {
  return { valid: settings.validType === 'string' ? String(outcome) : outcome }
}
