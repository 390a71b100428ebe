import { type ClientName, isOurs, type Target } from '../clients/client.ts'
import { createClient } from '../clients/create.ts'
import { kmsignClient } from '../clients/kmsign.ts'
import { inParallel } from './workers.ts'

export interface OutageInput {
  readonly client: ClientName
  readonly target: Target
  readonly calls: number
  readonly concurrency: number
  readonly message: Uint8Array
  /** Ours only: the public key is known, as it is in a service that has signed before. */
  readonly publicKey?: Uint8Array
}

export interface OutageOutput {
  readonly resolved: number
  readonly rejected: number
  readonly ms: number
}

export async function runOutage(input: OutageInput): Promise<OutageOutput> {
  const { client, target, calls, concurrency, message, publicKey } = input
  const pinned = isOurs(client) && publicKey !== undefined ? kmsignClient(client, target, { publicKey }) : undefined
  const measured = pinned ?? (await createClient(client, target))
  const total = { resolved: 0, rejected: 0 }
  const startedAt = performance.now()
  await inParallel(calls, concurrency, async () => {
    await measured.sign(message).then(
      () => {
        total.resolved += 1
      },
      () => {
        total.rejected += 1
      },
    )
  })
  return { ...total, ms: performance.now() - startedAt }
}
