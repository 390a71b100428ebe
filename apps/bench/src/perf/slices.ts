import type { Sign } from './clients/client.ts'

/** What one slice of time showed. */
export interface Slice {
  readonly calls: number
  /** Microseconds of this process's own CPU per call, collection of garbage included. */
  readonly cpuMicros: number
  readonly callsPerSecond: number
}

/** Until the compiler has settled: undici needs about 2,000 calls, the AWS client 2,500. */
export async function warmUp(sign: Sign, calls: number): Promise<void> {
  for (let done = 0; done < calls; done += 16) await Promise.all(Array.from({ length: 16 }, sign))
}

/** The eighth of a slice that goes before it and does not count: caches are cold after the turns of the others. */
const RUN_IN = 8

export async function runSlice(sign: Sign, concurrency: number, ms: number): Promise<Slice> {
  await callFor(sign, concurrency, ms / RUN_IN)
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const calls = await callFor(sign, concurrency, ms)
  const { user, system } = process.cpuUsage(cpu)
  return { calls, cpuMicros: (user + system) / calls, callsPerSecond: (calls / (performance.now() - startedAt)) * 1000 }
}

async function callFor(sign: Sign, concurrency: number, ms: number): Promise<number> {
  const startedAt = performance.now()
  let calls = 0
  const worker = async () => {
    while (performance.now() - startedAt < ms) {
      await sign()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return calls
}
