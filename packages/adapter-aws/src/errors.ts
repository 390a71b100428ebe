import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { codeOfStatus, isHttpError, isOutsideClockWindow, mapHttpError, retryAfterMs, serverDate } from '@kmsign/http'
import { type AwsFailure, type AwsFailureKind, isAwsFailure } from './failure.ts'
import { type ReadError, readable, readError } from './read-error.ts'

/** Where requests go, for the failures that a wrong address explains. */
export interface Place {
  /** Endpoint and region as configured; empty when the SDK's chain knows them. */
  readonly where: string
}

type Rule = { readonly code: KmsErrorCode; readonly retry?: NonNullable<MappedError['retry']> }

/**
 * Neutral code to provider codes, without the `Exception` or `Error` that most of them have in some places and lack in
 * others. The errors of Sign, Verify and GetPublicKey in the service model (botocore 1.43.107, `@aws-sdk/client-kms`
 * 3.1162.0), and the errors common to all AWS services with their older spellings. KMS sends throttling with status 400,
 * so statuses are not part of the table.
 */
const PROVIDER_CODES = {
  KMS_CLOCK_SKEW: ['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed'],
  KMS_INTERNAL: ['InternalFailure', 'InternalServer', 'InternalService', 'KMSInternal'],
  KMS_INVALID_ARGUMENT: [
    'InvalidAction',
    'InvalidArn',
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidQueryParameter',
    'KMSInvalidSignature',
    'MalformedQueryString',
    'MissingAction',
    'MissingParameter',
    'Serialization',
    'UnknownOperation',
    'Validation',
  ],
  KMS_KEY_MISMATCH: ['InvalidKeyUsage'],
  KMS_KEY_NOT_FOUND: ['NotFound'],
  KMS_KEY_STATE: ['Disabled', 'KMSInvalidState'],
  KMS_PERMISSION_DENIED: [
    'AccessDenied',
    'InvalidGrantToken',
    'NotAuthorized',
    'OptInRequired',
    'SubscriptionRequired',
  ],
  KMS_QUOTA_EXCEEDED: ['LimitExceeded', 'ServiceQuotaExceeded'],
  KMS_THROTTLED: ['RequestLimitExceeded', 'RequestThrottled', 'SlowDown', 'Throttled', 'Throttling', 'TooManyRequests'],
  KMS_TIMEOUT: ['DependencyTimeout', 'RequestTimeout'],
  KMS_UNAUTHENTICATED: [
    'ExpiredToken',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSignature',
    'MissingAuthenticationToken',
    'SignatureDoesNotMatch',
    'UnrecognizedClient',
  ],
  KMS_UNAVAILABLE: ['KeyUnavailable', 'ServiceUnavailable'],
  KMS_UNSUPPORTED: ['DryRunOperation', 'UnsupportedOperation'],
} as const satisfies { readonly [C in KmsErrorCode]?: readonly string[] }

const CODES: ReadonlyMap<string, KmsErrorCode> = new Map(
  Object.entries(PROVIDER_CODES).flatMap(([code, names]) => names.map((name) => [name, code as KmsErrorCode])),
)

/** Codes that a wrong endpoint or region explains. */
const ADDRESS_CODES = /^(?:NotFound|InvalidArn|UnknownOperation|InvalidAction)$/
/** Codes under which a wrong clock hides. */
const SIGNATURE_CODES = /^(?:InvalidSignature|SignatureDoesNotMatch)$/

const FAILURES = {
  'aws.malformed': { code: 'KMS_INVALID_RESPONSE' },
  'aws.integrity': { code: 'KMS_INTEGRITY' },
  'aws.mismatch': { code: 'KMS_KEY_MISMATCH' },
  'aws.credentials': { code: 'KMS_CREDENTIALS_UNAVAILABLE', retry: 'never' },
  'aws.endpoint': { code: 'KMS_INVALID_CONFIG' },
} as const satisfies Record<AwsFailureKind, Rule>

