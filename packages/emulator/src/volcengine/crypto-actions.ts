import { decodeBase64 } from '../encoding.ts'
import { publicKeyDer } from '../keys/material.ts'
import { printPublicKey } from '../keys/public-key.ts'
import { signTampered, verifyPayload } from '../keys/sign.ts'
import type { Payload } from '../keys/specs.ts'
import { digestBytes, fits, isAlgorithm, schemeOf, type VolcengineAlgorithm } from './algorithms.ts'
import { selectKey, type VolcengineCall } from './call.ts'
import { invalidParameter, VolcengineRefusal } from './errors.ts'
import type { VolcengineKey } from './keys.ts'
import { assertState } from './states.ts'

const MAX_RAW = 4096
const MAX_SIGNATURE = 6144

/** AsymmetricSign, docs/6476/1337045. */
export async function asymmetricSign(call: VolcengineCall): Promise<object> {
  const { algorithm, payload } = readInput(call)
  const key = signingKey(call, algorithm, 'sign')
  const material = await key.slot.material()
  const signature = await signTampered(material, schemeOf(algorithm, call.service.settings), payload, call.tampering)
  return { KeyID: shownId(key, call), Signature: signature.toString('base64') }
}

/** AsymmetricVerify, docs/6476/1337047: a wrong signature is an answer with status 200. */
export async function asymmetricVerify(call: VolcengineCall): Promise<object> {
  const { algorithm, payload } = readInput(call)
  const signature = decodeBase64(call.parameters.required('Signature'))
  if (!signature || signature.length < 1 || signature.length > MAX_SIGNATURE) throw invalidParameter('Signature')
  const key = signingKey(call, algorithm, 'verify')
  const { settings } = call.service
  const valid = verifyPayload(await key.slot.material(), schemeOf(algorithm, settings), payload, signature)
  return { KeyID: shownId(key, call), SignatureValid: settings.signatureValidType === 'string' ? String(valid) : valid }
}

/** GetPublicKey, docs/6476/1337048. */
export async function getPublicKey(call: VolcengineCall): Promise<object> {
  const key = selectKey(call)
  if (key.spec === 'SYMMETRIC_256') throw wrongUsage('the key has no public key')
  assertState(key, 'publicKey', call.service.settings)
  const der = publicKeyDer(await key.slot.material()) ?? Buffer.alloc(0)
  return { KeyID: shownId(key, call), PublicKey: printPublicKey(der, call.service.settings.publicKeyForm) }
}

function readInput(call: VolcengineCall): { algorithm: VolcengineAlgorithm; payload: Payload } {
  const { parameters } = call
  const algorithm = parameters.required('Algorithm')
  if (!isAlgorithm(algorithm)) throw invalidParameter('Algorithm')
  const type = parameters.text('MessageType') ?? 'RAW'
  if (type !== 'RAW' && type !== 'DIGEST') throw invalidParameter('MessageType')
  const text = parameters.text('Message')
  const bytes = decodeBase64(text ?? parameters.required('Message'))
  if (!bytes) throw invalidParameter('Message')
  if (type === 'DIGEST') {
    if (bytes.length !== digestBytes(algorithm)) throw invalidParameter('Message')
    return { algorithm, payload: { kind: 'digest', bytes } }
  }
  const size = call.service.settings.messageLimit === 'decoded' ? bytes.length : (text ?? '').length
  if (size < 1 || size > MAX_RAW) throw invalidParameter('Message')
  return { algorithm, payload: { kind: 'message', bytes } }
}

/** Key, usage, state, algorithm: the inferred order. */
function signingKey(call: VolcengineCall, algorithm: VolcengineAlgorithm, purpose: 'sign' | 'verify'): VolcengineKey {
  const key = selectKey(call)
  const { rates, settings } = call.service
  if (!rates.admit(key.id, settings.ratePerSecond, call.now)) {
    throw new VolcengineRefusal(settings.throttleCode, `The request to key ${key.id} is over its limit.`)
  }
  if (key.usage !== 'SIGN_VERIFY') throw wrongUsage('only SIGN_VERIFY is allowed')
  assertState(key, purpose, settings)
  if (fits(algorithm, key.spec, settings)) return key
  throw settings.mismatchCode === 'InvalidParameter' ? invalidParameter('Algorithm') : wrongUsage(`of ${key.spec}`)
}

function wrongUsage(allowed: string): VolcengineRefusal {
  return new VolcengineRefusal('InvalidKeyUsage', `The specified key usage is invalid, ${allowed}.`)
}

/** A scripted fault may name a key that was never asked for. */
function shownId(key: VolcengineKey, call: VolcengineCall): string {
  return call.tampering === 'wrong-key-id' ? '00000000-0000-4000-8000-000000000000' : key.id
}
