import type { Identity, ProviderName } from '../message.ts'
import { createRateMeter, type RateMeter } from '../rate-meter.ts'
import { type Fault, type FaultRequest, parseFault } from './kinds.ts'

/** The script of faults: oldest first, one for each request. */
export interface FaultQueue {
  add(fault: FaultRequest): void
  clear(): void
  /** The fault that this request meets, used up by one. */
  take(provider: ProviderName, identity: Identity, now: number): Fault | undefined
}

export function createFaultQueue(): FaultQueue {
  let faults: readonly Fault[] = []
  const meters = new WeakMap<Fault, RateMeter>()
  return {
    add(request) {
      const fault = parseFault(request)
      meters.set(fault, createRateMeter())
      faults = [...faults, fault]
    },
    clear() {
      faults = []
    },
    take(provider, identity, now) {
      const fault = faults.find((candidate) => {
        if (candidate.provider !== undefined && candidate.provider !== provider) return false
        if (candidate.operation !== undefined && candidate.operation !== identity.operation) return false
        if (candidate.kind !== 'rate') return true
        // A rate lets through what it allows; what comes after it in the script still applies then.
        return meters.get(candidate)?.admit(provider, candidate.numbers['perSecond'] ?? 1, now) === false
      })
      if (!fault) return undefined
      fault.remaining -= 1
      if (fault.remaining <= 0) faults = faults.filter((candidate) => candidate !== fault)
      return fault
    },
  }
}
