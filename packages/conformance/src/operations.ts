import type { CallOptions, Signer, SignResult, VerifyOptions } from '@kmsign/core'
import { assert } from './assertions.ts'
import type { Declaration } from './declaration.ts'
import type { FaultSettings } from './harness.ts'
import type { Bench } from './kit.ts'
import { eventually, sleep } from './waiting.ts'

/** Far longer than a request is on its way, shorter than a test may last. */
const ARRIVAL_MS = 10_000

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

/** Calls of one signer, in groups that may run at once and still send a request each: a public key is shared. */
export function roundsOf(operation: Operation, calls: number): readonly number[] {
  return operation === 'getPublicKey' ? Array.from({ length: calls }, () => 1) : [calls]
}

/** Waits for so many requests in all; where the backend shows none, for as long as they mostly take. */
export async function arrival(bench: Bench, operation: Operation, count: number): Promise<void> {
  if (!bench.declared.requests) return sleep(100)
  const arrived = await eventually(() => bench.requests(operation) >= count, ARRIVAL_MS)
  const got = bench.requests(operation)
  assert(arrived, `${operation}: of ${count} requests ${got} arrived within ${ARRIVAL_MS} milliseconds`)
}

/** A signature to ask about, by a signer of which nothing is left, no connection either. */
export async function signedBefore(bench: Bench, message: Uint8Array): Promise<SignResult> {
  const signer = bench.signer()
  const result = await signer.sign(message)
  await signer.close()
  return result
}
