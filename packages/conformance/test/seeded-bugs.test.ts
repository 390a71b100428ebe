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
import { NO_END, runKit } from './collecting-runner.ts'
import { referenceSubject } from './reference/adapter.ts'
import { endHttp2 } from './reference/http2.ts'
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
  await Promise.all([endSilence(), endHttp2()])
})

// The same tests pass with the reference without a bug; reference.test.ts sees to that.
describe('the kit rejects an adapter that', () => {
  it.each(BUGS)(
    '$bug ($group)',
    async (seeded) => {
      const { group, caughtBy: wanted, mayHang = false } = seeded
      const outcomes = await runKit(referenceSubject(seeded), [group], { wanted, mostMs: mayHang ? 2_500 : 15_000 })
      expect(outcomes).not.toEqual([])
      const failures = outcomes.map(({ failure }) => failure).filter((failure) => failure !== undefined)
      expect(failures).not.toEqual([])
      // A test that waits longer than it is given says nothing of a bug.
      if (!mayHang) expect(failures).not.toContain(NO_END)
    },
    60_000,
  )
})
