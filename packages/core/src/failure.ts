import { type Call, STEP_TIMEOUT } from './call.ts'
import { cleanText } from './clean-text.ts'
import type { MappedError } from './driver-contract.ts'
import { createKmsError, isKmsError, KMS_ERRORS, type KmsError } from './errors.ts'

/** The credentials function failed; the only foreign error that becomes a `cause`, since it is the caller's own. */
export class CredentialsFailure {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** Who the errors of one signer speak of. */
export interface ErrorSubject {
  readonly provider: string
  readonly signer: string
  readonly keyId: string
}

/** Any thrown value in the terms of the error model. Never throws. */
export function understand(error: unknown, mapError: (error: unknown) => MappedError): MappedError {
  if (error === STEP_TIMEOUT) return { code: 'KMS_TIMEOUT', phase: 'response' }
  if (error instanceof CredentialsFailure) return { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect' }
  if (isKmsError(error)) return fromKmsError(error)
  try {
    const mapped = mapError(error)
    return Object.hasOwn(KMS_ERRORS, mapped.code) ? mapped : { ...mapped, code: 'KMS_UNKNOWN' }
  } catch {
    return { code: 'KMS_UNKNOWN', phase: 'response' }
  }
}

/** The error that the caller sees. `retryable` follows the rule that was really applied. */
export function toKmsError(
  subject: ErrorSubject,
  call: Call,
  failure: MappedError,
  retry: MappedError['retry'],
  cause?: unknown,
): KmsError {
  return createKmsError(failure.code, {
    operation: call.operation,
    provider: subject.provider,
    signer: subject.signer,
    keyId: subject.keyId,
    retryable: retry !== 'never',
    providerCode: cleanText(failure.providerCode),
    providerMessage: cleanText(failure.providerMessage),
    httpStatus: failure.httpStatus,
    requestId: cleanText(failure.requestId),
    retryAfterMs: failure.retryAfterMs,
    attempts: call.requests,
    cause: cause instanceof CredentialsFailure ? cause.cause : undefined,
  })
}

/** What a call that was ended from outside rejects with: the caller's own reason, or an error of ours. */
export function endOfCall(subject: ErrorSubject, call: Call): unknown {
  const { end } = call
  if (end?.by === 'caller') return end.reason
  const facts = { ...subject, operation: call.operation, attempts: call.requests }
  if (end?.by === 'close') return createKmsError('KMS_SIGNER_CLOSED', facts)
  const detail = call.requests === 0 ? 'the time was up before a request could be sent' : undefined
  return createKmsError('KMS_TIMEOUT', { ...facts, detail, cause: call.lastError })
}

function fromKmsError(error: KmsError): MappedError {
  const { code, providerCode, providerMessage, httpStatus, requestId, retryAfterMs } = error
  const known = { providerCode, providerMessage, httpStatus, requestId, retryAfterMs }
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
  return { code, phase: 'response', ...(error.retryable ? {} : { retry: 'never' as const }), ...given }
}

/** A remembered failure in the terms of another call. */
export function restate(error: KmsError, call: Call): KmsError {
  const { code, fault: _fault, ...facts } = { ...error }
  return createKmsError(code, { ...facts, operation: call.operation, attempts: call.requests, cause: error.cause })
}
