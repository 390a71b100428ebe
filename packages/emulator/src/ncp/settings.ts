import { choice, count, names, type Resolved, resolveSettings } from '../settings.ts'

/** What NAVER Cloud leaves open. Sections are those of the wire notes for NCP that this emulator was written from. */
export const NCP_SETTINGS = {
  padding: choice('pss', ['pkcs1'], 'RSA padding is not documented; PSS is the default of a transit engine (§6.2)'),
  salt: choice('max', ['digest'], 'PSS salt: as long as possible is the transit default (§6.2)'),
  hash: choice('sha256', ['sha384', 'sha512', 'sha1'], 'the hash is not documented (§6.1)', { drawn: false }),
  ecdsaEncoding: choice('der', ['p1363'], 'ECDSA encoding is not documented (§6.1)'),
  prehashed: choice(false, [true], 'whether `data` is hashed by the service or signed as a digest (§6.2)', {
    drawn: false,
  }),
  publicKeyForm: choice('pem', ['pkcs1'], 'PEM of SubjectPublicKeyInfo or, for RSA, PKCS#1 (§5.3)'),
  publicKeyNewline: choice('lf', ['crlf'], 'newlines inside the PEM string are not documented (§5.3)'),
  messageLimit: choice('encoded', ['decoded'], 'whether 8 KB bounds the base64 text or the bytes (§8)'),
  messageLimitBytes: count(8192, 1, 1_048_576, 'KB may mean 1,000 or 1,024 (§8)'),
  emptyMessage: choice('refuse', ['sign'], 'an empty `data` is not mentioned (§12.6)'),
  base64: choice('strict', ['lenient'], 'non-canonical base64 is not mentioned (§12.6)'),
  signaturePrefix: choice(
    'required',
    ['optional'],
    'a bare signature "cannot be verified" (§5.2); older editions are silent',
  ),
  badVersion: choice(
    'invalid',
    ['error'],
    'Verify with an unknown or disabled version: `valid` false or an error (§5.2)',
  ),
  validType: choice('boolean', ['string'], 'type column of `data.valid` differs between editions (§5.2)'),
  currentVersionDisabled: choice('refuse', ['sign'], 'Sign while the current version is disabled (§9)'),
  bothAuthHeaders: choice('token', ['reject'], 'token and account headers together (§4.3)'),
  signatureV1OnV2Stage: choice(
    false,
    [true],
    'the v1 header name with the three-line text, seen in 2023 and 2024 (§4.2)',
    {
      drawn: false,
    },
  ),
  generatorRotation: choice('invalidates', ['keeps'], 'effect of generator rotation on live tokens (§4.3)'),
  authErrorShape: choice('gateway', ['service'], 'body of authentication failures on API 2.0 hosts (§7.2)'),
  errorCodeType: choice('string', ['number'], 'type of `error.errorCode` (§7.1)'),
  serviceErrorStatus: choice('by-code', ['200'], 'HTTP status of service errors (§7.2)'),
  unknownKey: choice('service', ['gateway'], 'unknown key: NOT_FOUND of the service or gateway 404/300 (§7)'),
  contentType: choice(
    'application/json;charset=UTF-8',
    ['application/json', 'text/plain;charset=UTF-8'],
    'Content-Type of answers (§5)',
  ),
  keyListName: choice('keyList', ['KeyList'], 'spelling differs between editions (§5.4)'),
  throttleCode: choice('410', ['420', '400'], 'gateway code of a 429; which one is not said (§7.1)'),
  traceId: choice(true, [false], 'the x-ncp-trace-id header was only observed (§7.1)'),
  clockWindowMs: count(300_000, 1, 86_400_000, 'a difference of five minutes or more is refused (§4.1)'),
  ratePerSecond: count(0, 0, 1_000_000, 'requests per second and key, 0 is off; the documents say 300 per key (§8)'),
  deniedOperations: names('operations for which the caller has no permission (§4.4)'),
} as const

export type NcpSettings = Resolved<typeof NCP_SETTINGS>

/** The settings that a single key may carry, because they describe what made its signatures. */
export const NCP_KEY_SETTINGS = {
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
