import { createPublicKey } from 'node:crypto'
import { isKmsError, type Signer } from '@kmsign/core'
import { MARKED_CREDENTIALS, type OurClient, rawTarget } from '../clients/client.ts'
import { createSigner } from '../clients/kmsign.ts'
import { describeError } from './error-text.ts'
import { createJudge } from './judge.ts'
import { createTally, inParallel } from './workers.ts'

export interface FuzzAnswersInput {
  readonly client: OurClient
  readonly url: string
  readonly cases: number
  readonly concurrency: number
  readonly spki: Uint8Array
}

export interface FuzzDefect {
  readonly index: number
  readonly what: string
}

export interface FuzzAnswersOutput {
  readonly cases: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly defects: readonly FuzzDefect[]
  readonly defectCount: number
  readonly slowestMs: number
}

const LIMITS = { attemptTimeoutMs: 800, timeoutMs: 2_500, maxAttempts: 1 } as const
/** Beyond both limits by more than a busy loop explains. */
const HANG_MS = 5_000
const KEPT_DEFECTS = 20
const MAX_JSON_BYTES = 2_048

/** The number of the case is part of what is asked, so that the server can spoil its answer in the same way again. */
export const FUZZ_PREFIX = 'kmsign-fuzz-'

/** Feeds the readers of one adapter with spoilt answers, through the door that everybody uses. */
export async function runFuzzAnswers(input: FuzzAnswersInput): Promise<FuzzAnswersOutput> {
  const { client, url, cases, concurrency, spki } = input
  const [outcomes, defects]: [ReturnType<typeof createTally>, FuzzDefect[]] = [createTally(), []]
  let [defectCount, slowestMs] = [0, 0]
  const found = (index: number, what: string): void => {
    defectCount += 1
    if (defects.length < KEPT_DEFECTS) defects.push({ index, what })
  }
  let running = 0
  process.on('uncaughtException', (error) => found(running, `uncaught ${describeError(error).summary}`))
  process.on('unhandledRejection', (reason) => found(running, `unhandled ${describeError(reason).summary}`))
  const attempt = createAttempts(client, url, spki)
  await inParallel(cases, concurrency, async (index) => {
    running = index
    const startedAt = performance.now()
    try {
      const wrong = await attempt(index)
      if (wrong !== undefined) found(index, wrong)
      outcomes.add('resolved')
    } catch (error) {
      outcomes.add(describeError(error).code)
      for (const wrong of faultsOf(error, index)) found(index, wrong)
    }
    const ms = performance.now() - startedAt
    slowestMs = Math.max(slowestMs, ms)
    if (ms > HANG_MS) found(index, `took ${Math.round(ms)} ms`)
  })
  return { cases, outcomes: outcomes.toRecord(), defects, defectCount, slowestMs }
}

/** Most cases sign; some fetch a public key, some have a signature verified by the provider. */
function createAttempts(client: OurClient, url: string, spki: Uint8Array) {
  const judge = createJudge(spki)
  const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const signer = createSigner(client, rawTarget(url), { ...LIMITS, publicKey })
  const fetchKey = async (index: number): Promise<undefined> => {
    const other: Signer = createSigner(client, rawTarget(url, `${FUZZ_PREFIX}${index}`), LIMITS)
    try {
      const { spki: fetched } = await other.getPublicKey()
      createPublicKey({ key: Buffer.from(fetched), format: 'der', type: 'spki' })
    } finally {
      await other.close({ timeoutMs: 1 })
    }
  }
  return async (index: number): Promise<string | undefined> => {
    const message = Buffer.from(`${FUZZ_PREFIX}${index}`)
    if (index % 20 === 1) return fetchKey(index)
    if (index % 10 === 2) {
      const verdict = await signer.verify(message, new Uint8Array(70), { mode: 'remote', keyVersion: '1' })
      return typeof verdict === 'boolean' ? undefined : 'a verdict that is no boolean'
    }
    const { signature, verified } = await signer.sign(message)
    if (!judge(message, signature)) return 'resolved with an invalid signature'
    return verified ? undefined : 'resolved without a check'
  }
}

/** Every part of a credential that is long enough to be of use, so that an altered copy counts too. */
const PART = 12
const SECRETS = Object.values(MARKED_CREDENTIALS).flatMap((secret) =>
  Array.from({ length: Math.max(1, secret.length - PART + 1) }, (_, at) => secret.slice(at, at + PART)),
)

function faultsOf(error: unknown, index: number): string[] {
  if (!isKmsError(error)) return [`untyped ${describeError(error).summary}`]
  const { whole, jsonBytes, jsonFails } = describeError(error)
  const message = Buffer.from(`${FUZZ_PREFIX}${index}`)
  const needles = [...SECRETS, message.toString('base64'), message.toString('latin1')]
  const shown = needles.filter((needle) => whole.includes(needle) && needle !== error.keyId)
  return [
    ...shown.map((needle) => `${error.code} shows ${needle}`),
    ...(/Signature=[0-9a-f]{8}/.test(whole) ? [`${error.code} shows an Authorization`] : []),
    ...(jsonFails ? [`${error.code} cannot be written as JSON`] : []),
    ...(jsonBytes > MAX_JSON_BYTES ? [`${error.code} takes ${jsonBytes} bytes as JSON`] : []),
  ]
}
