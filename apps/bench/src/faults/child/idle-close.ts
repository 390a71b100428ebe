import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientName, Target } from '../clients/client.ts'
import { createClient } from '../clients/create.ts'
import { createRandom, mixSeeds } from '../random.ts'
import { describeError } from './error-text.ts'
import { createJudge } from './judge.ts'
import { createTally } from './workers.ts'

export interface IdleCloseInput {
  readonly client: ClientName
  /** One lane for each: its own client, one call after the other. */
  readonly targets: readonly Target[]
  readonly callsPerLane: number
  /** When the servers close an idle connection. */
  readonly idleMs: number
  readonly spki: Uint8Array
  readonly seed: number
  /** After this no new call begins. */
  readonly limitMs: number
}

export interface IdleCloseOutput {
  readonly calls: number
  readonly succeeded: number
  readonly failures: Readonly<Record<string, number>>
  readonly slowestMs: number
}

/** Calls are this close to the moment of closing, before and after it. */
const SPREAD_MS = 2

export async function runIdleClose(input: IdleCloseInput): Promise<IdleCloseOutput> {
  const { client, targets, callsPerLane, idleMs, spki, seed, limitMs } = input
  const [judge, failures] = [createJudge(spki), createTally()]
  const total = { calls: 0, succeeded: 0, slowestMs: 0 }
  const until = performance.now() + limitMs
  const lane = async (target: Target, index: number): Promise<void> => {
    const random = createRandom(mixSeeds(seed, index))
    const measured = await createClient(client, target)
    for (let call = 0; call < callsPerLane && performance.now() < until; call += 1) {
      const message = random.bytes(32)
      const startedAt = performance.now()
      total.calls += 1
      try {
        if (judge(message, await measured.sign(message))) total.succeeded += 1
        else failures.add('no signature')
      } catch (error) {
        failures.add(describeError(error).code)
      }
      // The first call of a lane loads and connects.
      if (call > 0) total.slowestMs = Math.max(total.slowestMs, performance.now() - startedAt)
      await sleep(idleMs - SPREAD_MS + random.next() * 2 * SPREAD_MS)
    }
    await measured.close()
  }
  await Promise.all(targets.map(lane))
  return { ...total, failures: failures.toRecord() }
}
