import type { KmsErrorCode } from '@kmsign/core'
import type { MappedError } from '@kmsign/core/driver'
import { type HttpError, type HttpErrorCode, isHttpError, retryAfterMs, serverDate } from '@kmsign/http'
import { type AwsFailure, type AwsFailureKind, isAwsFailure } from './failure.ts'
import { type ReadError, readable, readError } from './read-error.ts'

/** Where requests go, for the failures that a wrong address explains. */
export interface Place {
  /** Endpoint and region as configured; empty when the SDK's chain knows them. */
  readonly where: string
}

type Rule = { readonly code: KmsErrorCode; readonly retry?: NonNullable<MappedError['retry']> }

/**
 * Provider code to neutral code. First the errors of Sign, Verify and GetPublicKey in the service model (botocore
 * 1.43.107, `@aws-sdk/client-kms` 3.1162.0), then the errors common to all AWS services and their older spellings. KMS
 * sends throttling with status 400, so statuses are not part of the table.
 */
const PROVIDER_CODES: Readonly<Record<string, KmsErrorCode>> = table({
  DependencyTimeoutException: 'KMS_TIMEOUT',
  DisabledException: 'KMS_KEY_STATE',
  DryRunOperationException: 'KMS_UNSUPPORTED',
  InvalidArnException: 'KMS_INVALID_ARGUMENT',
  InvalidGrantTokenException: 'KMS_PERMISSION_DENIED',
  InvalidKeyUsageException: 'KMS_KEY_MISMATCH',
  KMSInternalException: 'KMS_INTERNAL',
  KMSInvalidSignatureException: 'KMS_INVALID_ARGUMENT',
  KMSInvalidStateException: 'KMS_KEY_STATE',
  KeyUnavailableException: 'KMS_UNAVAILABLE',
  NotFoundException: 'KMS_KEY_NOT_FOUND',
  UnsupportedOperationException: 'KMS_UNSUPPORTED',
  // Common
  AccessDenied: 'KMS_PERMISSION_DENIED',
  AccessDeniedException: 'KMS_PERMISSION_DENIED',
  NotAuthorized: 'KMS_PERMISSION_DENIED',
  OptInRequired: 'KMS_PERMISSION_DENIED',
  SubscriptionRequiredException: 'KMS_PERMISSION_DENIED',
  UnauthorizedOperation: 'KMS_PERMISSION_DENIED',
  AuthFailure: 'KMS_UNAUTHENTICATED',
  ExpiredToken: 'KMS_UNAUTHENTICATED',
  ExpiredTokenException: 'KMS_UNAUTHENTICATED',
  IncompleteSignature: 'KMS_UNAUTHENTICATED',
  IncompleteSignatureException: 'KMS_UNAUTHENTICATED',
  InvalidAccessKeyId: 'KMS_UNAUTHENTICATED',
  InvalidClientTokenId: 'KMS_UNAUTHENTICATED',
  InvalidSignatureException: 'KMS_UNAUTHENTICATED',
  MissingAuthenticationToken: 'KMS_UNAUTHENTICATED',
  MissingAuthenticationTokenException: 'KMS_UNAUTHENTICATED',
  SignatureDoesNotMatch: 'KMS_UNAUTHENTICATED',
  UnrecognizedClientException: 'KMS_UNAUTHENTICATED',
  RequestExpired: 'KMS_CLOCK_SKEW',
  RequestInTheFuture: 'KMS_CLOCK_SKEW',
  RequestTimeTooSkewed: 'KMS_CLOCK_SKEW',
  BandwidthLimitExceeded: 'KMS_THROTTLED',
  EC2ThrottledException: 'KMS_THROTTLED',
  PriorRequestNotComplete: 'KMS_THROTTLED',
  ProvisionedThroughputExceededException: 'KMS_THROTTLED',
  RequestLimitExceeded: 'KMS_THROTTLED',
  RequestThrottled: 'KMS_THROTTLED',
  RequestThrottledException: 'KMS_THROTTLED',
  SlowDown: 'KMS_THROTTLED',
  ThrottledException: 'KMS_THROTTLED',
  Throttling: 'KMS_THROTTLED',
  ThrottlingException: 'KMS_THROTTLED',
  TooManyRequestsException: 'KMS_THROTTLED',
  LimitExceededException: 'KMS_QUOTA_EXCEEDED',
  ServiceQuotaExceededException: 'KMS_QUOTA_EXCEEDED',
  InvalidAction: 'KMS_INVALID_ARGUMENT',
  InvalidParameterCombination: 'KMS_INVALID_ARGUMENT',
  InvalidParameterValue: 'KMS_INVALID_ARGUMENT',
  InvalidQueryParameter: 'KMS_INVALID_ARGUMENT',
  MalformedQueryString: 'KMS_INVALID_ARGUMENT',
  MissingAction: 'KMS_INVALID_ARGUMENT',
  MissingParameter: 'KMS_INVALID_ARGUMENT',
  SerializationException: 'KMS_INVALID_ARGUMENT',
  UnknownOperationException: 'KMS_INVALID_ARGUMENT',
  ValidationError: 'KMS_INVALID_ARGUMENT',
  ValidationException: 'KMS_INVALID_ARGUMENT',
  InternalFailure: 'KMS_INTERNAL',
  InternalServerError: 'KMS_INTERNAL',
  InternalServerException: 'KMS_INTERNAL',
  InternalServiceError: 'KMS_INTERNAL',
  RequestTimeout: 'KMS_TIMEOUT',
  RequestTimeoutException: 'KMS_TIMEOUT',
  ServiceUnavailable: 'KMS_UNAVAILABLE',
  ServiceUnavailableException: 'KMS_UNAVAILABLE',
})

