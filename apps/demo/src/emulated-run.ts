import { availableParallelism } from 'node:os'
import type { Signer } from '@kmsign/core'
import { type Emulator, startEmulator } from '@kmsign/emulator'
import type { DemoKey } from './cloud.ts'
import { CLOUDS } from './clouds.ts'
import { inParallel } from './in-parallel.ts'
import { type Bench, signAndCheck } from './signing.ts'
import type { SigningRow } from './signing-report.ts'
import { untilStopped } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { playTrouble, type TroubleRow } from './trouble.ts'

export interface EmulatedReport {
  readonly rows: readonly SigningRow[]
  readonly trouble: readonly TroubleRow[]
}

/** Rows at work at the same time; more would not be faster on a small machine. */
const WIDTH = 4

interface Place {
  readonly cloud: SigningRow['cloud']
  readonly key: DemoKey
}

/** Every cloud, algorithm and key spec against the emulator, and then what can go wrong. */
export async function runEmulated(bench: Bench, terminal: Terminal, stop: AbortSignal): Promise<EmulatedReport> {
  const emulator = await startEmulator()
  try {
    return await untilStopped(play(emulator, bench, terminal), stop)
  } finally {
    terminal.endProgress()
    await emulator.close()
  }
}

async function play(emulator: Emulator, bench: Bench, terminal: Terminal): Promise<EmulatedReport> {
  const clouds = CLOUDS.map((cloud) => ({ cloud, emulated: cloud.emulated(emulator) }))
  const places = clouds.flatMap(({ cloud, emulated }) => emulated.keys.map((key) => ({ cloud, key })))
  const made = await makeKeys(places, terminal)
  terminal.progress('Signing')
  const rows = await inParallel(made, WIDTH, async ({ cloud, key, signer }) => {
    const outcome = await signAndCheck(signer, bench)
    return { cloud, keySpec: key.keySpec, algorithm: key.algorithm, outcome }
  })
  terminal.progress('Playing what can go wrong')
  const trouble = await playTrouble(
    emulator,
    clouds.map(({ emulated }) => emulated),
  )
  return { rows, trouble }
}

async function makeKeys(
  places: readonly Place[],
  terminal: Terminal,
): Promise<readonly (Place & { readonly signer: Signer })[]> {
  let done = 0
  const show = (): void => terminal.progress(`Making keys: ${done} of ${places.length}`)
  show()
  const order = [...places.entries()].toSorted(([, a], [, b]) => costOf(b.key) - costOf(a.key))
  // No more than there are cores: whatever is under way has to end before the process can.
  const made = await inParallel(order, availableParallelism(), async ([index, place]) => {
    const signer = await place.key.create()
    done += 1
    show()
    return { index, row: { ...place, signer } }
  })
  return made.toSorted((a, b) => a.index - b.index).map(({ row }) => row)
}

/** The slowest keys come first, so that no core waits for another at the end. */
function costOf({ keySpec }: DemoKey): number {
  return Number(/^RSA_(\d+)$/.exec(keySpec)?.[1] ?? 0)
}
