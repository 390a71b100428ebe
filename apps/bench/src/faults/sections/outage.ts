import { CLIENT_NAMES, type ClientName, isOurs, MARKED_MESSAGE, OUR_CLIENTS, rawTarget } from '../clients/client.ts'
import { createBackend, operationOf, wireOf } from '../server/backend.ts'
import { httpAnswer } from '../server/http-text.ts'
import { startRawServer } from '../server/raw-server.ts'
import { refusalBody } from '../server/refusals.ts'
import { mapLimited, type Section, type SectionContext } from './section.ts'

const CALLS = 300
const CONCURRENCY = 50
const GOAL = 1.15
const CHILDREN_AT_ONCE = 4
const CHILD_LIMIT_MS = 90_000

interface Outage {
  readonly client: ClientName
  readonly keyKnown: boolean
  readonly perCall: number
  readonly publicKeyRequests: number
  readonly rejected: number
  readonly ms: number
}

/** Every answer is 500: how much more a client asks of a service that is down. */
export const outage: Section = {
  about: `total outage: ${CALLS} calls, ${CONCURRENCY} at once`,
  async run(context) {
    const ours = OUR_CLIENTS.flatMap((client) => [true, false].map((keyKnown) => ({ client, keyKnown })))
    const peers = CLIENT_NAMES.filter((client) => !isOurs(client)).map((client) => ({ client, keyKnown: false }))
    const runs = context.options.peers ? [...ours, ...peers] : ours
    const measured = await mapLimited(runs, CHILDREN_AT_ONCE, (run) => measure(context, run))
    const worst = (keyKnown: boolean): number =>
      Math.max(...measured.filter((one) => isOurs(one.client) && one.keyKnown === keyKnown).map((one) => one.perCall))
    return {
      figures: [
        { name: 'requests per call in an outage, public key known', value: worst(true), bound: { atMost: GOAL } },
        { name: 'requests per call in an outage, from a cold start', value: worst(false), bound: { atMost: GOAL } },
      ],
      comparisons: [
        {
          title: `Outage: ${CALLS} calls, ${CONCURRENCY} at once, every answer 500`,
          head: ['client', 'public key', 'requests per call', 'of them for the key', 'rejected', 'seconds'],
          rows: measured.map((one) => [
            one.client,
            isOurs(one.client) ? (one.keyKnown ? 'known' : 'to be fetched') : '-',
            one.perCall.toFixed(2),
            String(one.publicKeyRequests),
            String(one.rejected),
            (one.ms / 1000).toFixed(1),
          ]),
        },
      ],
      defects: measured
        .filter((one) => isOurs(one.client) && one.perCall > GOAL)
        .map(
          (one) =>
            `${one.client} sends ${one.perCall.toFixed(2)} requests per call, key ${one.keyKnown ? '' : 'not '}known`,
        ),
      details: measured,
    }
  },
}

async function measure(
  { children, progress }: SectionContext,
  { client, keyKnown }: { readonly client: ClientName; readonly keyKnown: boolean },
): Promise<Outage> {
  progress(`${client} in an outage`)
  const backend = createBackend({ remember: false })
  const server = await startRawServer(
    ({ socket, request }) => void socket.write(httpAnswer(500, refusalBody(wireOf(request), 'internal'))),
  )
  try {
    const input = {
      client,
      target: rawTarget(server.url),
      calls: CALLS,
      concurrency: CONCURRENCY,
      message: MARKED_MESSAGE,
    }
    const key = keyKnown ? { publicKey: backend.spki } : {}
    const { rejected, ms } = await children.run('outage', { ...input, ...key }, CHILD_LIMIT_MS)
    const publicKeyRequests = server.requests.filter((request) => operationOf(request) === 'getPublicKey').length
    return { client, keyKnown, perCall: server.count / CALLS, publicKeyRequests, rejected, ms }
  } finally {
    await server.close()
  }
}
