import { startMarkedEmulator } from '../child/emulator.ts'
import { MARKED_MESSAGE, OUR_CLIENTS, type OurClient } from '../clients/client.ts'
import { fetchPublicKey } from '../server/emulator-request.ts'
import { EMULATOR_FAULTS } from './emulator-faults.ts'
import { type Judged, judgeOutcome, matrixComparison, matrixDefects, matrixFigures } from './matrix-report.ts'
import { mapLimited, type Section, type SectionContext } from './section.ts'

/** The call before may take its whole time too. */
const PENDING_AFTER_MS = 26_000
const CHILD_LIMIT_MS = 120_000
const CHILDREN_AT_ONCE = 3

/** Every fault that the emulator knows, against each of our adapters, for ever and for one request only. */
export const emulatorMatrix: Section = {
  about: 'our adapters against every fault of the emulator, which checks request signatures',
  async run(context) {
    const judged = (await mapLimited(OUR_CLIENTS, CHILDREN_AT_ONCE, (client) => measure(context, client))).flat()
    return {
      figures: matrixFigures(judged),
      comparisons: matrixComparison(
        OUR_CLIENTS,
        judged,
        FAULTS.map(({ name }) => name),
      ).slice(1),
      defects: matrixDefects(judged),
      details: judged,
    }
  },
}

const NO_SIGNATURES: ReadonlySet<string> = new Set()
const FOR_EVER = Number.POSITIVE_INFINITY
const CORRUPT = { kind: 'corrupt-signature', operation: 'sign', times: FOR_EVER } as const

/** For ever; for one request; and for one request of a call before, with only corrupt signatures from then on. */
const FAULTS = EMULATOR_FAULTS.flatMap((fault) => {
  const once = { ...fault, operation: 'sign', times: 1 }
  return [
    { name: fault.kind, script: [{ ...fault, times: FOR_EVER }], before: 0 },
    { name: `${fault.kind}, once`, script: [once], before: 0 },
    { name: `${fault.kind}, then corrupt`, script: [once, CORRUPT], before: 1 },
  ]
})

async function measure(context: SectionContext, client: OurClient): Promise<readonly Judged[]> {
  context.progress(`${client} under ${FAULTS.length} faults of the emulator`)
  const provider = client.slice('kmsign '.length) as 'ncp' | 'volcengine' | 'aws'
  const started = await Promise.all(
    FAULTS.map(async ({ name, script, before }) => {
      const { emulator, place } = await startMarkedEmulator()
      const target = place.targets[client]
      const spki = await fetchPublicKey(target, provider)
      for (const fault of script) emulator.faults.add({ ...fault, provider })
      return { name, emulator, target, spki, before }
    }),
  )
  const healthy = await startMarkedEmulator()
  try {
    const cases = started.map(({ name, target, spki, before }) => ({ name, target, spki, before }))
    const order = {
      client,
      message: MARKED_MESSAGE,
      good: healthy.place.targets[client],
      limitMs: PENDING_AFTER_MS,
      cases,
    }
    const { outcomes, strays } = await context.children.run('calls', order, CHILD_LIMIT_MS)
    return outcomes.map((outcome) => {
      const emulator = started.find(({ name }) => name === outcome.name)?.emulator
      const all = emulator?.requests ?? []
      const one = judgeOutcome(client, outcome, { requests: [], given: NO_SIGNATURES, foreign: NO_SIGNATURES, strays })
      return { ...one, requests: all.length, signRequests: all.filter(({ operation }) => operation === 'sign').length }
    })
  } finally {
    await Promise.all([...started, healthy].map(({ emulator }) => emulator.close()))
  }
}
