import { type ErrorRow, KMS_ERRORS, type KmsErrorCode } from './error-table.ts'

export { KMS_ERRORS, type KmsErrorCode } from './error-table.ts'

/** What the signer was doing. */
export type KmsOperation = 'configure' | 'sign' | 'verify' | 'getPublicKey' | 'close'

/**
 * Everything that can go wrong in production. Recognise it with {@link isKmsError}, never with `instanceof`: two copies
 * of this package in one process make two classes.
 *
 * Holds no secret, token, Authorization value, message byte or signature; `JSON.stringify` works and stays small.
 */
export interface KmsError<C extends KmsErrorCode = KmsErrorCode> extends Error {
  /** What went wrong, the same in every cloud: a row of {@link KMS_ERRORS}. */
  readonly code: C
  /** The signer's `provider`; absent where there is none, as in offline verification. */
  readonly provider?: string
  /** The signer's `name`. */
  readonly signer?: string
  /** What the signer was doing. */
  readonly operation: KmsOperation
  /** As configured. */
  readonly keyId?: string
  /** The same call may succeed later. */
  readonly retryable: boolean
  /** Who has to act: `caller`, `provider`, or `transport` for the way between them. */
  readonly fault: ErrorRow['fault']
  /** The provider's own code, or the system's for a failed connection. */
  readonly providerCode?: string
  /** The provider's own words, control characters removed, at most 256 characters. */
  readonly providerMessage?: string
  /** Status of the last answer, where one had arrived. */
  readonly httpStatus?: number
  /** The provider's id of the last request, for support cases. */
  readonly requestId?: string
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs?: number
  /** Requests that were sent for the call; the public key asked for beside a signature is not counted. */
  readonly attempts: number
  /** `KMS_INVALID_CONFIG`: every problem at once, without values. */
  readonly issues?: readonly ConfigIssue[]
}

/** One problem of the options. */
export interface ConfigIssue {
  /** The option, with dots for nested ones. */
  readonly path: string
  /** What is wrong and what is expected, without the value. */
  readonly message: string
}

/** What a `KmsError` is made from. */
export interface KmsErrorFacts {
  /** See {@link KmsError.operation}. */
  readonly operation: KmsOperation
  /** One sentence on this very case, without values. */
  readonly detail?: string | undefined
  /** See {@link KmsError.provider}. */
  readonly provider?: string | undefined
  /** See {@link KmsError.signer}. */
  readonly signer?: string | undefined
  /** See {@link KmsError.keyId}. */
  readonly keyId?: string | undefined
  /** Default: what the code says. */
  readonly retryable?: boolean | undefined
  /** See {@link KmsError.providerCode}. */
  readonly providerCode?: string | undefined
  /** See {@link KmsError.providerMessage}. */
  readonly providerMessage?: string | undefined
  /** See {@link KmsError.httpStatus}. */
  readonly httpStatus?: number | undefined
  /** See {@link KmsError.requestId}. */
  readonly requestId?: string | undefined
  /** See {@link KmsError.retryAfterMs}. */
  readonly retryAfterMs?: number | undefined
  /** Default 0. */
  readonly attempts?: number | undefined
  /** See {@link KmsError.issues}. */
  readonly issues?: readonly ConfigIssue[] | undefined
  /** What failed below, where it is the caller's own and may be shown. */
  readonly cause?: unknown
}

const MARKER = Symbol.for('kmsign.error')

class KmsErrorObject extends Error {
  /** The fields and the message, for logs: under 2 KB, without `cause` and stack. */
  toJSON(): object {
    const { name, message, ...fields } = { ...this, name: this.name, message: this.message }
    const { issues } = fields as { readonly issues?: readonly ConfigIssue[] }
    const [firstLine = ''] = message.split('\n')
    const short = Object.entries(fields).map(([field, value]) => [
      field,
      typeof value === 'string' ? cut(value, 192) : value,
    ])
    return {
      name,
      message: cut(firstLine, 384),
      ...Object.fromEntries(short),
      ...(issues && { issues: forLogs(issues) }),
    }
  }
}

function forLogs(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.slice(0, 6).map(({ path, message }) => ({ path: cut(path, 48), message: cut(message, 96) }))
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

Object.defineProperty(KmsErrorObject.prototype, MARKER, { value: true })
// Both names, because `inspect` shows the constructor's beside the error's own when they differ.
for (const named of [KmsErrorObject, KmsErrorObject.prototype]) {
  Object.defineProperty(named, 'name', { value: 'KmsError', configurable: true, writable: true })
}

/** Makes a {@link KmsError}; fields that are undefined are left out. For adapter authors and core itself. */
export function createKmsError<C extends KmsErrorCode>(code: C, facts: KmsErrorFacts): KmsError<C> {
  const row = KMS_ERRORS[code]
  const { detail, cause, issues, ...rest } = facts
  const error = new KmsErrorObject(messageOf(code, row, facts), cause === undefined ? undefined : { cause })
  const fields = {
    code,
    ...rest,
    retryable: facts.retryable ?? row.retry !== 'never',
    fault: row.fault,
    attempts: facts.attempts ?? 0,
    issues: issues && Object.freeze(issues.map((issue) => Object.freeze({ ...issue }))),
  }
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) Object.defineProperty(error, name, { value, enumerable: true })
  }
  return error as unknown as KmsError<C>
}

/**
 * Whether a value is a {@link KmsError}, and one of `codes` if any are given. Works across copies of this package,
 * module formats and realms. Never throws.
 */
export function isKmsError<C extends KmsErrorCode = KmsErrorCode>(error: unknown, ...codes: C[]): error is KmsError<C> {
  if (typeof error !== 'object' || error === null) return false
  const candidate = error as { [MARKER]?: unknown; code?: unknown }
  return candidate[MARKER] === true && (codes.length === 0 || codes.includes(candidate.code as C))
}

function messageOf(code: KmsErrorCode, row: ErrorRow, facts: KmsErrorFacts): string {
  const subject = facts.signer ?? facts.provider ?? 'kmsign'
  const what = facts.detail ?? row.meaning
  const from = facts.providerCode === undefined ? '' : ` (${facts.providerCode})`
  const issues = facts.issues?.map((issue) => `\n- ${issue.path}: ${issue.message}`).join('') ?? ''
  return `${subject}: ${facts.operation} failed, ${what}${from}. ${row.remedy} [${code}]${issues}`
}
