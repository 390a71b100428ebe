import { isKmsError, type Signer } from '@kmsign/core'
import { OUR_CLIENTS, type OurClient, rawTarget } from '../clients/client.ts'
import { createSigner } from '../clients/kmsign.ts'
import { createRandom, mixSeeds, type Random } from '../random.ts'
import { createJudge, type Judge } from './judge.ts'
import { watchLoop } from './loop-delay.ts'
import { createTally, inParallel } from './workers.ts'

export interface DeadlinesInput {
  readonly urls: readonly string[]
  readonly spki: Uint8Array
  readonly calls: number
  readonly concurrency: number
  readonly seed: number
}

export interface DeadlinesOutput {
  readonly calls: number
  readonly resolved: number
  /** Invalid although the result says that it was checked. */
  readonly invalid: number
  /** Results that say that they were not checked, because no public key came in time; and the invalid ones of them. */
  readonly unverified: number
  readonly unverifiedInvalid: number
  readonly untyped: number
  /** Rejections after an abort with something else than the caller's own reason. */
  readonly wrongReasons: number
  /** Milliseconds after the limit, with and without the delay of the event loop. */
  readonly overrunsMs: readonly number[]
  readonly worstRawMs: number
  readonly worstLoopDelayMs: number
  readonly outcomes: Readonly<Record<string, number>>
}

interface Timing {
  readonly limitAt: number
  readonly settledAt: number
}

const WARM_CALLS = 20
const KEPT_OVERRUNS = 20

/** Calls with limits of their own, some aborted on the way, under a server that fails at random. */
export async function runDeadlines({ urls, spki, calls, concurrency, seed }: DeadlinesInput): Promise<DeadlinesOutput> {
  const signers = new Map<OurClient, readonly Signer[]>()
  for (const name of OUR_CLIENTS) {
    signers.set(
      name,
      urls.map((url) => createSigner(name, rawTarget(url), { attemptTimeoutMs: 400 })),
    )
  }
  const judge = createJudge(spki)
  const scores: Scores = {
    ...{ resolved: 0, invalid: 0, unverified: 0, unverifiedInvalid: 0, untyped: 0, wrongReasons: 0 },
  }
  const [tally, timings]: [ReturnType<typeof createTally>, Timing[]] = [createTally(), []]
  const call = async (index: number): Promise<Timing> => {
    const random = createRandom(mixSeeds(seed, index))
    const all = signers.get(random.pick(OUR_CLIENTS as [OurClient, ...OurClient[]])) ?? []
    const signer = all[random.below(all.length)]
    if (signer === undefined) throw new Error('There is no server to call')
    return callOnce(signer, random, judge, scores, tally.add)
  }
  await inParallel(WARM_CALLS, WARM_CALLS, async (index) => void (await call(calls + index)))
  const loop = watchLoop()
  await inParallel(calls, concurrency, async (index) => void timings.push(await call(index)))
  // One more turn, so that the last delay is written down.
  await new Promise((resolve) => setTimeout(resolve, 20))
  loop.stop()
  const overruns = timings.map(({ limitAt, settledAt }) => settledAt - limitAt - loop.delayWithin(limitAt, settledAt))
  return {
    calls,
    ...scores,
    overrunsMs: overruns.sort((left, right) => right - left).slice(0, KEPT_OVERRUNS),
    worstRawMs: Math.max(...timings.map(({ limitAt, settledAt }) => settledAt - limitAt)),
    worstLoopDelayMs: loop.worstMs,
    outcomes: tally.toRecord(),
  }
}

interface Scores {
  resolved: number
  invalid: number
  unverified: number
  unverifiedInvalid: number
  untyped: number
  wrongReasons: number
}

async function callOnce(
  signer: Signer,
  random: Random,
  judge: Judge,
  scores: Scores,
  count: (outcome: string) => void,
): Promise<Timing> {
  const message = random.bytes(40)
  const timeoutMs = 50 + random.below(1_200)
  const abortMs = random.chance(0.15) ? random.below(timeoutMs) : undefined
  const [controller, reason] = [new AbortController(), new Error('the caller has enough')]
  const startedAt = performance.now()
  let abortedAt = Number.POSITIVE_INFINITY
  const abort = (): void => {
    abortedAt = performance.now()
    controller.abort(reason)
  }
  const timer = abortMs === undefined ? undefined : setTimeout(abort, abortMs)
  try {
    const { signature, verified } = await signer.sign(message, { timeoutMs, signal: controller.signal })
    scores.resolved += 1
    if (!verified) scores.unverified += 1
    if (!judge(message, signature)) scores[verified ? 'invalid' : 'unverifiedInvalid'] += 1
    count('resolved')
  } catch (error) {
    const aborted = controller.signal.aborted
    if (isKmsError(error)) count(error.code)
    else if (error === reason) count('aborted')
    else scores.untyped += 1
    // An abort may come in the very moment in which the call fails by itself; from then on only the reason counts.
    if (aborted && error !== reason && performance.now() - abortedAt > 5) scores.wrongReasons += 1
  } finally {
    clearTimeout(timer)
  }
  return { limitAt: Math.min(startedAt + timeoutMs, abortedAt), settledAt: performance.now() }
}