/** Codes that a wrong endpoint or region explains. */
const ADDRESS_CODES = new Set([
  'NotFoundException',
  'InvalidArnException',
  'UnknownOperationException',
  'InvalidAction',
])
/** Codes under which a wrong clock hides. */
const SIGNATURE_CODES = new Set(['InvalidSignatureException', 'SignatureDoesNotMatch'])

/** For answers whose code says nothing. */
const STATUSES: Readonly<Record<string, KmsErrorCode>> = table({
  '401': 'KMS_UNAUTHENTICATED',
  '403': 'KMS_PERMISSION_DENIED',
  // KMS has one path and says NotFoundException with 400: something else listens at the endpoint.
  '404': 'KMS_INVALID_ARGUMENT',
  '408': 'KMS_TIMEOUT',
  '413': 'KMS_MESSAGE_TOO_LARGE',
  '429': 'KMS_THROTTLED',
  '502': 'KMS_UNAVAILABLE',
  '503': 'KMS_UNAVAILABLE',
  '504': 'KMS_TIMEOUT',
})

const TRANSPORT = {
  HTTP_TIMEOUT: { code: 'KMS_TIMEOUT' },
  HTTP_CONNECT: { code: 'KMS_NETWORK' },
  HTTP_TLS: { code: 'KMS_NETWORK', retry: 'never' },
  HTTP_RESET: { code: 'KMS_NETWORK' },
  HTTP_REDIRECT: { code: 'KMS_INVALID_RESPONSE', retry: 'never' },
  HTTP_BODY_TOO_LARGE: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_BODY_TRUNCATED: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_BODY_MALFORMED: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_PROTOCOL: { code: 'KMS_INVALID_RESPONSE' },
  HTTP_CLOSED: { code: 'KMS_SIGNER_CLOSED' },
} as const satisfies Record<HttpErrorCode, Rule>

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
/** A Date header says whole seconds: the server's time is up to this much later. */
const DATE_PRECISION_MS = 999

/** Puts a failure into the terms of the error model. Pure; provider code first, HTTP status second, transport third. */
export function mapError(error: unknown, place: Place): MappedError {
  if (isHttpError(error)) return fromTransport(error, place)
  if (isAwsFailure(error)) return fromFailure(error)
  const read = readError(error)
  if (NO_CREDENTIALS.test(read.name) || NO_CREDENTIALS_WORDS.test(read.message)) {
    return defined({ code: 'KMS_CREDENTIALS_UNAVAILABLE', phase: 'connect', providerMessage: readable(read.message) })
  }
  const { status = 0 } = read
  // The SDK makes an `UnknownError` of a redirect; ours is refused before the SDK sees it.
  if (status >= 300 && status < 400) return { ...unreadable(read, place), retry: 'never' }
  if (read.isService || PROVIDER_CODES[read.name] !== undefined) return fromService(read, place)
  if (status !== 0) return unreadable(read, place)
  return fromNode(read)
}

