// Errors as a web service turns them into answers.
import { isKmsError, KMS_ERRORS, type KmsError, type KmsErrorCode } from '@kmsign/core'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfterSeconds?: number
}

export function toAnswer(error: unknown): Answer {
  if (isKmsError(error, 'KMS_THROTTLED', 'KMS_QUOTA_EXCEEDED')) {
    // Narrowed to the two codes that were asked for.
    const code: 'KMS_THROTTLED' | 'KMS_QUOTA_EXCEEDED' = error.code
    return { status: 429, text: code, retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 1000) / 1000) }
  }
  if (!isKmsError(error)) return { status: 500, text: error instanceof Error ? error.message : 'unknown' }
  return { status: statusOf(error.code), text: `${error.operation}: ${KMS_ERRORS[error.code].remedy}` }
}

function statusOf(code: KmsErrorCode): number {
  switch (code) {
    case 'KMS_KEY_NOT_FOUND':
      return 404
    case 'KMS_PERMISSION_DENIED':
    case 'KMS_UNAUTHENTICATED':
      return 403
    default:
      return KMS_ERRORS[code].fault === 'caller' ? 400 : 502
  }
}

export function logLine(error: KmsError): Record<string, unknown> {
  const { code, provider, signer, operation, keyId, retryable, fault, attempts, requestId, httpStatus } = error
  const issues = error.issues?.map(({ path, message }) => `${path} ${message}`)
  const remote = [error.providerCode, error.providerMessage].filter((text) => text !== undefined)
  return { code, provider, signer, operation, keyId, retryable, fault, attempts, requestId, httpStatus, issues, remote }
}
