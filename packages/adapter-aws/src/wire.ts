import { isDate, isUint8Array } from 'node:util/types'
import type { SigningAlgorithm } from '@kmsign/core'
import type { KeyFacts, PayloadKind } from '@kmsign/core/driver'
import { type AwsKeySpec, keySpecOf, wireAlgorithm } from './algorithms.ts'
import { createFailure } from './failure.ts'

/** The key and the algorithm that a signer stands for. */
export interface WireKey {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
}

/** What is to be signed or was signed. */
export interface WirePayload {
  readonly algorithm: SigningAlgorithm
  readonly kind: PayloadKind
  readonly payload: Uint8Array
}

/** The input of `Sign`. */
export interface WireSignInput {
  readonly KeyId: string
  readonly Message: Uint8Array
  readonly MessageType: string
  readonly SigningAlgorithm: string
}

/** What every successful answer tells of itself. */
export interface WireIdentity {
  /** The key's ARN, also where an alias was asked for. */
  readonly keyId: string
  readonly requestId?: string
  /** Requests that the SDK sent. */
  readonly attempts?: number
}

export type WirePublicKey = Omit<WireIdentity, 'attempts'> & {
  readonly spki: Uint8Array
  readonly keySpec?: AwsKeySpec
}

type Fields = Readonly<Record<string, unknown>>

/** Always said, although `RAW` is the default: a digest that is hashed again is a valid signature of something else. */
const MESSAGE_TYPES = { message: 'RAW', digest: 'DIGEST', mu: 'EXTERNAL_MU' } as const satisfies Record<
  PayloadKind,
  string
>

/** `Sign` (API reference; model of `@aws-sdk/client-kms` 3.1162.0). */
export function toSignInput({ keyId }: WireKey, { algorithm, kind, payload }: WirePayload): WireSignInput {
  return {
    KeyId: keyId,
    Message: payload,
    MessageType: MESSAGE_TYPES[kind],
    SigningAlgorithm: wireAlgorithm(algorithm),
  }
}

export function fromSignOutput(output: unknown, key: WireKey): WireIdentity & { readonly signature: Uint8Array } {
  const fields = fieldsOf(output)
  const signature = bytesOf(fields, 'Signature')
  const identity = identityOf(fields, key)
  assertAlgorithm(fields, key)
  return { signature, ...identity }
}

/** `Verify` takes what `Sign` takes, and the signature. */
export function toVerifyInput(
  key: WireKey,
  input: WirePayload & { readonly signature: Uint8Array },
): WireSignInput & { readonly Signature: Uint8Array } {
  return { ...toSignInput(key, input), Signature: input.signature }
}

/** A signature that does not match is an exception at AWS; `false` is what some servers of the same protocol say. */
export function fromVerifyOutput(output: unknown, key: WireKey): boolean {
  const fields = fieldsOf(output)
  const valid = fields['SignatureValid']
  if (typeof valid !== 'boolean') throw malformed(fields, 'The answer has no SignatureValid')
  identityOf(fields, key)
  assertAlgorithm(fields, key)
  return valid
}

/** `GetPublicKey` and `DescribeKey`. */
export function toKeyInput({ keyId }: WireKey): { readonly KeyId: string } {
  return { KeyId: keyId }
}

/** The SPKI in DER. The key's usage and algorithms come with it, so that a wrong declaration can be named. */
export function fromPublicKeyOutput(output: unknown, key: WireKey): WirePublicKey {
  const fields = fieldsOf(output)
  const spki = bytesOf(fields, 'PublicKey')
  const { keyId, requestId } = identityOf(fields, key)
  assertUsable(fields, key)
  const keySpec = keySpecOf(fields['KeySpec'])
  return {
    spki,
    keyId,
    ...(requestId === undefined ? {} : { requestId }),
    ...(keySpec === undefined ? {} : { keySpec }),
  }
}

