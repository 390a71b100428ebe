import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './statistics.ts'

/** What one slice of time showed. */
export interface Slice {
  readonly calls: number
  /** Microseconds of this process's own CPU per call. */
  readonly cpuMicros: number
  readonly callsPerSecond: number
}

type Sign = () => Promise<Uint8Array>

/** Until the compiler has settled: undici needs about 2,000 calls, the AWS client 2,500. */
export async function warmUp(sign: Sign, calls: number): Promise<void> {
  for (let done = 0; done < calls; done += 16) await Promise.all(Array.from({ length: 16 }, sign))
}

export async function runSlice(sign: Sign, concurrency: number, ms: number): Promise<Slice> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  let calls = 0
  const worker = async () => {
    while (performance.now() - startedAt < ms) {
      await sign()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  const { user, system } = process.cpuUsage(cpu)
  return { calls, cpuMicros: (user + system) / calls, callsPerSecond: (calls / (performance.now() - startedAt)) * 1000 }
}

const REPETITIONS = 7
/** Far less than the young generation holds, even for the largest of the peers. */
const MAX_BYTES = 48 * 1024 * 1024

/** Heap growth per call over calls in which nothing was collected: the quietest figure of all. */
export async function countBytes(sign: Sign, calls: number): Promise<number> {
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
    else rounds = Math.max(20, Math.min(rounds >> 1, Math.floor((MAX_BYTES / Math.abs(grown || 1)) * rounds)))
  }
  observer.disconnect()
  return median(found)
}
