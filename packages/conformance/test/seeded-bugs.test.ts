import { afterAll, describe, expect, it } from 'vitest'
import { ABORT_BUGS } from './bugs/aborts.ts'
import { ANSWER_BUGS } from './bugs/answers.ts'
import { BYTE_BUGS } from './bugs/bytes.ts'
import { ECONOMY_BUGS } from './bugs/economy.ts'
import { FAILURE_BUGS } from './bugs/failures.ts'
import { LIFE_CYCLE_BUGS } from './bugs/life-cycle.ts'
import { ROTATION_BUGS } from './bugs/rotation.ts'
import { SIGNING_BUGS } from './bugs/signing.ts'
import { endLeaks, SOCKET_BUGS } from './bugs/sockets.ts'
import { TIMEOUT_BUGS } from './bugs/timeouts.ts'
import { runKit } from './collecting-runner.ts'
import { referenceSubject } from './reference/adapter.ts'
import { endSilence } from './reference/silence.ts'

const BUGS = [
  ...SIGNING_BUGS,
  ...BYTE_BUGS,
  ...FAILURE_BUGS,
  ...ANSWER_BUGS,
  ...ABORT_BUGS,
  ...TIMEOUT_BUGS,
  ...ECONOMY_BUGS,
  ...LIFE_CYCLE_BUGS,
  ...ROTATION_BUGS,
  ...SOCKET_BUGS,
]

afterAll(async () => {
  endLeaks()
  await endSilence()
})

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
