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
  /** Who can fix it. */
  readonly fault: 'caller' | 'provider' | 'transport'
  readonly meaning: string
  readonly remedy: string
}

type Row = readonly [meaning: string, remedy: string, retry?: ErrorRow['retry'], fault?: ErrorRow['fault']]

/** Never repeated and the caller's to fix, unless the row says otherwise. */
const ROWS: Readonly<Record<KmsErrorCode, Row>> = {
  KMS_INVALID_CONFIG: ['the options are wrong', 'Correct every option named in `issues`; nothing was sent.'],
  KMS_INVALID_ARGUMENT: [
    'an argument or parameter was refused',
    'Check the digest length, the region and the base URL, and that the service exists there.',
  ],
  KMS_MESSAGE_TOO_LARGE: [
    'the message is over the limit of this provider and algorithm',
    'Sign a shorter message, or use a key whose provider signs digests.',
  ],
  KMS_UNSUPPORTED: [
    'the adapter, the provider or this runtime lacks the algorithm or operation',
    'Ask `signer.capabilities` before the call, or choose another algorithm or key.',
  ],
  KMS_KEY_MISMATCH: [
    'the key does not fit what was declared',
    'Declare the algorithm and key spec that the key really has, or correct the pinned public key.',
  ],
  KMS_KEY_VERSION_CHANGED: [
    'another version of the key signed than the one asked for',
    'Ask for the current version, or pin its public key too.',
  ],
  KMS_KEY_NOT_FOUND: [
    'the provider does not know this key',
    'Check the key name, the region or zone, and the account of the credentials.',
  ],
  KMS_KEY_STATE: [
    'the state of the key forbids the operation',
    'Enable the key, cancel its deletion or import its material.',
  ],
  KMS_KEY_EXPIRED: ['the key material has expired', 'Import fresh key material or use another key.'],
  KMS_CREDENTIALS_UNAVAILABLE: [
    'the credentials could not be had',
    'See `cause` or `providerMessage`: the credentials function failed, or gave something else than credentials.',
    'backoff',
  ],
  KMS_UNAUTHENTICATED: [
    'the provider did not accept the credentials',
    'Check access key, secret and token; they may be mistyped, expired or revoked.',
    'once',
  ],
  KMS_CLOCK_SKEW: ["the request's time is outside the provider's window", 'Correct the clock of this machine.', 'once'],
  KMS_PERMISSION_DENIED: [
    'the credentials are valid but may not do this',
    'Grant the operation on this key, and check that the account has subscribed to the service.',
  ],
  KMS_THROTTLED: [
    'too many requests for the rate allowed',
    'Send fewer requests at once (`rateLimit`), or ask the provider for a higher rate.',
    'backoff',
  ],
  KMS_QUOTA_EXCEEDED: [
    'a quota that is not a rate is used up',
    'Raise the quota with the provider; waiting does not help.',
  ],
  KMS_UNAVAILABLE: [
    'the service is not available at the moment',
    'Try again later; look at the provider’s status page.',
    'backoff',
    'provider',
  ],
  KMS_TIMEOUT: [
    'no complete answer in time',
    'Try again, or raise `timeoutMs` and `attemptTimeoutMs`; `cause` has the last failure.',
    'backoff',
    'transport',
  ],
  KMS_NETWORK: [
    'the connection failed',
    'Check name resolution, route, proxy and certificate authorities (`tls.ca`).',
    'backoff',
    'transport',
  ],
  KMS_INVALID_RESPONSE: [
    'the answer is not what the provider documents',
    'Check that the base URL leads to the provider and not to a proxy page; else report it.',
    'once',
    'provider',
  ],
  KMS_INTEGRITY: [
    'the signature or key id in the answer does not check out',
    'Do not use the answer; check for a proxy that alters traffic, and report it to the provider.',
    'once',
    'provider',
  ],
  KMS_INTERNAL: ['the provider failed', 'Try again later; give the provider the request id.', 'backoff', 'provider'],
  KMS_SIGNER_CLOSED: ['the signer is closed', 'Make a new signer.'],
  KMS_UNKNOWN: ['the provider refused with a code that is not known here', 'See `providerCode` and `providerMessage`.'],
}

/** Code, retry rule, fault, meaning and remedy of every error code. No prototype, so only codes are found in it. */
export const KMS_ERRORS: Readonly<Record<KmsErrorCode, ErrorRow>> = toTable()

function toTable(): Readonly<Record<KmsErrorCode, ErrorRow>> {
  const table: Record<KmsErrorCode, ErrorRow> = Object.create(null)
  for (const [code, [meaning, remedy, retry = 'never', fault = 'caller']] of Object.entries(ROWS)) {
    table[code as KmsErrorCode] = Object.freeze({ retry, fault, meaning, remedy })
  }
  return Object.freeze(table)
}
