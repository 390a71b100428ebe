import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientName, Target } from '../clients/client.ts'
import { createClient } from '../clients/create.ts'
import { describeError, type ErrorText } from './error-text.ts'
import { createJudge } from './judge.ts'

/** One call of one client against one server. */
export interface Case {
  readonly name: string
  readonly target: Target
  /** Calls before the one that is measured, whatever becomes of them. */
  readonly before: number
  /** The key that must have signed. */
  readonly spki: Uint8Array
}

export interface CallsInput {
  readonly client: ClientName
  readonly message: Uint8Array
  readonly cases: readonly Case[]
  /** A server that signs: the first call loads what a client needs, and is not measured. */
  readonly good: Target
  /** A call that has not settled by then counts as pending. */
  readonly limitMs: number
}

export interface CaseOutcome {
  readonly name: string
  readonly settled: 'resolved' | 'rejected' | 'pending'
  readonly ms: number
  readonly valid: boolean
  /** As base64, when there is one: who made it can be looked up. */
  readonly signature?: string
  readonly error?: ErrorText
}

export interface CallsOutput {
  readonly outcomes: readonly CaseOutcome[]
  /** Rejections that nobody handled, and exceptions out of nowhere. */
  readonly strays: readonly string[]
}

const STAGGER_MS = 25
const PAUSE_MS = 30

/** All cases beside one another: most of the time they wait. */
export async function runCalls({ client, message, good, cases, limitMs }: CallsInput): Promise<CallsOutput> {
  const strays: string[] = []
  process.on('uncaughtException', (error) => strays.push(describeError(error).summary))
  process.on('unhandledRejection', (reason) => strays.push(describeError(reason).summary))
  const first = await createClient(client, good)
  await first.sign(message)
  await first.close()
  const outcomes = await Promise.all(
    cases.map(async (one, index) => {
      await sleep(index * STAGGER_MS)
      return runCase(client, message, one, limitMs)
    }),
  )
  return { outcomes, strays }
}

async function runCase(client: ClientName, message: Uint8Array, one: Case, limitMs: number): Promise<CaseOutcome> {
  const measured = await createClient(client, one.target)
  for (let call = 0; call < one.before; call += 1) {
    await measured.sign(message).catch(() => {})
    await sleep(PAUSE_MS)
  }
  const startedAt = performance.now()
  const settled = await Promise.race([
    measured.sign(message).then(
      (signature) => ({ settled: 'resolved' as const, signature }),
      (error: unknown) => ({ settled: 'rejected' as const, error: describeError(error) }),
    ),
    sleep(limitMs, { settled: 'pending' as const }, { ref: false }),
  ])
  const ms = performance.now() - startedAt
  await measured.close().catch(() => {})
  if (settled.settled !== 'resolved') return { name: one.name, ms, valid: false, ...settled }
  const { signature } = settled
  const valid = createJudge(one.spki)(message, signature)
  const text = signature instanceof Uint8Array ? Buffer.from(signature).toString('base64') : String(signature)
  return { name: one.name, settled: 'resolved', ms, valid, signature: text }
}
