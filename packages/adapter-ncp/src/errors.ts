import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { codeOfStatus, isHttpError, isOutsideClockWindow, mapHttpError } from '@kmsign/http'
import { isNcpFailure, type NcpFailure } from './failure.ts'

/** Where requests go, for the failures that a wrong address explains. */
export interface Place {
  readonly origin: string
  readonly zone: string
}

type Rule = { readonly code: KmsErrorCode; readonly retry?: NonNullable<MappedError['retry']> }

/**
 * Provider code to neutral code. Numbers are the gateway's (government API guide, "Legacy API errors", 2026-10-22;
 * `401` was seen in place of `200`), words the service's (API guide "KMS overview", English edition, cut after five:
 * the spelling of UNAUTHORIZED is inferred, and what follows "inferred" below is not in the part that could be read).
 */
const PROVIDER_CODES: ReadonlyMap<string, KmsErrorCode> = new Map(
  Object.entries<KmsErrorCode>({
    '100': 'KMS_INVALID_ARGUMENT',
    '200': 'KMS_UNAUTHENTICATED',
    '210': 'KMS_PERMISSION_DENIED',
    // "Not found" of a path that is fixed except for the key tag: the key, or the zone it lives in.
    '300': 'KMS_KEY_NOT_FOUND',
    '400': 'KMS_QUOTA_EXCEEDED',
    '401': 'KMS_UNAUTHENTICATED',
    '410': 'KMS_THROTTLED',
    '420': 'KMS_THROTTLED',
    '430': 'KMS_MESSAGE_TOO_LARGE',
    '500': 'KMS_UNAVAILABLE',
    '510': 'KMS_TIMEOUT',
    '900': 'KMS_INTERNAL',
    FORBIDDEN: 'KMS_PERMISSION_DENIED',
    INTERNAL_SERVER_ERROR: 'KMS_INTERNAL',
    INVALID_REQUEST: 'KMS_INVALID_ARGUMENT',
    UNAUTHORIZED: 'KMS_UNAUTHENTICATED',
    UNPROCESSABLE_ENTITY: 'KMS_KEY_STATE',
    // Inferred.
    NOT_FOUND: 'KMS_KEY_NOT_FOUND',
    SERVICE_UNAVAILABLE: 'KMS_UNAVAILABLE',
    TOO_MANY_REQUESTS: 'KMS_THROTTLED',
  }),
)

/** The gateway refuses a timestamp that is five minutes or more away from its clock. */
const CLOCK_WINDOW_MS = 300_000

/** Puts a failure into the terms of the error model. Pure; provider code first, HTTP status second, transport third. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return mapHttpError(error, place.origin)
  if (!isNcpFailure(error)) return { code: 'KMS_UNKNOWN', phase: 'request' }
  switch (error.kind) {
    case 'ncp.refused':
      return { ...reply(error), ...refusal(error, place) }
    case 'ncp.malformed':
      return { ...reply(error), code: 'KMS_INVALID_RESPONSE' }
    case 'ncp.credentials':
      return { code: 'KMS_CREDENTIALS_UNAVAILABLE', retry: 'never', phase: 'connect', providerMessage: error.message }
    case 'ncp.argument':
      return { code: 'KMS_INVALID_ARGUMENT', phase: 'connect', providerMessage: error.message }
    default:
      return { code: 'KMS_UNKNOWN', phase: 'request' }
  }
}

function refusal(failure: NcpFailure, place: Place): Rule & { readonly providerMessage?: string } {
  const { status = 0, providerCode = '', authentication } = failure
  // A refusal without a code that comes with a success status is not what the guide describes.
  if (providerCode === '' && status < 400) return { code: 'KMS_INVALID_RESPONSE' }
  const code = PROVIDER_CODES.get(providerCode) ?? PROVIDER_CODES.get(providerCode.toUpperCase()) ?? byStatus(status)
  if (code === 'KMS_UNAUTHENTICATED' && isClockSkew(failure)) return { code: 'KMS_CLOCK_SKEW' }
  // The refused token was made here from a refresh token: another one can be made, whatever the credentials are.
  if (code === 'KMS_UNAUTHENTICATED' && authentication === 'renewed-token') return { code, retry: 'once' }
  if (code !== 'KMS_KEY_NOT_FOUND') return { code }
  const hint = `asked at ${place.origin}, zone ${place.zone}`
  // Neither the gateway nor the service wrote this: something else listens at the base URL.
  if (failure.documented !== true) return { code: 'KMS_INVALID_ARGUMENT', providerMessage: `No such path; ${hint}` }
  return { code, providerMessage: [failure.providerMessage, hint].filter(Boolean).join('; ') }
}

/** Only an account signature has a time in it. */
function isClockSkew({ authentication, sentAt, serverDate }: NcpFailure): boolean {
  return authentication === 'account' && isOutsideClockWindow(sentAt, serverDate, CLOCK_WINDOW_MS)
}

/** For answers whose code says nothing. */
function byStatus(status: number): KmsErrorCode {
  return status === 404 ? 'KMS_KEY_NOT_FOUND' : (codeOfStatus(status) ?? 'KMS_UNKNOWN')
}

function reply(failure: NcpFailure): Omit<MappedError, 'code'> {
  const { status, providerCode, providerMessage, requestId, serverDate, retryAfterMs } = failure
  return { phase: 'response', httpStatus: status, providerCode, providerMessage, requestId, serverDate, retryAfterMs }
}