/** Whether KMS said that a signature does not match, which is an answer and no failure. */
export function isInvalidSignature(error: unknown): boolean {
  return readError(error).name === 'KMSInvalidSignatureException'
}

function fromService(read: ReadError, place: Place): MappedError {
  const { name, status = 0 } = read
  const known = PROVIDER_CODES[name] ?? byStatus(status)
  const code = SIGNATURE_CODES.has(name) && isClockSkew(read) ? 'KMS_CLOCK_SKEW' : known
  const message = readable(read.message)
  const addressed = ADDRESS_CODES.has(name) && place.where !== ''
  const providerMessage = addressed ? [message, `asked at ${place.where}`].filter(Boolean).join('; ') : message
  return defined({ ...answer(read), code, providerCode: name, providerMessage })
}

/** The service says so, or its Date does: then the request's own time is known. */
function isClockSkew({ message, headers, sentAt }: ReadError): boolean {
  if (SKEW_WORDS.test(message)) return true
  const date = serverDate(headers)
  if (date === undefined || sentAt === undefined) return false
  return sentAt - date >= CLOCK_WINDOW_MS || date + DATE_PRECISION_MS - sentAt >= CLOCK_WINDOW_MS
}

/** An answer that the SDK could not read; its status may say enough. What the SDK says of it quotes the body. */
function unreadable(read: ReadError, { where }: Place): MappedError {
  const { status = 0 } = read
  const providerMessage = `The answer is not what AWS KMS sends${where === '' ? '' : `; asked at ${where}`}`
  return defined({ ...answer(read), code: byStatusAlone(status) ?? 'KMS_INVALID_RESPONSE', providerMessage })
}

function byStatus(status: number): KmsErrorCode {
  return byStatusAlone(status) ?? 'KMS_UNKNOWN'
}

/** What a status says without a body. With 400 KMS says everything from throttling to a wrong parameter: nothing. */
function byStatusAlone(status: number): KmsErrorCode | undefined {
  return STATUSES[String(status)] ?? (status >= 500 ? 'KMS_INTERNAL' : undefined)
}

function answer({ status, requestId, headers }: ReadError): Omit<MappedError, 'code'> {
  const date = serverDate(headers)
  return defined({
    phase: 'response',
    httpStatus: status,
    requestId,
    retryAfterMs: waitAsked(headers, date),
    serverDate: date,
  })
}

/** `x-amz-retry-after` is in milliseconds. */
function waitAsked(headers: ReadError['headers'], date: number | undefined): number | undefined {
  const amazon = headers['x-amz-retry-after']
  if (amazon !== undefined && /^\d{1,12}$/.test(amazon)) return Number(amazon)
  return retryAfterMs(headers, date ?? Number.POSITIVE_INFINITY)
}

function fromFailure(failure: AwsFailure): MappedError {
  const rule: Rule = FAILURES[failure.kind] ?? { code: 'KMS_UNKNOWN' }
  const { status, requestId } = failure
  const phase = status === undefined ? 'connect' : 'response'
  return defined({ ...rule, phase, httpStatus: status, requestId, providerMessage: failure.message })
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

function fromTransport(error: HttpError, { where }: Place): MappedError {
  const { status, headers } = error
  const said = status === undefined ? undefined : byStatusAlone(status)
  const rule: Rule = said ? { code: said } : (TRANSPORT[error.code] ?? { code: 'KMS_NETWORK' })
  const redirected = error.code === 'HTTP_REDIRECT'
  const date = headers && serverDate(headers)
  return defined({
    ...rule,
    phase: error.phase,
    reusedConnection: error.reusedConnection,
    providerCode: error.systemCode,
    providerMessage: redirected ? `${where || 'AWS KMS'} answers with a redirect, which is never followed` : undefined,
    httpStatus: status,
    retryAfterMs: headers && waitAsked(headers, date),
    serverDate: date,
  })
}

function table<T extends Readonly<Record<string, KmsErrorCode>>>(rows: T): Readonly<Record<string, KmsErrorCode>> {
  return Object.freeze(Object.assign(Object.create(null), rows))
}

/** The same without the fields that are undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as { [K in keyof T]: Exclude<T[K], undefined> }
}
