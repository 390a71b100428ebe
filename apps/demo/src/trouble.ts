import { isKmsError, type Signer } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import type { EmulatedCloud } from './cloud.ts'
import { GIVEN_UP, type Stage, signShortMessage, TROUBLE_CASES, type TroubleCase } from './trouble-cases.ts'

/** What came of one case in one cloud. */
export interface TroubleRow {
  readonly title: string
  readonly cloudId: string
  /** The code of the error, `signed` or `aborted`. */
  readonly outcome: string
  readonly retryable?: boolean
  readonly attempts?: number
  readonly providerCode?: string
  /** Set where it is not what it must be. */
  readonly problem?: string
}

/** Plays all cases in all clouds: the clouds side by side, the cases of one cloud in turn, since faults are queued. */
export async function playTrouble(
  emulator: Emulator,
  clouds: readonly EmulatedCloud[],
): Promise<readonly TroubleRow[]> {
  const byCloud = await Promise.all(clouds.map((cloud) => playInOneCloud(cloud, emulator)))
  return TROUBLE_CASES.flatMap(({ title }) => byCloud.flat().filter((row) => row.title === title))
}

async function playInOneCloud(cloud: EmulatedCloud, emulator: Emulator): Promise<readonly TroubleRow[]> {
  const provider = cloud.id as 'ncp' | 'volcengine' | 'aws'
  const stage: Stage = {
    cloud,
    spoil: (kind, times) => emulator.faults.add({ kind, provider, operation: 'sign', times }),
  }
  const rows: TroubleRow[] = []
  for (const trouble of TROUBLE_CASES) {
    const signer = await trouble.prepare(stage)
    rows.push(judge(trouble, cloud.id, signer, await observe(trouble, signer)))
    await signer.close()
  }
  return rows
}

type Observation = Pick<TroubleRow, 'outcome' | 'retryable' | 'attempts' | 'providerCode'>

async function observe({ act = signShortMessage }: TroubleCase, signer: Signer): Promise<Observation> {
  try {
    const { attempts } = await act(signer)
    return { outcome: 'signed', attempts }
  } catch (error) {
    if (error === GIVEN_UP) return { outcome: 'aborted' }
    if (!isKmsError(error)) throw error
    const { code, retryable, attempts, providerCode } = error
    return { outcome: code, retryable, attempts, ...(providerCode !== undefined && { providerCode }) }
  }
}

function judge({ title, expect }: TroubleCase, cloudId: string, signer: Signer, seen: Observation): TroubleRow {
  const row = { title, cloudId, ...seen }
  const { outcome, attempts = seen.attempts } = expect(signer.capabilities)
  if (outcome === seen.outcome && attempts === seen.attempts) return row
  const wanted = attempts === undefined ? outcome : `${outcome} after ${attempts} attempts`
  return { ...row, problem: `${title} (${cloudId}): expected ${wanted}` }
}
