import type { KmsError, KmsErrorCode, Signer } from '@kmsign/core'
import { assert, assertEqual } from '../assertions.ts'
import type { FaultKind } from '../declaration.ts'
import type { SignerChange } from '../harness.ts'
import type { Bench } from '../kit.ts'

/** What an error says of a failure, whatever the operation. */
export interface Row {
  readonly code: KmsErrorCode
  readonly fault: KmsError['fault']
  readonly retryable: boolean
}

/** What the caller sees of each fault, when there is one attempt. */
export const ROWS = {
  throttled: { code: 'KMS_THROTTLED', fault: 'caller', retryable: true },
  unavailable: { code: 'KMS_UNAVAILABLE', fault: 'provider', retryable: true },
  internal: { code: 'KMS_INTERNAL', fault: 'provider', retryable: true },
  'gateway-timeout': { code: 'KMS_TIMEOUT', fault: 'transport', retryable: true },
  'unknown-code': { code: 'KMS_UNKNOWN', fault: 'caller', retryable: false },
  denied: { code: 'KMS_PERMISSION_DENIED', fault: 'caller', retryable: false },
  page: { code: 'KMS_UNAVAILABLE', fault: 'provider', retryable: true },
  redirect: { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: false },
  hang: { code: 'KMS_TIMEOUT', fault: 'transport', retryable: true },
  reset: { code: 'KMS_NETWORK', fault: 'transport', retryable: true },
  truncated: { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  'not-json': { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  empty: { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  oversized: { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  // Whoever takes these takes a truncated signature too.
  'base64-whitespace': { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  'base64-unpadded': { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  'base64-url': { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
  'base64-trailing': { code: 'KMS_INVALID_RESPONSE', fault: 'provider', retryable: true },
} as const satisfies { readonly [K in FaultKind]?: Row }

/** One attempt, so that the error is that of the fault and no retry budget is used. */
export const ONCE: SignerChange = { maxAttempts: 1, name: 'the signer' }

/** The fields that every error has. */
export function assertFields(bench: Bench, signer: Signer, error: KmsError, row: Row): void {
  assertEqual(error.code, row.code, 'code')
  assertEqual(error.fault, row.fault, 'fault')
  assertEqual(error.retryable, row.retryable, 'retryable')
  assertEqual(error.provider, bench.declared.provider, 'provider')
  assertEqual(error.signer, signer.name, 'signer')
  assertEqual(error.keyId, signer.keyId, 'keyId')
  assertEqual(error.name, 'KmsError', 'name')
  assert(error.message.includes(row.code), 'the message does not name the code')
  assert(typeof error.attempts === 'number', 'attempts is no number')
}
