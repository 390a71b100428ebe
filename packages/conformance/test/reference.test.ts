import { afterAll, describe, expect, it } from 'vitest'
import { FAULT_KINDS } from '../src/declaration.ts'
import { GROUP_NAMES } from '../src/run.ts'
import { collect, runKit } from './collecting-runner.ts'
import { type Bug, referenceSubject } from './reference/adapter.ts'
import { endHttp2, overHttp2 } from './reference/http2.ts'

/** None of them is a bug. */
const VARIATIONS: readonly [string, Bug][] = [
  ['with everything', {}],
  [
    'that signs messages only and verifies nothing itself',
    { variation: { digest: false, remoteVerify: false, messageBytes: [1, 1000] } },
  ],
  [
    'without public keys and versions',
    { variation: { publicKey: false, rotation: false, clock: false, digest: false } },
  ],
  ['in a live cloud', { variation: { live: true, faults: [], requests: false, disable: false } }],
  ['whose backend shows no requests', { variation: { requests: false } }],
  ['whose connections carry many requests', { driver: (driver) => overHttp2(driver) }],
]

afterAll(endHttp2)

describe('the kit accepts an adapter', () => {
  it.each(VARIATIONS)(
    '%s',
    async (_what, right) => {
      const outcomes = await runKit(referenceSubject(right), GROUP_NAMES)
      expect(outcomes.filter(({ failure }) => failure !== undefined)).toEqual([])
      expect(outcomes.length).toBeGreaterThan(60)
    },
    60_000,
  )

  it('and names what was not run', () => {
    const live = collect(referenceSubject({ variation: { live: true, faults: [], requests: false } }), GROUP_NAMES)
    for (const kind of FAULT_KINDS) expect(live.some(({ title }) => title.includes(`fault ${kind}`))).toBe(true)
    expect(live.filter(({ title }) => title.includes('(not run')).length).toBeGreaterThan(40)
    const full = collect(referenceSubject(), GROUP_NAMES)
    expect(full.filter(({ title }) => title.includes('(not run'))).toEqual([])
  })

  it('and says so when a harness names a secret that is empty', async () => {
    const subject = referenceSubject({ harness: ({ secrets }) => ({ secrets: [...secrets, ''] }) })
    const [outcome] = await runKit(subject, ['confidentiality'], { wanted: 'an unknown key' })
    expect(outcome?.failure).toContain('secret 2 of the harness is empty')
  })

  it('has no two tests of one name', () => {
    const names = collect(referenceSubject(), GROUP_NAMES).map(({ group, title }) => `${group}: ${title}`)
    expect(new Set(names).size).toBe(names.length)
  })
})
