import { createHmac, type KeyObject } from 'node:crypto'
import type { KmsErrorCode, SigningAlgorithm } from '@kmsign/core'
import type { Attempt, MappedError, PayloadKind } from '@kmsign/core/driver'
import type { FaultKind } from '../../src/declaration.ts'
import type { FaultSettings, KeyNeed } from '../../src/harness.ts'
import { type Exchange, flood } from './flood.ts'
import { checkSignature, makeSignature, newKey, pemOf, sha256 } from './signatures.ts'
import { silence } from './silence.ts'

export interface Credentials {
  readonly id: string
  readonly secret: string
}
export const RIGHT: Credentials = { id: 'reference', secret: 'canary-of-the-right-secret-19c4' }
export const WRONG: Credentials = { id: 'reference', secret: 'canary-of-the-wrong-secret-88d0' }

/** What the reference driver throws: a failure in the terms of the error model. */
export interface Failure {
  readonly mapped: MappedError
  /** The backend's own words, which may be anything. */
  readonly said?: string
}

interface Fault extends Required<FaultSettings> {
  readonly kind: FaultKind
  left: number
}

/** A KMS in this process, with two keys. */
export interface Backend {
  readonly log: string[]
  readonly keys: readonly [StoredKey, StoredKey]
  readonly versioned: boolean
  addFault(kind: FaultKind, settings: Required<FaultSettings>): void
  sign(input: SignInput, attempt: Exchange<Credentials>): Promise<SignAnswer>
  verify(input: SignInput & VerifyInput, attempt: Exchange<Credentials>): Promise<boolean>
  publicKey(input: { keyId: string; keyVersion?: string }, attempt: Exchange<Credentials>): Promise<string>
}

/** A signature as it travels. */
export interface SignAnswer {
  readonly base64: string
  readonly keyVersion?: string
}

export interface StoredKey {
  readonly id: string
  readonly versions: KeyObject[]
  disabled: boolean
}
interface SignInput {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly kind: PayloadKind
  readonly payload: Uint8Array
}
interface VerifyInput {
  readonly signature: Uint8Array
  readonly keyVersion?: string
}

const CLOCK_WINDOW_MS = 300_000
const ANSWERS: { readonly [K in FaultKind]?: Omit<MappedError, 'phase'> } = {
  throttled: { code: 'KMS_THROTTLED', httpStatus: 429 },
  unavailable: { code: 'KMS_UNAVAILABLE', httpStatus: 503 },
  internal: { code: 'KMS_INTERNAL', httpStatus: 500 },
  'gateway-timeout': { code: 'KMS_TIMEOUT', httpStatus: 504 },
  'unknown-code': { code: 'KMS_UNKNOWN', httpStatus: 418 },
  denied: { code: 'KMS_PERMISSION_DENIED', httpStatus: 403 },
  page: { code: 'KMS_UNAVAILABLE', httpStatus: 502 },
  redirect: { code: 'KMS_INVALID_RESPONSE', httpStatus: 302, retry: 'never' },
  reset: { code: 'KMS_NETWORK', reusedConnection: false },
  truncated: { code: 'KMS_INVALID_RESPONSE' },
  'not-json': { code: 'KMS_INVALID_RESPONSE' },
  empty: { code: 'KMS_INVALID_RESPONSE' },
  echo: { code: 'KMS_INVALID_ARGUMENT', httpStatus: 400 },
}

function fail(code: KmsErrorCode, more: Partial<MappedError> = {}): Failure {
  return { mapped: { code, phase: 'response', ...more } }
}

let backends = 0

