import { FUZZ_PREFIX, type FuzzAnswersOutput } from '../child/fuzz-answers.ts'
import { OUR_CLIENTS, type OurClient } from '../clients/client.ts'
import { createRandom, mixSeeds } from '../random.ts'
import { type Backend, createBackend, messageOf, operationOf } from '../server/backend.ts'
import { spoil } from '../server/mutations.ts'
import { type Exchange, type Received, startRawServer } from '../server/raw-server.ts'
import { mapLimited, none, type Section, type SectionContext } from './section.ts'

const CONCURRENCY = 32
const CHILDREN_AT_ONCE = 2
const CHILD_LIMIT_MS = 3_600_000

/** Spoilt answers for the readers of every adapter. */
export const fuzzAnswers: Section = {
  about: 'spoilt answers for the readers of our adapters',
  async run(context) {
    const measured = await mapLimited(OUR_CLIENTS, CHILDREN_AT_ONCE, (client) => measure(context, client))
    const total = (read: (one: FuzzAnswersOutput) => number): number =>
      measured.reduce((sum, one) => sum + read(one), 0)
    return {
      figures: [
        none(
          `defects in ${total(({ cases }) => cases)} spoilt answers`,
          total(({ defectCount }) => defectCount),
        ),
        {
          name: 'slowest call',
          value: Math.max(...measured.map((one) => one.slowestMs)),
          bound: { atMost: 5_000 },
          unit: 'ms',
        },
      ],
      comparisons: [
        {
          title: `Spoilt answers, seed ${context.options.seed}`,
          head: ['client', 'cases', 'defects', 'outcomes'],
          rows: measured.map((one) => [
            one.client,
            String(one.cases),
            String(one.defectCount),
            Object.entries(one.outcomes)
              .map(([name, count]) => `${name.replace('KMS_', '')} ${count}`)
              .join(', '),
          ]),
        },
      ],
      defects: measured.flatMap(({ client, defects }) =>
        defects.map(({ index, what }) => `${client}, seed ${context.options.seed}, case ${index}: ${what}`),
      ),
      details: measured,
    }
  },
}

async function measure({ options, children, progress }: SectionContext, client: OurClient) {
  const cases = Math.ceil(options.fuzz / OUR_CLIENTS.length)
  progress(`${client}: ${cases} spoilt answers`)
  const backend = createBackend({ remember: false, steady: true })
  const server = await startRawServer((exchange) => answer(exchange, backend, options.seed), { keep: false })
  try {
    const input = { client, url: server.url, cases, concurrency: CONCURRENCY, spki: backend.spki }
    return { client, ...(await children.run('fuzz-answers', input, CHILD_LIMIT_MS)) }
  } finally {
    await server.close()
  }
}

/** The case is named in the request, so the same seed spoils the same case in the same way. */
function answer({ socket, request }: Exchange, backend: Backend, seed: number): void {
  const random = createRandom(mixSeeds(seed, caseOf(request)))
  const { bytes, after } = spoil(random, backend.answer(request), request)
  if (after === 'keep') socket.write(bytes)
  else if (after === 'end') socket.end(bytes)
  else socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 2))
}

function caseOf(request: Received): number {
  const text =
    operationOf(request) === 'getPublicKey' ? `${request.target}${request.body}` : messageOf(request).toString()
  return Number(new RegExp(`${FUZZ_PREFIX}(\\d+)`).exec(text)?.[1] ?? 0)
}
