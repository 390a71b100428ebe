/** Every code of the error model. May grow in a minor version: keep a default branch. */
export type KmsErrorCode =
  | 'KMS_INVALID_CONFIG'
  | 'KMS_INVALID_ARGUMENT'
  | 'KMS_MESSAGE_TOO_LARGE'
  | 'KMS_UNSUPPORTED'
  | 'KMS_KEY_MISMATCH'
  | 'KMS_KEY_VERSION_CHANGED'
  | 'KMS_KEY_NOT_FOUND'
  | 'KMS_KEY_STATE'
  | 'KMS_KEY_EXPIRED'
  | 'KMS_CREDENTIALS_UNAVAILABLE'
  | 'KMS_UNAUTHENTICATED'
  | 'KMS_CLOCK_SKEW'
  | 'KMS_PERMISSION_DENIED'
  | 'KMS_THROTTLED'
  | 'KMS_QUOTA_EXCEEDED'
  | 'KMS_UNAVAILABLE'
  | 'KMS_TIMEOUT'
  | 'KMS_NETWORK'
  | 'KMS_INVALID_RESPONSE'
  | 'KMS_INTEGRITY'
  | 'KMS_INTERNAL'
  | 'KMS_SIGNER_CLOSED'
  | 'KMS_UNKNOWN'

/** One row per error code; the documents are made from it. */
export interface ErrorRow {
  /** `once`: one repeat, after what the code names was corrected. `backoff`: repeats with growing, jittered waits. */
  readonly retry: 'never' | 'once' | 'backoff'
  /** Who can mend it. */
  readonly fault: 'caller' | 'provider' | 'transport'
  readonly meaning: string
  readonly remedy: string
}

const row = (retry: ErrorRow['retry'], fault: ErrorRow['fault'], meaning: string, remedy: string): ErrorRow =>
  Object.freeze({ retry, fault, meaning, remedy })

const ROWS = {
  KMS_INVALID_CONFIG: row(
    'never',
    'caller',
    'the options are wrong',
    'Correct every option named in `issues`; nothing was sent.',
  ),
  KMS_INVALID_ARGUMENT: row(
    'never',
    'caller',
    'an argument or parameter was refused',
    'Check the digest length, the region and the base URL, and that the service exists there.',
  ),
  KMS_MESSAGE_TOO_LARGE: row(
    'never',
    'caller',
    'the message is over the limit of this provider and algorithm',
    'Sign a shorter message, or use a key whose provider signs digests.',
  ),
  KMS_UNSUPPORTED: row(
    'never',
    'caller',
    'the adapter, the provider or this runtime lacks the algorithm or operation',
    'Ask `signer.capabilities` before the call, or choose another algorithm or key.',
  ),
  KMS_KEY_MISMATCH: row(
    'never',
    'caller',
    'the key does not fit what was declared',
    'Declare the algorithm and key spec that the key really has, or correct the pinned public key.',
  ),
  KMS_KEY_VERSION_CHANGED: row(
    'never',
    'caller',
    'another version of the key signed than the one asked for',
    'Ask for the current version, or pin its public key too.',
  ),
  KMS_KEY_NOT_FOUND: row(
    'never',
    'caller',
    'the provider does not know this key',
    'Check the key name, the region or zone, and the account of the credentials.',
  ),
  KMS_KEY_STATE: row(
    'never',
    'caller',
    'the state of the key forbids the operation',
    'Enable the key, cancel its deletion or import its material.',
  ),
  KMS_KEY_EXPIRED: row(
    'never',
    'caller',
    'the key material has expired',
    'Import fresh key material or use another key.',
  ),
  KMS_CREDENTIALS_UNAVAILABLE: row(
    'backoff',
    'caller',
    'the credentials could not be had',
    'See `cause` or `providerMessage`: the credentials function failed, or gave something else than credentials.',
  ),
  KMS_UNAUTHENTICATED: row(
    'once',
    'caller',
    'the provider did not accept the credentials',
    'Check access key, secret and token; they may be mistyped, expired or revoked.',
  ),
  KMS_CLOCK_SKEW: row(
    'once',
    'caller',
    "the request's time is outside the provider's window",
    'Correct the clock of this machine.',
  ),
  KMS_PERMISSION_DENIED: row(
    'never',
    'caller',
    'the credentials are valid but may not do this',
    'Grant the operation on this key, and check that the account has subscribed to the service.',
  ),
  KMS_THROTTLED: row(
    'backoff',
    'caller',
    'too many requests for the rate allowed',
    'Send fewer requests at once (`rateLimit`), or ask the provider for a higher rate.',
  ),
  KMS_QUOTA_EXCEEDED: row(
    'never',
    'caller',
    'a quota that is not a rate is used up',
    'Raise the quota with the provider; waiting does not help.',
  ),
  KMS_UNAVAILABLE: row(
    'backoff',
    'provider',
    'the service is not available at the moment',
    'Try again later; look at the provider’s status page.',
  ),
  KMS_TIMEOUT: row(
    'backoff',
    'transport',
    'no complete answer in time',
    'Try again, or raise `timeoutMs` and `attemptTimeoutMs`; `cause` has the last failure.',
  ),
  KMS_NETWORK: row(
    'backoff',
    'transport',
    'the connection failed',
    'Check name resolution, route, proxy and certificate authorities (`tls.ca`).',
  ),
  KMS_INVALID_RESPONSE: row(
    'once',
    'provider',
    'the answer is not what the provider documents',
    'Check that the base URL leads to the provider and not to a proxy page; else report it.',
  ),
  KMS_INTEGRITY: row(
    'once',
    'provider',
    'the signature or key id in the answer does not check out',
    'Do not use the answer; check for a proxy that alters traffic, and report it to the provider.',
  ),
  KMS_INTERNAL: row('backoff', 'provider', 'the provider failed', 'Try again later; give the provider the request id.'),
  KMS_SIGNER_CLOSED: row('never', 'caller', 'the signer is closed', 'Make a new signer.'),
  KMS_UNKNOWN: row(
    'never',
    'caller',
    'the provider refused with a code that is not known here',
    'See `providerCode` and `providerMessage`.',
  ),
} satisfies Record<KmsErrorCode, ErrorRow>

/** Code, retry rule, fault, meaning and remedy of every error code. No prototype, so only codes are found in it. */
export const KMS_ERRORS: Readonly<Record<KmsErrorCode, ErrorRow>> = Object.freeze(
  Object.assign(Object.create(null), ROWS),
)
