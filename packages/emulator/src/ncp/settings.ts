import { choice, count, names, type Resolved, resolveSettings } from '../settings.ts'

/** What NAVER Cloud leaves open. Names in brackets are pages below api.ncloud-docs.com/docs or its guides. */
export const NCP_SETTINGS = {
  padding: choice(
    'pss',
    ['pkcs1'],
    'RSA padding is not documented; PSS is the default of a transit engine (`security-kms2-sign` names none)',
  ),
  salt: choice(
    'max',
    ['digest'],
    'PSS salt: as long as possible is the transit default (`security-kms2-sign` names none)',
  ),
  hash: choice('sha256', ['sha384', 'sha512', 'sha1'], 'the hash is not documented (`security-kms2-sign` names none)', {
    drawn: false,
  }),
  ecdsaEncoding: choice('der', ['p1363'], 'ECDSA encoding is not documented (`security-kms2-sign` names none)'),
  prehashed: choice(
    false,
    [true],
    'whether `data` is hashed by the service or signed as a digest (`security-kms2-sign` names none)',
    {
      drawn: false,
    },
  ),
  publicKeyForm: choice(
    'pem',
    ['pkcs1'],
    'PEM of SubjectPublicKeyInfo or, for RSA, PKCS#1 (`security-kms2-public-key`)',
  ),
  publicKeyNewline: choice(
    'lf',
    ['crlf'],
    'newlines inside the PEM string are not documented (`security-kms2-public-key`)',
  ),
  messageLimit: choice(
    'decoded',
    ['encoded'],
    'whether 8 KB bounds the bytes or the base64 text (`security-kms2-sign`); a client cannot find out and must be told',
    { drawn: false },
  ),
  messageLimitBytes: count(8192, 1, 1_048_576, 'KB may mean 1,000 or 1,024 (`security-kms2-sign`)'),
  emptyMessage: choice('refuse', ['sign'], 'an empty `data` is not mentioned (`security-kms2-sign`)'),
  base64: choice('strict', ['lenient'], 'non-canonical base64 is not mentioned (`security-kms2-sign`)'),
  signaturePrefix: choice(
    'required',
    ['optional'],
    'a bare signature "cannot be verified" (`security-kms2-verify`); older editions are silent',
  ),
  badVersion: choice(
    'invalid',
    ['error'],
    'Verify with an unknown or disabled version: `valid` false or an error (`security-kms2-verify`)',
  ),
  validType: choice(
    'boolean',
    ['string'],
    'type column of `data.valid` differs between editions (`security-kms2-verify`)',
  ),
  currentVersionDisabled: choice(
    'refuse',
    ['sign'],
    'Sign while the current version is disabled (guide `kms-version`)',
  ),
  bothAuthHeaders: choice('token', ['reject'], 'token and account headers together (`security-kms2-token-set`)'),
  signatureV1OnV2Stage: choice(
    false,
    [true],
    'the v1 header name with the three-line text, seen in 2023 and 2024 (client code of that time)',
    {
      drawn: false,
    },
  ),
  generatorRotation: choice(
    'invalidates',
    ['keeps'],
    'effect of generator rotation on live tokens (`security-kms2-token-set`)',
  ),
  authErrorShape: choice(
    'gateway',
    ['service'],
    'body of authentication failures on API 2.0 hosts (`security-kms-overview`)',
  ),
  errorCodeType: choice('string', ['number'], 'type of `error.errorCode` (`api-call-lgc-errorhandling`)'),
  serviceErrorStatus: choice('by-code', ['200'], 'HTTP status of service errors (`security-kms-overview`)'),
  unknownKey: choice(
    'service',
    ['gateway'],
    'unknown key: NOT_FOUND of the service or gateway 404/300 (`security-kms-overview`)',
  ),
  contentType: choice(
    'application/json;charset=UTF-8',
    ['application/json', 'text/plain;charset=UTF-8'],
    'Content-Type of answers (`security-kms2-sign`)',
  ),
  keyListName: choice('keyList', ['KeyList'], 'spelling differs between editions (`security-kms2-key-list`)'),
  throttleCode: choice('410', ['420'], 'gateway code of a 429; which one is not said (`api-call-lgc-errorhandling`)'),
  traceId: choice(true, [false], 'the x-ncp-trace-id header was only observed (`api-call-lgc-errorhandling`)'),
  clockWindowMs: count(300_000, 1, 86_400_000, 'a difference of five minutes or more is refused (`security-kms`)'),
  ratePerSecond: count(
    0,
    0,
    1_000_000,
    'requests per second and key, 0 is off; the documents say 300 per key (`security-kms2-sign`)',
  ),
  deniedOperations: names('operations for which the caller has no permission (guide `kms-info`)'),
} as const

export type NcpSettings = Resolved<typeof NCP_SETTINGS>

/** The settings that a single key may carry, because they describe what made its signatures. */
const NCP_KEY_SETTINGS = {
  padding: NCP_SETTINGS.padding,
  salt: NCP_SETTINGS.salt,
  hash: NCP_SETTINGS.hash,
  ecdsaEncoding: NCP_SETTINGS.ecdsaEncoding,
  prehashed: NCP_SETTINGS.prehashed,
  publicKeyForm: NCP_SETTINGS.publicKeyForm,
} as const

export type NcpKeySettings = Resolved<typeof NCP_KEY_SETTINGS>

export function resolveNcpKeySettings(given: Readonly<Record<string, unknown>>, base: NcpSettings): NcpKeySettings {
  return resolveSettings('createKey', NCP_KEY_SETTINGS, given, {
    base,
    reserved: ['keyType', 'keyName', 'protectionType', 'memo', 'isConvergent', 'isAutoRotation', 'rotationPeriod'],
  })
}
