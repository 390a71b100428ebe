import { createHash } from 'node:crypto'
import type { KmsErrorCode, Signer, SignerCapabilities, SignResult } from '@kmsign/core'
import type { EmulatedCloud } from './cloud.ts'

/** What a case may use: a cloud, and faults for its next sign requests. */
export interface Stage {
  readonly cloud: EmulatedCloud
  spoil(kind: 'throttle' | 'hang', times: number): void
}

export interface Expectation {
  readonly outcome: KmsErrorCode | 'signed' | 'aborted'
  readonly attempts?: number
}

/** One thing that goes wrong in production. The same for every cloud, as is what must come of it. */
export interface TroubleCase {
  readonly title: string
  prepare(stage: Stage): Promise<Signer>
  /** Default: sign a short message. */
  readonly act?: (signer: Signer) => Promise<SignResult>
  readonly expect: (capabilities: SignerCapabilities) => Expectation
}

const MESSAGE = Buffer.from('a short message', 'utf8')
const LONG_MESSAGE = new Uint8Array(9_000)
const ATTEMPT_TIMEOUT_MS = 150
const PATIENCE_MS = 100

/** Why the caller of {@link signImpatiently} gave up; it comes back as it is. */
export const GIVEN_UP = new Error('The caller gave up')

export const TROUBLE_CASES: readonly TroubleCase[] = [
  {
    title: 'The key is disabled',
    prepare: async ({ cloud }) => {
      const keyId = await cloud.createKey()
      cloud.disableKey(keyId)
      return cloud.open(keyId)
    },
    expect: () => ({ outcome: 'KMS_KEY_STATE' }),
  },
  {
    title: 'There is no such key',
    prepare: async ({ cloud }) => cloud.open(cloud.absentKeyId),
    expect: () => ({ outcome: 'KMS_KEY_NOT_FOUND' }),
  },
  {
    title: 'The secret is wrong',
    prepare: async ({ cloud }) => cloud.open(await cloud.createKey(), { secret: 'a-mistyped-secret' }),
    expect: () => ({ outcome: 'KMS_UNAUTHENTICATED' }),
  },
  {
    title: `The message has ${LONG_MESSAGE.length} bytes`,
    prepare: ({ cloud }) => cloud.narrowest(),
    act: (signer) => signer.sign(LONG_MESSAGE),
    expect: ({ maxMessageBytes }) =>
      maxMessageBytes === undefined ? { outcome: 'signed' } : { outcome: 'KMS_MESSAGE_TOO_LARGE', attempts: 0 },
  },
  {
    title: 'The message was hashed elsewhere',
    prepare: ({ cloud }) => cloud.narrowest(),
    act: (signer) => signer.signDigest(createHash('sha256').update(LONG_MESSAGE).digest()),
    expect: ({ digest }) => (digest ? { outcome: 'signed' } : { outcome: 'KMS_UNSUPPORTED', attempts: 0 }),
  },
  {
    title: 'Throttled twice, then served',
    prepare: async ({ cloud, spoil }) => {
      spoil('throttle', 2)
      return cloud.open(await cloud.createKey())
    },
    expect: () => ({ outcome: 'signed', attempts: 3 }),
  },
  {
    title: 'The server never answers',
    prepare: async ({ cloud, spoil }) => {
      spoil('hang', 2)
      const settings = { attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, maxAttempts: 2 }
      return knowing(cloud.open(await cloud.createKey(), settings))
    },
    expect: () => ({ outcome: 'KMS_TIMEOUT', attempts: 2 }),
  },
  {
    title: 'The caller gives up',
    prepare: async ({ cloud, spoil }) => {
      spoil('hang', 1)
      return cloud.open(await cloud.createKey())
    },
    act: signImpatiently,
    expect: () => ({ outcome: 'aborted' }),
  },
]

/** A signer that has the public key, so that only sign requests count. */
async function knowing(signer: Signer): Promise<Signer> {
  await signer.getPublicKey()
  return signer
}

async function signImpatiently(signer: Signer): Promise<SignResult> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(GIVEN_UP), PATIENCE_MS)
  try {
    return await signer.sign(MESSAGE, { signal: controller.signal })
  } finally {
    clearTimeout(timer)
  }
}

/** What a case does when it says nothing else. */
export async function signShortMessage(signer: Signer): Promise<SignResult> {
  return signer.sign(MESSAGE)
}