/** Codes of Node for a handler that is not ours. */
const UNREACHABLE = /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/
const BROKEN = /^(?:ECONNRESET|EPIPE|ECONNABORTED|EPROTO|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/
const TLS = /^(?:ERR_(?:SSL|TLS|OSSL)|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_(?:CA|PURPOSE))/
const MISSING_MODULE = /^(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/
const TIMED_OUT = /^(?:TimeoutError|AbortError)$/
const NO_CREDENTIALS = /^(?:CredentialsProviderError|ProviderError|TokenProviderError)$/
const NO_CREDENTIALS_WORDS =
  /^(?:Could not load credentials|Credential is missing|Resolved credential object is not valid)/
const MISSING_REGION = /^(?:Region is missing|Region not accepted|expected `region` to be configured|Invalid region)/
const SKEW_WORDS = /Signature expired|Signature not yet current|not yet current|too skewed/i

/** A request is good for five minutes. */
const CLOCK_WINDOW_MS = 300_000

/** Puts a failure into the terms of the error model. Pure; provider code first, HTTP status second, transport third. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return { ...mapHttpError(error, place.where || 'AWS KMS'), ...times(error.headers ?? {}) }
  if (isAwsFailure(error)) return fromFailure(error)
  const read = readError(error)
  if (NO_CREDENTIALS.test(read.name) || NO_CREDENTIALS_WORDS.test(read.message)) {
    return { code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect', providerMessage: readable(read) }
  }
  const { status = 0 } = read
  // The SDK makes an `UnknownError` of a redirect; ours is refused before the SDK sees it.
  if (status >= 300 && status < 400) return { ...unreadable(read, place), retry: 'never' }
  if (read.isService || CODES.has(bare(read.name))) return fromService(read, place)
  if (status !== 0) return unreadable(read, place)
  return fromNode(read)
}

/** Whether KMS said that a signature does not match, which is an answer and no failure. */
export function isInvalidSignature(error: unknown): boolean {
  return readError(error).name === 'KMSInvalidSignatureException'
}

function bare(name: string): string {
  return name.replace(/(?:Exception|Error)$/, '')
}

function fromService(read: ReadError, place: Place): MappedError {
  const { name, status = 0 } = read
  const condition = bare(name)
  const known = CODES.get(condition) ?? byStatus(status)
  const code = SIGNATURE_CODES.test(condition) && isClockSkew(read) ? 'KMS_CLOCK_SKEW' : known
  const message = readable(read)
  const addressed = ADDRESS_CODES.test(condition) && place.where !== ''
  const providerMessage = addressed ? [message, `asked at ${place.where}`].filter(Boolean).join('; ') : message
  return { ...answer(read), code, providerCode: name, providerMessage }
}

/** The service says so, or its Date does: then the request's own time is known. */
function isClockSkew({ message, headers, sentAt }: ReadError): boolean {
  return SKEW_WORDS.test(message) || isOutsideClockWindow(sentAt, serverDate(headers), CLOCK_WINDOW_MS)
}

/** An answer that the SDK could not read; its status may say enough. What the SDK says of it quotes the body. */
function unreadable(read: ReadError, { where }: Place): MappedError {
  const { status = 0 } = read
  const providerMessage = `The answer is not what AWS KMS sends${where === '' ? '' : `; asked at ${where}`}`
  return { ...answer(read), code: codeOfStatus(status) ?? 'KMS_INVALID_RESPONSE', providerMessage }
}

/** For answers whose code says nothing. KMS has one path, so what answers 404 to it is something else. */
function byStatus(status: number): KmsErrorCode {
  return status === 404 ? 'KMS_INVALID_ARGUMENT' : (codeOfStatus(status) ?? 'KMS_UNKNOWN')
}

function answer({ status, requestId, headers }: ReadError): Omit<MappedError, 'code'> {
  return { phase: 'response', httpStatus: status, requestId, ...times(headers) }
}

/** `x-amz-retry-after` is in milliseconds. */
function times(headers: ReadError['headers']): Pick<MappedError, 'retryAfterMs' | 'serverDate'> {
  const date = serverDate(headers)
  const amazon = headers['x-amz-retry-after'] ?? ''
  const wait = /^\d{1,12}$/.test(amazon) ? Number(amazon) : retryAfterMs(headers, date ?? Number.POSITIVE_INFINITY)
  return { retryAfterMs: wait, serverDate: date }
}

function fromFailure(failure: AwsFailure): MappedError {
  const rule: Rule = FAILURES[failure.kind] ?? { code: 'KMS_UNKNOWN' }
  const { status, requestId } = failure
  const phase = status === undefined ? 'connect' : 'response'
  return { ...rule, phase, httpStatus: status, requestId, providerMessage: failure.message }
}

/** What never became an answer, under a handler that is not ours. */
function fromNode({ name, code, message }: ReadError): MappedError {
  if (MISSING_REGION.test(message))
    return setup('KMS_INVALID_CONFIG', 'No usable region: set option region, or AWS_REGION')
  if (MISSING_MODULE.test(code))
    return setup('KMS_UNSUPPORTED', 'The peer dependency @aws-sdk/client-kms is not installed')
  if (TLS.test(code)) return { code: 'KMS_NETWORK', retry: 'never', phase: 'connect', providerCode: code }
  if (UNREACHABLE.test(code)) return { code: 'KMS_NETWORK', phase: 'connect', providerCode: code }
  // The SDK calls a reset a TimeoutError too, so the code goes first.
  if (BROKEN.test(code)) return { code: 'KMS_NETWORK', phase: 'request', providerCode: code }
  if (TIMED_OUT.test(name) || code === 'ETIMEDOUT') return { code: 'KMS_TIMEOUT', phase: 'request' }
  return { code: 'KMS_UNKNOWN', phase: 'request' }
}

function setup(code: KmsErrorCode, providerMessage: string): MappedError {
  return { code, retry: 'never', phase: 'connect', providerMessage }
}
