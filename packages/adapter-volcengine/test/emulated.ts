import { isKmsError, type KmsError } from '@kmsign/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@kmsign/emulator'
import { afterAll, expect } from 'vitest'
import {
  createVolcengineSigner,
  type VolcengineAlgorithm,
  type VolcengineKeySpec,
  type VolcengineSignerOptions,
} from '../src/index.ts'

/** Every pair of a key spec and an algorithm that the tables of the documents and the standards allow. */
export const PAIRS: readonly [VolcengineKeySpec, VolcengineAlgorithm][] = [
  ['RSA_2048', 'RSA_PSS_SHA_256'],
  ['RSA_2048', 'RSA_PSS_SHA_384'],
  ['RSA_2048', 'RSA_PSS_SHA_512'],
  ['RSA_2048', 'RSA_PKCS1_SHA_256'],
  ['RSA_2048', 'RSA_PKCS1_SHA_384'],
  ['RSA_2048', 'RSA_PKCS1_SHA_512'],
  ['RSA_3072', 'RSA_PSS_SHA_384'],
  ['RSA_4096', 'RSA_PKCS1_SHA_512'],
  ['EC_P256', 'ECDSA_SHA_256'],
  ['EC_P256K', 'ECDSA_SHA_256'],
  ['EC_P384', 'ECDSA_SHA_384'],
  ['EC_P521', 'ECDSA_SHA_512'],
  ['EC_SM2', 'SM2_DSA'],
]

export type SignerChange = Record<string, unknown> & { readonly algorithm: VolcengineAlgorithm }
type Provider = Record<string, unknown>

const running: Emulator[] = []
afterAll(async () => void (await Promise.all(running.map((emulator) => emulator.close()))))

/** An emulator for one test file, closed with it. */
export async function emulated(volcengine: Provider = {}, more: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ ...more, volcengine })
  running.push(emulator)
  return emulator
}

/** A signer of a key that exists. */
export function signerOf(emulator: Emulator, keyId: string, change: SignerChange) {
  const { credentials, region } = emulator.volcengine
  const fixed = { keyId, region, credentials, baseUrl: emulator.url }
  // Tests hand in wrong options too; what is right is checked by the tests of types and options.
  return createVolcengineSigner({ ...fixed, ...change } as VolcengineSignerOptions & { algorithm: VolcengineAlgorithm })
}

type Key = Awaited<ReturnType<Emulator['volcengine']['createKey']>>
const keys = new WeakMap<Emulator, Map<VolcengineKeySpec, Promise<Key>>>()

/** A key of the emulator, made once for each spec: RSA keys take their time. */
async function sharedKey(emulator: Emulator, keySpec: VolcengineKeySpec): Promise<Key> {
  const known = keys.get(emulator) ?? new Map<VolcengineKeySpec, Promise<Key>>()
  keys.set(emulator, known)
  const key = known.get(keySpec) ?? emulator.volcengine.createKey({ keySpec })
  known.set(keySpec, key)
  return key
}

/** A key and a new signer of it. */
export async function keyAndSigner(emulator: Emulator, keySpec: VolcengineKeySpec, change: SignerChange) {
  const key = await sharedKey(emulator, keySpec)
  return { ...key, signer: signerOf(emulator, key.keyId, change) }
}

export async function failureOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isKmsError(error)) return error
  expect.fail(`Expected a KmsError, got ${String(error)}`)
}

/** Operations that arrived since a moment, in order. */
export function watch(emulator: Emulator): () => readonly string[] {
  const before = emulator.requests.length
  return () => emulator.requests.slice(before).map(({ operation }) => operation)
}
