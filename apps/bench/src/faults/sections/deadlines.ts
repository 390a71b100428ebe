import { createRandom } from '../random.ts'
import { createBackend } from '../server/backend.ts'
import { answerAtRandom } from '../server/random-faults.ts'
import { startRawServer } from '../server/raw-server.ts'
import { none, type Section } from './section.ts'

const SERVERS = 12
const CONCURRENCY = 120
const FAULT_SHARE = 0.5
const SLACK_MS = 50
const CHILD_LIMIT_MS = 900_000

/** Calls with limits of their own under random faults: none may settle late. */
export const deadlines: Section = {
  about: 'calls under random faults, each with a limit of its own, some aborted',
  async run({ options, children, progress }) {
    const backend = createBackend({ remember: false })
    const random = createRandom(options.seed)
    const servers = await Promise.all(
      Array.from({ length: SERVERS }, () =>
        startRawServer((exchange) => answerAtRandom(exchange, backend, random, FAULT_SHARE), { keep: false }),
      ),
    )
    progress(`${options.calls} calls under random faults`)
    try {
      const measured = await children.run(
        'deadlines',
        {
          ...{ urls: servers.map(({ url }) => url), spki: backend.spki },
          ...{ calls: options.calls, concurrency: CONCURRENCY, seed: options.seed },
        },
        CHILD_LIMIT_MS,
      )
      const { overrunsMs, worstRawMs, worstLoopDelayMs, outcomes } = measured
      const late = overrunsMs.filter((ms) => ms > SLACK_MS)
      return {
        figures: [
          none(`calls of ${measured.calls} settled later than their limit + ${SLACK_MS} ms`, late.length),
          none('invalid signatures that count as verified', measured.invalid),
          none('rejected with an untyped error', measured.untyped),
          none('aborted without the reason of the caller', measured.wrongReasons),
        ],
        comparisons: [
          {
            title: `${measured.calls} calls, seed ${options.seed}`,
            head: [
              'resolved',
              'unverified',
              'invalid of them',
              'worst overrun, ms',
              'with loop delay, ms',
              'worst loop delay, ms',
              'outcomes',
            ],
            rows: [
              [
                String(measured.resolved),
                String(measured.unverified),
                String(measured.unverifiedInvalid),
                (overrunsMs[0] ?? 0).toFixed(1),
                worstRawMs.toFixed(1),
                worstLoopDelayMs.toFixed(1),
                Object.entries(outcomes)
                  .map(([name, count]) => `${name} ${count}`)
                  .join(', '),
              ],
            ],
          },
        ],
        defects: late.map((ms) => `settled ${ms.toFixed(1)} ms late (--only deadlines --seed ${options.seed})`),
        details: measured,
      }
    } finally {
      await Promise.all(servers.map((server) => server.close()))
    }
  },
}
