import { choice, count, names, type Resolved, text } from '../settings.ts'

/** AWS documents far more than the others; these are the few gaps, and limits that tests like to move. */
export const AWS_SETTINGS = {
  emptyMessage: choice('refuse', ['sign'], 'the text says 0–4096 bytes, the machine-readable model says at least 1'),
  pssVerifySalt: choice(
    'digest',
    ['any'],
    'salt lengths that Verify takes; Sign uses the digest length, as documented',
  ),
  sm2Region: choice('any', ['china'], 'SM2 keys exist in China Regions alone; tests want them everywhere', {
    drawn: false,
  }),
  clockWindowSeconds: count(300, 1, 86_400, 'a request is good for five minutes'),
  ratePerSecond: count(0, 0, 1_000_000, 'cryptographic requests per second and key family, 0 is off'),
  accountId: text('000000000000', 'appears in ARNs'),
  deniedOperations: names('operations for which the caller has no permission'),
} as const

export type AwsSettings = Resolved<typeof AWS_SETTINGS>