export function createBackend(need: KeyNeed, versioned: boolean, clock: boolean): Backend {
  backends += 1
  const key = (slot: 0 | 1): StoredKey => {
    const id = `reference-${backends}-${slot}`
    return { id, versions: [newKey(need.keySpec, `${need.keySpec} ${slot}`)], disabled: false }
  }
  const keys = [key(0), key(1)] as const
  const log: string[] = []
  const faults: Fault[] = []

  const receive = async (
    operation: Fault['operation'],
    keyId: string,
    attempt: Exchange<Credentials>,
    ...sent: readonly Uint8Array[]
  ) => {
    log.push(operation)
    const fault = faults.find((one) => one.operation === operation && one.left > 0)
    if (fault !== undefined) await meet(fault, attempt, sent)
    // Milliseconds pass on the way.
    await new Promise((resolve) => setTimeout(resolve, 1))
    const serverDate = Date.now()
    if (attempt.credentials.secret !== RIGHT.secret) throw fail('KMS_UNAUTHENTICATED', { httpStatus: 401 })
    const late = clock && Math.abs(attempt.now() - serverDate) > CLOCK_WINDOW_MS
    if (late) throw fail('KMS_CLOCK_SKEW', { httpStatus: 401, serverDate })
    const found = keys.find((one) => one.id === keyId)
    if (found === undefined) throw fail('KMS_KEY_NOT_FOUND', { httpStatus: 404 })
    return { fault: fault?.kind, key: found }
  }

  return {
    log,
    keys,
    versioned,
    addFault: (kind, settings) => void faults.push({ kind, ...settings, left: settings.times }),
    async sign({ keyId, algorithm, kind, payload }, attempt) {
      const { fault, key: found } = await receive('sign', keyId, attempt, payload)
      if (found.disabled) throw fail('KMS_KEY_STATE', { httpStatus: 400 })
      const doubled = fault === 'double-hash' ? sha256(payload) : payload
      const signer = fault === 'swapped-signature' ? keys.find((one) => one !== found) : found
      const make = () => makeSignature(newest(signer ?? found), algorithm, kind, doubled)
      const version = fault === 'wrong-key-id' ? '99' : String(found.versions.length)
      return deliver(fault, { base64: write(make, fault), ...(versioned && { keyVersion: version }) }, attempt)
    },
    async verify({ keyId, algorithm, kind, payload, signature, keyVersion }, attempt) {
      const { fault, key: found } = await receive('verify', keyId, attempt, payload, signature)
      const version = versionOf(found, keyVersion)
      const valid = version !== undefined && (await checkSignature(version, algorithm, kind, payload, signature))
      return deliver(fault, valid, attempt)
    },
    async publicKey({ keyId, keyVersion }, attempt) {
      const { fault, key: found } = await receive('getPublicKey', keyId, attempt)
      const version = versionOf(found, keyVersion)
      if (version === undefined) throw fail('KMS_KEY_NOT_FOUND', { httpStatus: 404 })
      return deliver(fault, pemOf(version), attempt)
    },
  }
}

async function meet(fault: Fault, attempt: Exchange<Credentials>, sent: readonly Uint8Array[]): Promise<void> {
  fault.left -= 1
  if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms))
  if (fault.kind === 'hang') await (attempt.hang?.() ?? silence(attempt))
  const answer = ANSWERS[fault.kind]
  if (answer === undefined) return
  const failure = fail(answer.code, answer)
  throw fault.kind === 'echo' ? { ...failure, said: echoOf(attempt, sent) } : failure
}

/** The right answer, as far as the client reads it. */
async function deliver<T>(fault: FaultKind | undefined, answer: T, attempt: Exchange<Credentials>): Promise<T> {
  const read = fault === 'oversized' ? await flood(answer, attempt) : answer
  if (read === undefined) throw fail('KMS_INVALID_RESPONSE')
  return read
}

/** What a careless server repeats: what was sent, the secret as a token, and a proof made with it. */
function echoOf({ credentials: { secret } }: Attempt<Credentials>, sent: readonly Uint8Array[]): string {
  const texts = sent.map((bytes) => Buffer.from(bytes).toString('base64'))
  return [...texts, `token ${secret}`, createHmac('sha256', secret).update(texts.join()).digest('base64')].join('; ')
}

/** The base64 that a fault wants; signatures that have nothing to spoil are made anew. */
function write(make: () => Uint8Array, fault: FaultKind | undefined): string {
  const loosen = LOOSE[fault ?? '']
  for (;;) {
    const signature = make()
    if (fault === 'corrupt-signature') flip(signature)
    const base64 = Buffer.from(signature).toString('base64')
    const written = loosen?.(base64) ?? base64
    if (loosen === undefined || written !== base64) return written
  }
}

const LOOSE: Readonly<Record<string, (base64: string) => string>> = {
  'base64-whitespace': (base64) => `${base64}\n`,
  'base64-unpadded': (base64) => base64.replace(/=+$/, ''),
  'base64-url': (base64) => base64.replaceAll('+', '-').replaceAll('/', '_'),
  'base64-trailing': (base64) => `${base64}!!!!`,
}

function flip(signature: Uint8Array): void {
  const at = signature.length - 1
  signature[at] = (signature[at] ?? 0) ^ 1
}

export function newest(key: StoredKey): KeyObject {
  const last = key.versions.at(-1)
  if (last === undefined) throw new Error('a key without versions')
  return last
}

export function versionOf(key: StoredKey, version: string | undefined): KeyObject | undefined {
  return version === undefined ? newest(key) : key.versions[Number(version) - 1]
}
