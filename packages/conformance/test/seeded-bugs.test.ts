import { afterAll, describe, expect, it } from 'vitest'
import { BEHAVIOUR_BUGS } from './bugs/behaviour.ts'
import { BYTE_BUGS } from './bugs/bytes.ts'
import { FAILURE_BUGS } from './bugs/failures.ts'
import { SIGNING_BUGS } from './bugs/signing.ts'
import { endLeaks, SOCKET_BUGS } from './bugs/sockets.ts'
import { runKit } from './collecting-runner.ts'
import { referenceSubject } from './reference/adapter.ts'

const BUGS = [...SIGNING_BUGS, ...BYTE_BUGS, ...FAILURE_BUGS, ...BEHAVIOUR_BUGS, ...SOCKET_BUGS]

afterAll(endLeaks)

// The same tests pass with the reference without a bug; reference.test.ts sees to that.
describe('the kit rejects an adapter that', () => {
  it.each(BUGS)(
    '$bug ($group)',
    async (seeded) => {
      const outcomes = await runKit(referenceSubject(seeded), [seeded.group], {
        wanted: seeded.caughtBy,
        mostMs: 2_500,
      })
      expect(outcomes).not.toEqual([])
      expect(outcomes.filter(({ failure }) => failure !== undefined)).not.toEqual([])
    },
    60_000,
  )
})
