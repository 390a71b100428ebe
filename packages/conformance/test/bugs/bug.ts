import { setTimeout as sleep } from 'node:timers/promises'
import type { SignerDriver } from '@kmsign/core/driver'
import type { GroupName } from '../../src/run.ts'
import type { Bug } from '../reference/adapter.ts'
import type { Credentials } from '../reference/backend.ts'

/** A bug and the test that names it. */
export interface SeededBug extends Bug {
  readonly bug: string
  readonly group: GroupName
  /** Part of the title of the tests of that group, one of which must fail. */
  readonly caughtBy: string
  /** The test that catches it may never end, since what it waits for never does. */
  readonly mayHang?: boolean
}

/** An adapter that signs messages only. */
export const MODEST = { digest: false, remoteVerify: false, messageBytes: [1, 1_000], rotation: false } as const

/** The driver with refusals that take as long as those of a busy cloud may. */
export function refusingSlowly(driver: SignerDriver<Credentials>): Partial<SignerDriver<Credentials>> {
  const { signPayload, verifyPayload, fetchPublicKey } = driver
  const late = async (error: unknown): Promise<never> => {
    await sleep(500)
    throw error
  }
  return {
    signPayload: (request, attempt) => signPayload(request, attempt).catch(late),
    ...(verifyPayload && { verifyPayload: (request, attempt) => verifyPayload(request, attempt).catch(late) }),
    ...(fetchPublicKey && { fetchPublicKey: (request, attempt) => fetchPublicKey(request, attempt).catch(late) }),
  }
}

/** Options of a call without its signal. */
export const deaf = <O extends { readonly signal?: AbortSignal }>({ signal: _ignored, ...options }: O = {} as O) =>
  options
