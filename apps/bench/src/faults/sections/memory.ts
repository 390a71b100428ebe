import { CLIENT_NAMES, type ClientName, isOurs, MARKED_MESSAGE, OUR_CLIENTS, rawTarget } from '../clients/client.ts'
import { createBackend } from '../server/backend.ts'
import { inflatingAnswer, sendLargeBody } from '../server/bodies.ts'
import { HTML, HTML_PAGE, httpAnswer } from '../server/http-text.ts'
import { type Answer, startRawServer } from '../server/raw-server.ts'
import { mapLimited, type Section, type SectionContext } from './section.ts'

const MEBIBYTE = 1_048_576
const GOAL_MIB = 4
const CHILD_LIMIT_MS = 120_000
const CHILDREN_AT_ONCE = 3

const LARGE_BODIES = {
  '100 MB, length said': ({ socket, request }, backend) => sendLargeBody(socket, backend.answer(request)),
  '100 MB, in chunks': ({ socket, request }, backend) => sendLargeBody(socket, backend.answer(request), 'chunked'),
  'gzip bomb, 100 KB to 100 MB': ({ socket, request }, backend) =>
    void socket.write(inflatingAnswer(backend.answer(request))),
} satisfies Readonly<Record<string, (...args: [...Parameters<Answer>, Backend]) => ReturnType<Answer>>>

type Backend = ReturnType<typeof createBackend>
type BodyName = keyof typeof LARGE_BODIES

interface Growth {
  readonly client: ClientName
  readonly body: BodyName
  readonly mebibytes: number
  readonly outcome: string
}

/** How much a process grows on an answer that is far too large. */
export const memory: Section = {
  about: 'growth of the process on a 100 MB body and on a gzip bomb',
  async run(context) {
    const names = context.options.peers ? CLIENT_NAMES : OUR_CLIENTS
    const bodies = Object.keys(LARGE_BODIES) as BodyName[]
    const pairs = names.flatMap((client) => bodies.map((body) => ({ client, body })))
    const measured = await mapLimited(pairs, CHILDREN_AT_ONCE, ({ client, body }) => measure(context, client, body))
    const of = (client: ClientName, body: BodyName) =>
      measured.find((one) => one.client === client && one.body === body)
    return {
      figures: bodies.map((body) => ({
        name: `peak growth, ${body}`,
        value: Math.max(...OUR_CLIENTS.map((client) => of(client, body)?.mebibytes ?? Number.POSITIVE_INFINITY)),
        bound: { atMost: GOAL_MIB },
        unit: 'MiB',
      })),
      comparisons: [
        {
          title: 'Peak growth of the process, MiB, and the outcome',
          head: ['client', ...bodies],
          rows: names.map((client) => [
            client,
            ...bodies.map((body) => {
              const one = of(client, body)
              return one === undefined ? '-' : `${one.mebibytes.toFixed(1)} ${one.outcome}`
            }),
          ]),
        },
      ],
      defects: measured
        .filter(({ client, mebibytes }) => isOurs(client) && mebibytes > GOAL_MIB)
        .map(({ client, body, mebibytes }) => `${client} grows by ${mebibytes.toFixed(1)} MiB on ${body}`),
      details: measured,
    }
  },
}

const ROUNDS = 3

/** Ours is measured in three processes, and the middle one counts: the kernel rounds in its own way. */
async function measure(context: SectionContext, client: ClientName, body: BodyName): Promise<Growth> {
  context.progress(`${client}: ${body}`)
  const backend = createBackend({ remember: false })
  const answers: readonly Answer[] = [
    ({ socket, request }) => void socket.write(httpAnswer(200, backend.answer(request))),
    ({ socket }) => void socket.write(httpAnswer(200, HTML_PAGE, HTML)),
    (exchange) => LARGE_BODIES[body](exchange, backend),
  ]
  const servers = await Promise.all(answers.map((answer) => startRawServer(answer, { keep: false })))
  try {
    const [good, page, large] = servers.map(({ url }) => rawTarget(url))
    if (good === undefined || page === undefined || large === undefined) throw new Error('There is no server')
    const input = { client, good, page, large, message: MARKED_MESSAGE, warmCalls: 200 }
    const results: { readonly growthBytes: number; readonly outcome: string }[] = []
    for (let round = 0; round < (isOurs(client) ? ROUNDS : 1); round += 1) {
      results.push(await context.children.run('memory', input, CHILD_LIMIT_MS))
    }
    const sorted = results.sort((left, right) => left.growthBytes - right.growthBytes)
    const middle = sorted[Math.floor(sorted.length / 2)]
    return { client, body, mebibytes: (middle?.growthBytes ?? 0) / MEBIBYTE, outcome: middle?.outcome ?? '' }
  } finally {
    await Promise.all(servers.map((server) => server.close()))
  }
}
