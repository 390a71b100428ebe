import { writeFile } from 'node:fs/promises'
import type { HeapProfiler, Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import type { Sign } from '../clients/client.ts'
import { runSlice } from '../slices.ts'
import { type Cost, costsOfHeap, costsOfTime } from './costs.ts'

export interface ProfileInput {
  readonly concurrency: number
  readonly ms: number
  /** Where the profiles go, without their extensions, for whoever wants to open them in developer tools. */
  readonly file: string | undefined
}

/** Where a client spends its time and its memory. */
export interface Profile {
  /** Microseconds of CPU per call; being watched makes them somewhat more than usual. */
  readonly time: readonly Cost[]
  /** Bytes per call. */
  readonly bytes: readonly Cost[]
}

const TIME_INTERVAL_MICROS = 100
const HEAP_INTERVAL_BYTES = 2048

/** Takes one profile after the other, since each makes calls more expensive. */
export async function profileCalls(sign: Sign, input: ProfileInput): Promise<Profile> {
  const session = new Session()
  session.connect()
  try {
    const time = await profileTime(session, sign, input)
    return { time, bytes: await profileHeap(session, sign, input) }
  } finally {
    session.disconnect()
  }
}

async function profileTime(session: Session, sign: Sign, { concurrency, ms, file }: ProfileInput) {
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: TIME_INTERVAL_MICROS })
  await session.post('Profiler.start')
  const { cpuMicros } = await runSlice(sign, concurrency, ms)
  const { profile } = (await session.post('Profiler.stop')) as Profiler.StopReturnType
  if (file !== undefined) await writeFile(`${file}.cpuprofile`, JSON.stringify(profile))
  return costsOfTime(profile, cpuMicros)
}

async function profileHeap(session: Session, sign: Sign, { concurrency, ms, file }: ProfileInput) {
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType)
  let calls = 0
  const counting = () => {
    calls += 1
    return sign()
  }
  await runSlice(counting, concurrency, ms)
  const { profile } = (await session.post('HeapProfiler.stopSampling')) as HeapProfiler.StopSamplingReturnType
  if (file !== undefined) await writeFile(`${file}.heapprofile`, JSON.stringify(profile))
  return costsOfHeap(profile, calls)
}
