import { choice, count, names, type Resolved, text } from '../settings.ts'

/** What Volcengine leaves open. Sections are those of the wire notes for Volcengine that this emulator was written from. */
export const VOLCENGINE_SETTINGS = {
  ecdsaEncoding: choice('der', ['p1363'], 'ECDSA encoding is nowhere stated (§7.3)'),
  sm2Encoding: choice('der', ['p1363'], 'SM2 encoding is nowhere stated (§7.3)'),
  salt: choice('digest', ['max', 'zero'], 'PSS salt length is nowhere stated (§7.3)'),
  sm2Raw: choice('za', ['plain'], 'RAW of SM2: SM3(ZA‖M), or SM3(M) without the user id (§7.3)'),
  sm2UserId: text('1234567812345678', 'the SM2 user id is nowhere stated (§7.3)'),
  publicKeyForm: choice(
    'pem',
    ['base64', 'wrapped-base64', 'pkcs1'],
    'the text says PEM, the sample is wrapped bare base64 (§6.3)',
  ),
  messageLimit: choice('decoded', ['encoded'], 'whether RAW 1–4096 counts bytes or base64 characters (§6.1)'),
  curveHashes: choice('strict', ['any'], 'which hash fits which curve: the table is linked and unreadable (§7.2)', {
    drawn: false,
  }),
  mismatchCode: choice('InvalidParameter', ['InvalidKeyUsage'], 'algorithm that does not fit the key spec (§7.2)'),
  conflict: choice('body', ['query', 'reject'], 'the same name in query and body with two values (§2.4)'),
  selectorPriority: choice('KeyID', ['names', 'reject'], 'KeyID and names together (§6)'),
  timestampStatus: choice(400, [403], 'pages disagree about the status of InvalidTimestamp (§9.2)'),
  codeN: choice(false, [true], 'whether KMS answers carry CodeN (§9.1)'),
  clockWindowSeconds: count(900, 1, 86_400, 'default of X-Expires, both ways (§4.1)'),
  signatureValidType: choice('boolean', ['string'], 'an older sample shows the string "true" (§6.2)'),
  updateDateUnit: choice('ms', ['s'], 'samples show 13 digits beside a 10-digit CreationDate (§6.4)'),
  archivedVerify: choice('allow', ['refuse'], 'effect of archiving on Verify (§8)'),
  archivedPublicKey: choice('allow', ['refuse'], 'effect of archiving on GetPublicKey (§8)'),
  disabledVerify: choice('refuse', ['allow'], 'Verify with a disabled key (§8)'),
  disabledPublicKey: choice('allow', ['refuse'], 'GetPublicKey of a disabled key (§8)'),
  pendingDeletePublicKey: choice('allow', ['refuse'], 'GetPublicKey of a key that waits for deletion (§8)'),
  cancelDeletionState: choice('previous', ['Disable'], 'state after CancelKeyDeletion (§8)'),
  throttleCode: choice(
    'Reject.Throttling.CMK',
    ['Reject.Throttling.Action', 'FlowLimitExceeded'],
    'which limit is hit first (§9)',
  ),
  contentType: choice('application/json; charset=utf-8', ['application/json'], 'samples show no headers (§2.3)'),
  defaultPageSize: choice(20, [10], 'default of PageSize (§6.4)'),
  ratePerSecond: count(0, 0, 1_000_000, 'requests per second and key, 0 is off; no number is published (§9.3)'),
  accountId: text('2100000001', 'appears in the TRN alone'),
  deniedOperations: names('operations for which the caller has no permission'),
} as const

export type VolcengineSettings = Resolved<typeof VOLCENGINE_SETTINGS>
