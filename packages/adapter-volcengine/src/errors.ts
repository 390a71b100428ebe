import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { codeOfStatus, isHttpError, mapHttpError } from '@kmsign/http'
import { isVolcengineFailure, type VolcengineFailure } from './failure.ts'

/** Where requests go, for the failures that a wrong address explains. */
export interface Place {
  readonly origin: string
  readonly region: string
}

type Rule = { readonly code: KmsErrorCode; readonly retry?: NonNullable<MappedError['retry']> }

/**
 * Provider code to neutral code. KMS: "AsymmetricSign" (docs/6476/1337045) and the KMS error page (docs/6476/71348).
 * Gateway: public error codes (docs/6720/108305, docs/6369/68677 and their twins on other products' pages), BytePlus
 * common error codes. The same code comes with different statuses, so statuses are not part of the table.
 */
const PROVIDER_CODES: ReadonlyMap<string, KmsErrorCode> = new Map(
  Object.entries<KmsErrorCode>({
    // KMS
    MissingParameter: 'KMS_INVALID_ARGUMENT',
    InvalidParameter: 'KMS_INVALID_ARGUMENT',
    InvalidKeyStatus: 'KMS_KEY_STATE',
    InvalidKeyUsage: 'KMS_KEY_MISMATCH',
    AccessDenied: 'KMS_PERMISSION_DENIED',
    'Reject.Throttling.CMK': 'KMS_THROTTLED',
    'Reject.Throttling.Action': 'KMS_THROTTLED',
    KeyMaterialExpire: 'KMS_KEY_EXPIRED',
    KMS_ServiceNotOpen: 'KMS_PERMISSION_DENIED',
    'Not Found': 'KMS_KEY_NOT_FOUND',
    NotFound: 'KMS_KEY_NOT_FOUND',
    UndefinedError: 'KMS_INTERNAL',
    // Gateway
    MissingAuthenticationToken: 'KMS_UNAUTHENTICATED',
    MissingRequestInfo: 'KMS_INVALID_ARGUMENT',
    MissingSignature: 'KMS_UNAUTHENTICATED',
    InvalidTimestamp: 'KMS_CLOCK_SKEW',
    ServiceNotFound: 'KMS_INVALID_ARGUMENT',
    InvalidActionOrVersion: 'KMS_INVALID_ARGUMENT',
    InvalidAccessKey: 'KMS_UNAUTHENTICATED',
    InvalidClientTokenId: 'KMS_UNAUTHENTICATED',
    SignatureDoesNotMatch: 'KMS_UNAUTHENTICATED',
    InvalidAuthorization: 'KMS_UNAUTHENTICATED',
    InvalidCredential: 'KMS_UNAUTHENTICATED',
    InvalidSecretToken: 'KMS_UNAUTHENTICATED',
    LackPolicy: 'KMS_PERMISSION_DENIED',
    LackProjectPolicy: 'KMS_PERMISSION_DENIED',
    ServiceShouldCallSelfApi: 'KMS_PERMISSION_DENIED',
    InnerApiNeedAccountInfo: 'KMS_INVALID_ARGUMENT',
    MethodNotAllowed: 'KMS_INVALID_ARGUMENT',
    InternalError: 'KMS_INTERNAL',
    InternalServiceError: 'KMS_UNAVAILABLE',
    FailToConnect: 'KMS_UNAVAILABLE',
    ServiceUnavailableTemp: 'KMS_UNAVAILABLE',
    InternalServiceTimeout: 'KMS_TIMEOUT',
    FlowLimitExceeded: 'KMS_THROTTLED',
    AccountFlowLimitExceeded: 'KMS_THROTTLED',
  }),
)

/** Codes that a wrong base URL or region explains. */
const ADDRESS_CODES = new Set(['ServiceNotFound', 'InvalidActionOrVersion', 'MethodNotAllowed'])

/** Puts a failure into the terms of the error model. Pure; provider code first, HTTP status second, transport third. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return mapHttpError(error, place.origin)
  if (!isVolcengineFailure(error)) return { code: 'KMS_UNKNOWN', phase: 'request' }
  switch (error.kind) {
    case 'volcengine.refused':
      return { ...reply(error), ...refusal(error, place) }
    case 'volcengine.malformed':
      return { ...reply(error), code: 'KMS_INVALID_RESPONSE' }
    case 'volcengine.integrity':
      return { ...reply(error), code: 'KMS_INTEGRITY' }
    case 'volcengine.credentials':
      return { code: 'KMS_CREDENTIALS_UNAVAILABLE', retry: 'never', phase: 'connect', providerMessage: error.message }
    default:
      return { code: 'KMS_UNKNOWN', phase: 'request' }
  }
}

function refusal(failure: VolcengineFailure, place: Place): Rule & { readonly providerMessage?: string } {
  const { status = 0, providerCode, providerMessage } = failure
  const code = (providerCode === undefined ? undefined : byProviderCode(providerCode)) ?? byStatus(status)
  if (providerCode === 'InvalidParameter' && namesAlgorithm(providerMessage)) return { code: 'KMS_KEY_MISMATCH' }
  // A refusal without a code that comes with a success status is not what the documents describe.
  if (providerCode === undefined && status < 400) return { code: 'KMS_INVALID_RESPONSE' }
  const hint = `asked at ${place.origin}, region ${place.region}`
  const explained = { providerMessage: [providerMessage, hint].filter(Boolean).join('; ') }
  // The service says 404 with a code; a bare one comes from something else that listens at the base URL.
  if (status === 404 && providerCode === undefined) return { code: 'KMS_INVALID_ARGUMENT', ...explained }
  const addressed = code === 'KMS_KEY_NOT_FOUND' || (providerCode !== undefined && ADDRESS_CODES.has(providerCode))
  return addressed ? { code, ...explained } : { code }
}

/** Exact, but for `Not Found`, which is written with and without its space, and for throttling codes yet to come. */
function byProviderCode(code: string): KmsErrorCode | undefined {
  if (/^not[\s_]?found$/i.test(code)) return 'KMS_KEY_NOT_FOUND'
  return PROVIDER_CODES.get(code) ?? (code.startsWith('Reject.Throttling') ? 'KMS_THROTTLED' : undefined)
}

/**
 * Only valid names are ever sent as `Algorithm`, so when that parameter is refused it does not fit the key. The documents
 * promise that the message names the parameter; should it not, the refusal stays a refused parameter.
 */
function namesAlgorithm(message: string | undefined): boolean {
  return message !== undefined && /\bAlgorithm\b/.test(message) && !/\b(Message|Signature|KeyID)\b/.test(message)
}

/** For answers whose code says nothing. */
function byStatus(status: number): KmsErrorCode {
  return status === 404 ? 'KMS_KEY_NOT_FOUND' : (codeOfStatus(status) ?? 'KMS_UNKNOWN')
}

function reply(failure: VolcengineFailure): Omit<MappedError, 'code'> {
  const { status, providerCode, providerMessage, requestId, serverDate, retryAfterMs } = failure
  return { phase: 'response', httpStatus: status, providerCode, providerMessage, requestId, serverDate, retryAfterMs }
}
