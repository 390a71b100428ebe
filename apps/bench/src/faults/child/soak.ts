import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isKmsError, type Signer } from '@kmsign/core'
import { MARKED_CREDENTIALS, OUR_CLIENTS, type OurClient, rawTarget } from '../clients/client.ts'
import { createSigner } from '../clients/kmsign.ts'
import { createRandom, mixSeeds } from '../random.ts'
import { describeError } from './error-text.ts'
import { createJudge, type Judge } from './judge.ts'
import { settle } from './peak-memory.ts'
import { createTally, inParallel } from './workers.ts'

export interface SoakInput {
  readonly urls: Readonly<Record<OurClient, string>>
  readonly signatures: number
  readonly concurrency: number
  readonly seed: number
  readonly spki: Uint8Array
}

export interface SoakOutput {
  readonly signed: number
  readonly invalid: number
  readonly unverified: number
  readonly untyped: number
  readonly failures: Readonly<Record<string, number>>
  readonly seconds: number
  readonly credentialsFetched: number
  /** Heap in use after garbage collection with no call under way: once warm, then after each tenth of the calls. */
  readonly heapBytes: readonly number[]
  readonly strays: readonly string[]
  readonly warnings: readonly string[]
  readonly openSockets: number
  readonly listeners: number
}

const STAGES = 10
const CREDENTIALS_LIFE_MS = 2_000
/** Long enough that a busy machine does not look like a lost answer. */
const ATTEMPT_TIMEOUT_MS = 2_000
const WARM_CALLS = 1_500
/** The AWS SDK tells of the Node versions to come; that is no word about us. */
const NODE_SUPPORT = 'NodeVersionSupportWarning'

interface Score {
  signed: number
  invalid: number
  unverified: number
  untyped: number
}

/** Three clouds at once, one signal that outlives every call, credentials that change all the time. */
export async function runSoak({ urls, signatures, concurrency, seed, spki }: SoakInput): Promise<SoakOutput> {
  const oddities = watchProcess()
  const [judge, failures, heapBytes]: [Judge, ReturnType<typeof createTally>, number[]] = [
    createJudge(spki),
    createTally(),
    [],
  ]
  const { signal } = new AbortController()
  const rotation = createRotation()
  const signers = OUR_CLIENTS.map((name) =>
    createSigner(name, rawTarget(urls[name]), { attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, rotate: rotation.next }),
  )
  const score: Score = { signed: 0, invalid: 0, unverified: 0, untyped: 0 }
  const one = async (signer: Signer | undefined, message: Buffer): Promise<void> => {
    try {
      const result = await signer?.sign(message, { signal })
      if (result === undefined) return
      score.signed += 1
      if (!result.verified) score.unverified += 1
      if (!judge(message, result.signature)) score.invalid += 1
    } catch (error) {
      if (!isKmsError(error)) score.untyped += 1
      failures.add(describeError(error).code)
    }
  }
  const stage = (calls: number, from: number): Promise<void> =>
    inParallel(calls, concurrency, async (index) => {
      const message = createRandom(mixSeeds(seed, from + index)).bytes(40)
      await one(signers[index % signers.length], message)
    })
  await stage(WARM_CALLS, 0)
  const startedAt = performance.now()
  for (let done = 0; done <= STAGES; done += 1) {
    await settle()
    heapBytes.push(process.memoryUsage().heapUsed)
    if (done < STAGES) await stage(Math.ceil(signatures / STAGES), WARM_CALLS + done * signatures)
  }
  const seconds = (performance.now() - startedAt) / 1000
  await Promise.all(signers.map((signer) => signer.close()))
  await sleep(200)
  return {
    ...score,
    ...{ seconds, heapBytes, failures: failures.toRecord(), credentialsFetched: rotation.fetched() },
    ...oddities,
    openSockets: process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length,
    listeners: getEventListeners(signal, 'abort').length,
  }
}

function watchProcess() {
  const [strays, warnings]: [string[], string[]] = [[], []]
  process.on('uncaughtException', (error) => strays.push(describeError(error).summary))
  process.on('unhandledRejection', (reason) => strays.push(describeError(reason).summary))
  process.on('warning', ({ name, message }) => {
    if (!message.includes(NODE_SUPPORT)) warnings.push(`${name}: ${message}`)
  })
  return { strays, warnings }
}

/** One function for all signers, so that it is called once for all of them. */
function createRotation() {
  let fetched = 0
  return {
    fetched: () => fetched,
    next: async () => {
      fetched += 1
      await sleep(5)
      const sessionToken = `${MARKED_CREDENTIALS.sessionToken}${fetched}`
      return { ...MARKED_CREDENTIALS, sessionToken, expiresAt: new Date(Date.now() + CREDENTIALS_LIFE_MS) }
    },
  }
}
