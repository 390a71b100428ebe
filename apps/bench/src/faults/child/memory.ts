import type { ClientName, Target } from '../clients/client.ts'
import { createClient } from '../clients/create.ts'
import { describeError } from './error-text.ts'
import { peakGrowth } from './peak-memory.ts'

export interface MemoryInput {
  readonly client: ClientName
  /** A server that signs, one that answers with a short page, and the one with the large body. */
  readonly good: Target
  readonly page: Target
  readonly large: Target
  readonly message: Uint8Array
  readonly warmCalls: number
}

export interface MemoryOutput {
  readonly growthBytes: number
  readonly outcome: string
}

const PAGE_CALLS = 5

/** One call with a large answer in a process that has signed, and failed, often enough to have its final size. */
export async function runMemory({ client, good, page, large, message, warmCalls }: MemoryInput): Promise<MemoryOutput> {
  const [right, wrong, measured] = await Promise.all([good, page, large].map((target) => createClient(client, target)))
  if (right === undefined || wrong === undefined || measured === undefined) throw new Error('There is no client')
  for (let call = 0; call < warmCalls; call += 1) await right.sign(message)
  for (let call = 0; call < PAGE_CALLS; call += 1) await wrong.sign(message).catch(() => {})
  let outcome = 'resolved'
  const growthBytes = await peakGrowth(async () => {
    await measured.sign(message).catch((error: unknown) => {
      outcome = describeError(error).code
    })
  })
  return { growthBytes, outcome }
}
