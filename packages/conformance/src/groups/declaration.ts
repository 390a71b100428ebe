import { assert, assertEqual } from '../assertions.ts'
import { type Declaration, FAULT_KINDS } from '../declaration.ts'
import type { Kit } from '../kit.ts'

/** The last group: what was declared absent, by name, and that the harness is what it declares to be. */
export function declaration(kit: Kit): void {
  const { declared } = kit
  const absent = absencesOf(declared)
  const list = absent.length === 0 ? 'nothing' : absent.join(', ')
  kit.statement(`${declared.provider} declares absent: ${list}`, async () => {
    const unknown = declared.faults.filter((kind) => !FAULT_KINDS.includes(kind))
    assertEqual(unknown.join(), '', 'faults that do not exist')
    for (const { messageBytes } of [declared, ...declared.algorithms]) {
      if (messageBytes === undefined) continue
      const [min, max] = messageBytes
      assert(min >= 0 && max > min, 'messageBytes is no range')
    }
    const scripted = declared.live === true || declared.faults.length > 0
    assert(scripted, 'no faults are declared: only a live backend may do without')
  })
  kit.test('the harness can do what it declares, and has two different keys', async (bench) => {
    assert((await bench.publicKey(0)) !== (await bench.publicKey(1)), 'both keys have the same public key')
    if (declared.requests) {
      assertEqual(bench.requests(), 0, 'requests of a fresh harness')
      await bench.signer().sign(Buffer.from('counted'))
      assertEqual(bench.requests('sign'), 1, 'sign requests that the harness saw')
    }
    for (const kind of declared.faults) bench.fault(kind)
    if (declared.rotation) await bench.rotate()
    if (declared.disable) await bench.disable()
  })
}

/** Everything that the declaration says is not there. */
function absencesOf(declared: Declaration): readonly string[] {
  const flags = ['digest', 'remoteVerify', 'publicKey', 'rotation', 'disable', 'clock', 'requests'] as const
  const faults = FAULT_KINDS.filter((kind) => !declared.faults.includes(kind)).map((kind) => `fault ${kind}`)
  const unjudged = declared.algorithms.filter(({ judged }) => judged === false)
  return [
    ...flags.filter((flag) => !declared[flag]),
    ...faults,
    ...unjudged.map(({ algorithm, keySpec }) => `judge of ${algorithm} with ${keySpec}`),
    ...(declared.live ? ['hundreds of signatures'] : []),
  ]
}