/** `DescribeKey`. The SDK makes a Date of the deletion's. */
export function fromDescribeOutput(output: unknown, key: WireKey): KeyFacts {
  const metadata = fieldsOf(fieldsOf(output)['KeyMetadata'])
  identityOf({ ...metadata, KeyId: metadata['Arn'] ?? metadata['KeyId'] }, key)
  const [state, usage, type] = ['KeyState', 'KeyUsage', 'KeySpec'].map((name) => wordIn(metadata, name))
  const deletionDate = metadata['DeletionDate']
  return {
    ...(state !== undefined && { state }),
    ...(usage !== undefined && { usage }),
    ...(type !== undefined && { type }),
    ...(isDate(deletionDate) && { deletionDate: deletionDate.getTime() }),
  }
}

/** What the SDK knows about the exchange; every field may be missing. */
export function metadataOf(value: unknown): { status?: number; requestId?: string; attempts?: number } {
  const { httpStatusCode, requestId, attempts } = fieldsOf(fieldsOf(value)['$metadata'])
  return {
    ...(typeof httpStatusCode === 'number' ? { status: httpStatusCode } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(typeof attempts === 'number' ? { attempts } : {}),
  }
}

function identityOf(fields: Fields, key: WireKey): WireIdentity {
  const keyId = fields['KeyId']
  if (typeof keyId !== 'string' || keyId === '') throw malformed(fields, 'The answer has no KeyId')
  if (!answersFor(key.keyId, keyId)) throw wrong(fields, 'Another key than the one asked for answered')
  const { requestId, attempts } = metadataOf(fields)
  return { keyId, ...(requestId === undefined ? {} : { requestId }), ...(attempts === undefined ? {} : { attempts }) }
}

/**
 * An alias may stand for any key; an id or ARN for one alone. AWS always answers with the ARN, other servers of the same
 * protocol with the id now and then: where one side has no ARN, the ids are compared.
 */
function answersFor(asked: string, answered: string): boolean {
  if (/^(?:arn:[^/]*:)?alias\//.test(asked)) return true
  if (asked.startsWith('arn:') && answered.startsWith('arn:')) return answered === asked
  return bareId(answered) === bareId(asked)
}

function bareId(name: string): string {
  return name.replace(/^arn:.*:key\//, '')
}

function assertAlgorithm(fields: Fields, { algorithm }: WireKey): void {
  const answered = fields['SigningAlgorithm']
  if (typeof answered !== 'string') throw malformed(fields, 'The answer has no SigningAlgorithm')
  if (answered !== wireAlgorithm(algorithm)) throw wrong(fields, 'Another algorithm than the one asked for answered')
}

function assertUsable(fields: Fields, { algorithm }: WireKey): void {
  const { KeyUsage: usage, SigningAlgorithms: algorithms } = fields
  if (typeof usage === 'string' && usage !== 'SIGN_VERIFY') {
    throw mismatch(fields, `The usage of the key is ${word(usage)}, not SIGN_VERIFY`)
  }
  if (!Array.isArray(algorithms) || algorithms.includes(wireAlgorithm(algorithm))) return
  throw mismatch(fields, `The key signs ${algorithms.map(word).join(', ')}, not ${wireAlgorithm(algorithm)}`)
}

/** `PendingDeletion`, `RSASSA_PKCS1_V1_5_SHA_256`: how AWS spells names, and too narrow for any part of a request. */
const NAME = /^(?:(?:[A-Z][a-z]{1,14}){1,4}|[A-Z0-9]{1,12}(?:_[A-Z0-9]{1,12}){0,6})$/

/** Anything but a name is not repeated. */
function word(name: unknown): string {
  return typeof name === 'string' && NAME.test(name) ? name : 'something else'
}

function wordIn(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && NAME.test(value)) return value
  throw malformed(fields, `The answer's ${name} is not a name of AWS`)
}

/** Judged across realms; the SDK passes on whatever the JSON had in this place. */
function bytesOf(fields: Fields, name: string): Uint8Array {
  const bytes = fields[name]
  if (isUint8Array(bytes) && bytes.length > 0) return bytes
  throw malformed(fields, `The answer has no ${name}`)
}

const malformed = (fields: Fields, what: string) => createFailure('aws.malformed', what, metadataOf(fields))
const wrong = (fields: Fields, what: string) => createFailure('aws.integrity', what, metadataOf(fields))
const mismatch = (fields: Fields, what: string) => createFailure('aws.mismatch', what, metadataOf(fields))

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
