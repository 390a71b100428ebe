import { isKmsError, type KmsError } from '@kmsign/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@kmsign/emulator'
import { afterAll, expect } from 'vitest'
import { createNcpSigner, type NcpAlgorithm, type NcpSignerOptions } from '../src/index.ts'

type KeyType = 'RSA2048' | 'ECDSA' | 'AES256'
export type SignerChange = Partial<NcpSignerOptions> & { readonly algorithm?: NcpAlgorithm }

const running: Emulator[] = []
afterAll(async () => void (await Promise.all(running.map((emulator) => emulator.close()))))

/** An emulator for one test file, closed with it. */
export async function emulated(ncp: Record<string, unknown> = {}, more: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ ...more, ncp: { messageLimit: 'decoded', emptyMessage: 'sign', ...ncp } })
  running.push(emulator)
  return emulator
}

/** A signer of a key that exists. */
export function signerOf(emulator: Emulator, keyTag: string, change: SignerChange = {}) {
  const { accessKey, secretKey } = emulator.ncp.credentials
  const fixed = { keyTag, algorithm: 'ECDSA_SHA_256' as NcpAlgorithm, baseUrl: emulator.url }
  return createNcpSigner({ ...fixed, credentials: { accessKey, secretKey }, ...change })
}

/** A new key and a signer of it. */
export async function keyAndSigner(
  emulator: Emulator,
  keyType: KeyType,
  change: SignerChange = {},
  settings: Record<string, unknown> = {},
) {
  const { keyTag } = await emulator.ncp.createKey({ keyType, ...settings })
  return { keyTag, signer: signerOf(emulator, keyTag, change) }
}

export async function failureOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isKmsError(error)) return error
  expect.fail(`Expected a KmsError, got ${String(error)}`)
}

/** Operations that arrived for a key, in order. */
export function operationsOf(emulator: Emulator, keyTag: string): readonly string[] {
  return emulator.requests.filter(({ keyId }) => keyId === keyTag).map(({ operation }) => operation)
}
