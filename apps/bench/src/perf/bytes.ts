import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sign } from './clients/client.ts'

const REPETITIONS = 9
/** Far less than the young generation holds, even for the largest of the peers. */
const MAX_BYTES = 48 * 1024 * 1024
const LEAST_CALLS = 20

/** Heap growth per call over calls in which nothing was collected, once per repetition: the quietest figure of all. Empty when every repetition was disturbed by a collection. */
export async function countBytes(sign: Sign, calls: number): Promise<readonly number[]> {
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  const found: number[] = []
  let rounds = calls
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    globalThis.gc?.()
    await sleep(20)
    const [seen, before] = [collections, process.memoryUsage().heapUsed]
    for (let call = 0; call < rounds; call += 1) await sign()
    const grown = process.memoryUsage().heapUsed - before
    await sleep(20)
    if (collections === seen) found.push(grown / rounds)
    else rounds = Math.max(LEAST_CALLS, Math.min(rounds >> 1, Math.floor((MAX_BYTES / Math.abs(grown || 1)) * rounds)))
  }
  observer.disconnect()
  return found
}
