import { publicKeyDer } from '../keys/material.ts'
import { signTampered, verifyPayload } from '../keys/sign.ts'
import type { Payload } from '../keys/specs.ts'
import { ALGORITHMS, type AwsAlgorithm, algorithmRow, isAlgorithm, type MessageType, specRow } from './algorithms.ts'
import { type AwsCall, findKey, optionalText, requiredBytes, requiredText } from './call.ts'
import { AwsRefusal, validation } from './errors.ts'
import type { AwsKey } from './keys.ts'

const MAX_RAW = 4096
const MAX_SIGNATURE = 6144
const MESSAGE_TYPES: readonly string[] = ['RAW', 'DIGEST', 'EXTERNAL_MU'] satisfies readonly MessageType[]

export async function sign(call: AwsCall): Promise<object> {
  const { algorithm, payload, key } = prepare(call, 'Sign')
  const material = await key.slot.material()
  const signature = await signTampered(material, algorithmRow(algorithm).scheme, payload, call.tampering)
  return { KeyId: shownArn(key, call), Signature: signature.toString('base64'), SigningAlgorithm: algorithm }
}

/** A signature that does not match is an exception; SignatureValid is never false. */
export async function verify(call: AwsCall): Promise<object> {
  const signature = requiredBytes(call, 'Signature', 'signature')
  if (signature.length < 1) throw validation('signature', 'Member must have length greater than or equal to 1')
  if (signature.length > MAX_SIGNATURE) {
    throw validation('signature', `Member must have length less than or equal to ${MAX_SIGNATURE}`)
  }
  const { algorithm, payload, key } = prepare(call, 'Verify')
  const exactSalt = call.service.settings.pssVerifySalt === 'digest'
  const material = await key.slot.material()
  if (!verifyPayload(material, algorithmRow(algorithm).scheme, payload, signature, { exactSalt })) {
    throw new AwsRefusal('KMSInvalidSignatureException')
  }
  return { KeyId: shownArn(key, call), SignatureValid: true, SigningAlgorithm: algorithm }
}

export async function getPublicKey(call: AwsCall): Promise<object> {
  const key = findKey(call, { aliases: true })
  const { signing, encryption } = specRow(key.spec)
  if (key.spec === 'SYMMETRIC_DEFAULT')
    throw new AwsRefusal('UnsupportedOperationException', `${key.arn} is symmetric.`)
  assertUsable(key)
  assertNoDryRun(call)
  const der = publicKeyDer(await key.slot.material())
  return {
    KeyId: shownArn(key, call),
    PublicKey: der?.toString('base64'),
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    ...(key.usage === 'SIGN_VERIFY' ? { SigningAlgorithms: signing } : {}),
    ...(key.usage === 'ENCRYPT_DECRYPT' ? { EncryptionAlgorithms: encryption } : {}),
  }
}

/** The model first, then key, state, usage, algorithm, message and dry run. */
function prepare(call: AwsCall, operation: string): { algorithm: AwsAlgorithm; payload: Payload; key: AwsKey } {
  const algorithm = requiredText(call, 'SigningAlgorithm', 'signingAlgorithm', 64)
  if (!isAlgorithm(algorithm)) throw notInEnumeration('signingAlgorithm', Object.keys(ALGORITHMS))
  const type = optionalText(call, 'MessageType') ?? 'RAW'
  if (!isMessageType(type)) throw notInEnumeration('messageType', MESSAGE_TYPES)
  const message = requiredBytes(call, 'Message', 'message')
  if (message.length > MAX_RAW) throw validation('message', `Member must have length less than or equal to ${MAX_RAW}`)
  if (message.length < 1 && call.service.settings.emptyMessage === 'refuse') {
    throw validation('message', 'Member must have length greater than or equal to 1')
  }
  const key = findKey(call, { aliases: true })
  assertRate(call, key)
  assertUsable(key)
  if (key.usage !== 'SIGN_VERIFY') {
    throw new AwsRefusal(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
    )
  }
  if (!specRow(key.spec).signing.includes(algorithm)) {
    throw new AwsRefusal(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    )
  }
  const payload = readPayload(algorithm, type, message)
  assertNoDryRun(call)
  return { algorithm, payload, key }
}

function readPayload(algorithm: AwsAlgorithm, type: MessageType, bytes: Buffer): Payload {
  const { types, digest } = algorithmRow(algorithm)
  if (!types.includes(type)) {
    throw new AwsRefusal('ValidationException', `MessageType ${type} is not valid for algorithm ${algorithm}.`)
  }
  if (type === 'RAW') return { kind: 'message', bytes }
  if (bytes.length !== digest) {
    throw new AwsRefusal('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`)
  }
  return { kind: 'digest', bytes }
}

/** Quotas are shared by all keys of a family. */
function assertRate({ service, now }: AwsCall, key: AwsKey): void {
  const family = key.spec.split('_')[0] ?? key.spec
  if (service.rates.admit(family, service.settings.ratePerSecond, now)) return
  throw new AwsRefusal('ThrottlingException', 'Rate exceeded')
}

function assertUsable(key: AwsKey): void {
  if (key.state === 'Disabled') throw new AwsRefusal('DisabledException', `${key.arn} is disabled.`)
  if (key.state === 'PendingDeletion') {
    throw new AwsRefusal('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  }
  if (key.state === 'PendingImport') throw new AwsRefusal('KMSInvalidStateException', `${key.arn} is pending import.`)
}

function assertNoDryRun({ input }: AwsCall): void {
  if (input['DryRun'] !== true) return
  const message = 'The request would have succeeded, but the DryRun option is set.'
  throw new AwsRefusal('DryRunOperationException', message)
}

function isMessageType(type: string): type is MessageType {
  return MESSAGE_TYPES.includes(type)
}

function notInEnumeration(member: string, values: readonly string[]): AwsRefusal {
  return validation(member, `Member must satisfy enum value set: [${values.join(', ')}]`)
}

function shownArn(key: AwsKey, call: AwsCall): string {
  if (call.tampering !== 'wrong-key-id') return key.arn
  return `${call.service.arnPrefix}key/00000000-0000-4000-8000-000000000000`
}
