import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes by which the process grew at its highest while `work` ran. */
export async function peakGrowth(work: () => Promise<void>): Promise<number> {
  await settle()
  return (await kernelPeak(work)) ?? sampledPeak(work)
}

const SAMPLE_MS = 2

/** Linux keeps the highest resident size and lets it be reset, so that no peak is missed between two looks. */
async function kernelPeak(work: () => Promise<void>): Promise<number | undefined> {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    return undefined
  }
  const before = statusBytes('VmRSS')
  await work()
  return statusBytes('VmHWM') - before
}

async function sampledPeak(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  let highest = before
  const look = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }
  const timer = setInterval(look, SAMPLE_MS)
  await work()
  look()
  clearInterval(timer)
  return highest - before
}

function statusBytes(name: string): number {
  const [, kilobytes = '0'] =
    new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** Garbage of the past must not be counted, nor make room. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await sleep(20)
  }
}
