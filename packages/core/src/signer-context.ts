import type { AlgorithmFacts, AlgorithmRow, KeySpec, SigningAlgorithm } from './algorithms.ts'
import type { Call } from './call.ts'
import type { DriverOutcome } from './call-driver.ts'
import type { SignerCapabilities } from './contract.ts'
import type { DriverSignature, OfferedAlgorithm, SignerDriver, SignRequest } from './driver-contract.ts'
import { createKmsError, KMS_ERRORS, type KmsError, type KmsErrorCode } from './errors.ts'
import type { ErrorSubject } from './failure.ts'
import type { PublicKeyStore } from './public-key-store.ts'
import type { WireForm } from './recognize.ts'

/** Everything that the operations of one signer share, made once at construction. */
export interface SignerContext {
  readonly subject: ErrorSubject
  readonly algorithm: SigningAlgorithm
  readonly facts: AlgorithmFacts
  /** The rows that are possible before the key is known. */
  readonly rows: readonly AlgorithmRow[]
  readonly offered: OfferedAlgorithm
  readonly publicKeyBy: SignerDriver['publicKeyBy']
  /** As declared; undefined when the caller left it open. */
  readonly keySpec: KeySpec | undefined
  readonly keys: PublicKeyStore
  readonly integrity: 'auto' | 'require' | 'off'
  readonly sm2UserId: Uint8Array
  /** The id as text for results; undefined when it is not text. */
  readonly sm2UserIdText: string | undefined
  readonly capabilities: SignerCapabilities
  readonly learned: Learned
  /** One sign operation of the driver with its attempts. */
  requestSignature(call: Call, request: SignRequest): Promise<DriverOutcome<DriverSignature>>
  /** One verify operation of the driver; undefined where the provider has none. */
  readonly requestVerification:
    | ((call: Call, request: SignRequest & { signature: Uint8Array; keyVersion?: string }) => Promise<boolean>)
    | undefined
}

/** What the provider's documents leave open and the first verified signatures have shown. */
export interface Learned {
  /** Per key version ('' where keys have none). */
  readonly forms: Map<string, WireForm>
  /** SM2: messages are signed under another id than the declared one, so only digests are sent. */
  digestOnly: boolean
}

/** An error of this signer that no request has caused. */
export function refusal(context: SignerContext, call: Call, code: KmsErrorCode, detail: string): KmsError {
  const { provider, signer, keyId } = context.subject
  return createKmsError(code, {
    operation: call.operation,
    provider,
    signer,
    keyId,
    detail,
    attempts: call.requests,
    retryable: KMS_ERRORS[code].retry !== 'never',
  })
}
