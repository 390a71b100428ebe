import type { CallOptions, Signer, SignResult, VerifyOptions } from '@kmsign/core'
import type { Declaration } from './declaration.ts'
import type { FaultSettings } from './harness.ts'
import type { Bench } from './kit.ts'

/** What a signer asks its provider for. */
export type Operation = Required<FaultSettings>['operation']

/** Those that an adapter is declared to have. */
export function operationsOf({ remoteVerify, publicKey }: Declaration): readonly Operation[] {
  return ['sign', ...(remoteVerify ? (['verify'] as const) : []), ...(publicKey ? (['getPublicKey'] as const) : [])]
}

/** A call that sends a request of one operation, whatever the signer knows already. */
export function callOf(
  operation: Operation,
  signer: Signer,
  message: Uint8Array,
  result: SignResult,
  options: CallOptions = {},
): Promise<unknown> {
  if (operation === 'sign') return signer.sign(message, options)
  if (operation === 'verify') return signer.verify(message, result, { ...options, mode: 'remote' })
  return signer.getPublicKey({ ...options, refresh: true })
}

/** What a verifier of bare bytes must be told. */
export function toldOf({ encoding, keyVersion, pssSaltLength }: SignResult): VerifyOptions {
  return { encoding, ...(keyVersion && { keyVersion }), ...(pssSaltLength !== undefined && { pssSaltLength }) }
}

/** A signature to ask about, by a signer of which nothing is left, no connection either. */
export async function signedBefore(bench: Bench, message: Uint8Array): Promise<SignResult> {
  const signer = bench.signer()
  const result = await signer.sign(message)
  await signer.close()
  return result
}
