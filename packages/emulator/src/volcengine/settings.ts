import { choice, count, names, type Resolved, text } from '../settings.ts'

/** What Volcengine leaves open. Numbers in brackets are pages below volcengine.com/docs. */
export const VOLCENGINE_SETTINGS = {
  ecdsaEncoding: choice('der', ['p1363'], 'ECDSA encoding is nowhere stated (`6476/1337045`)'),
  sm2Encoding: choice('der', ['p1363'], 'SM2 encoding is nowhere stated (`6476/1337045`)'),
  salt: choice('digest', ['max', 'zero'], 'PSS salt length is nowhere stated (`6476/1337045`)'),
  sm2Raw: choice('za', ['plain'], 'RAW of SM2: SM3(ZA‖M), or SM3(M) without the user id (`6476/1337045`)'),
  sm2UserId: text('1234567812345678', 'the SM2 user id is nowhere stated (`6476/1337045`)'),
  publicKeyForm: choice(
    'pem',
    ['base64', 'wrapped-base64', 'pkcs1'],
    'the text says PEM, the sample is wrapped bare base64 (`6476/1337048`)',
  ),
  messageLimit: choice('decoded', ['encoded'], 'whether RAW 1–4096 counts bytes or base64 characters (`6476/1337045`)'),
  curveHashes: choice(
    'strict',
    ['any'],
    'which hash fits which curve: the table is linked and unreadable (`6476/1337045`)',
    {
      drawn: false,
    },
  ),
  mismatchCode: choice(
    'InvalidParameter',
    ['InvalidKeyUsage'],
    'algorithm that does not fit the key spec (`6476/1337045`)',
  ),
  conflict: choice('body', ['query', 'reject'], 'the same name in query and body with two values (`6476/71302`)'),
  selectorPriority: choice('KeyID', ['names', 'reject'], 'KeyID and names together (`6476/1337045`)'),
  timestampStatus: choice(
    400,
    [403],
    'pages disagree about the status of InvalidTimestamp (`6369/68677`, `6720/108305`)',
  ),
  codeN: choice(false, [true], 'whether KMS answers carry CodeN (`6476/71303`)'),
  clockWindowSeconds: count(900, 1, 86_400, 'default of X-Expires, both ways (`6369/67268`)'),
  signatureValidType: choice('boolean', ['string'], 'an older sample shows the string "true" (`6476/1337047`)'),
  updateDateUnit: choice('ms', ['s'], 'samples show 13 digits beside a 10-digit CreationDate (`6476/1337063`)'),
  archivedVerify: choice('allow', ['refuse'], 'effect of archiving on Verify (`6476/71338`)'),
  archivedPublicKey: choice('allow', ['refuse'], 'effect of archiving on GetPublicKey (`6476/71338`)'),
  disabledVerify: choice('refuse', ['allow'], 'Verify with a disabled key (`6476/71338`)'),
  disabledPublicKey: choice('allow', ['refuse'], 'GetPublicKey of a disabled key (`6476/71338`)'),
  pendingDeletePublicKey: choice('allow', ['refuse'], 'GetPublicKey of a key that waits for deletion (`6476/71338`)'),
  cancelDeletionState: choice('previous', ['Disable'], 'state after CancelKeyDeletion (`6476/71338`)'),
  throttleCode: choice(
    'Reject.Throttling.CMK',
    ['Reject.Throttling.Action', 'FlowLimitExceeded'],
    'which limit is hit first (`6476/71348`)',
  ),
  contentType: choice(
    'application/json; charset=utf-8',
    ['application/json'],
    'samples show no headers (`6476/71302`)',
  ),
  defaultPageSize: choice(20, [10], 'default of PageSize (`6476/1337063`)'),
  ratePerSecond: count(0, 0, 1_000_000, 'requests per second and key, 0 is off; no number is published (`6476/71348`)'),
  accountId: text('2100000001', 'appears in the TRN alone'),
  deniedOperations: names('operations for which the caller has no permission'),
} as const

export type VolcengineSettings = Resolved<typeof VOLCENGINE_SETTINGS>
