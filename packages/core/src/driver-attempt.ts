import { CancellationSource } from './cancellation.ts'
import type { Attempt } from './driver-contract.ts'

/** The attempt that a driver is given. A class, since a literal with an accessor is a hash table for every request. */
export class DriverAttempt<C> implements Attempt<C> {
  readonly number: number
  readonly timeoutMs: number
  readonly credentials: C
  readonly cancellation = new CancellationSource()
  /** Its own, as drivers take it out of the attempt. */
  readonly now: () => number

  constructor(number: number, timeoutMs: number, clock: () => number, offset: number, credentials: C) {
    this.number = number
    this.timeoutMs = timeoutMs
    this.credentials = credentials
    this.now = () => clock() + offset
  }

  get signal(): AbortSignal {
    return this.cancellation.signal
  }
}
