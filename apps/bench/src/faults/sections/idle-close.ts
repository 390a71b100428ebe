import type { Socket } from 'node:net'
import { CLIENT_NAMES, type ClientName, isOurs, OUR_CLIENTS, rawTarget } from '../clients/client.ts'
import { type Backend, createBackend } from '../server/backend.ts'
import { httpAnswer } from '../server/http-text.ts'
import { type Answer, type RawServer, startRawServer } from '../server/raw-server.ts'
import { mapLimited, type Section, type SectionContext } from './section.ts'

const IDLE_MS = 30
const LANES = 10
/** The clients of others only show what there is to fix. */
const PEER_SHARE = 0.3
const GOAL_PERCENT = 99.9
const CHILDREN_AT_ONCE = 4
/** A client that needs half a second to recover makes fewer calls in its time. */
const LIMIT_MS = 20_000
const CHILD_LIMIT_MS = 60_000

/** When the server closes: by its own clock, or always in the very moment in which a used connection is used again. */
const WAYS = ['by the clock', 'at each reuse'] as const
type Way = (typeof WAYS)[number]

export const idleClose: Section = {
  about: 'calls that race with the server closing idle connections',
  async run(context) {
    const names = context.options.peers ? CLIENT_NAMES : OUR_CLIENTS
    const runs = WAYS.flatMap((way) => names.map((client) => ({ client, way })))
    const measured = await mapLimited(runs, CHILDREN_AT_ONCE, (run) => measure(context, run))
    const share = ({ succeeded, calls }: { succeeded: number; calls: number }): number => (100 * succeeded) / calls
    return {
      figures: measured
        .filter(({ client }) => isOurs(client))
        .map((one) => ({
          name: `${one.client}: calls of ${one.calls} that succeed, closed ${one.way}`,
          value: share(one),
          bound: { atLeast: GOAL_PERCENT },
          unit: '%',
        })),
      comparisons: [
        {
          title: `Idle connections closed after ${IDLE_MS} ms, calls every ${IDLE_MS} ms`,
          head: ['client', 'closed', 'calls', 'succeed, %', 'slowest, ms', 'connections met closed', 'failures'],
          rows: measured.map((one) => [
            one.client,
            one.way,
            String(one.calls),
            share(one).toFixed(1),
            one.slowestMs.toFixed(0),
            String(one.races),
            Object.entries(one.failures)
              .map(([code, count]) => `${code} ${count}`)
              .join(', '),
          ]),
        },
      ],
      defects: measured
        .filter((one) => isOurs(one.client) && share(one) < GOAL_PERCENT)
        .map(
          (one) =>
            `${one.client}, closed ${one.way}: ${one.calls - one.succeeded} of ${one.calls} fail: ${JSON.stringify(one.failures)}`,
        ),
      details: measured,
    }
  },
}

async function measure(
  { options, children, progress }: SectionContext,
  { client, way }: { readonly client: ClientName; readonly way: Way },
) {
  progress(`${client}: ${options.idleCalls} calls against connections closed ${way}`)
  const backend = createBackend({ remember: false })
  const closing = CLOSING[way](backend)
  const servers = await Promise.all(Array.from({ length: LANES }, closing.start))
  try {
    const targets = servers.map(({ url }) => rawTarget(url))
    const input = {
      client,
      targets,
      callsPerLane: Math.ceil((options.idleCalls * (isOurs(client) ? 1 : PEER_SHARE)) / LANES),
      idleMs: IDLE_MS,
    }
    const more = { spki: backend.spki, seed: options.seed, limitMs: LIMIT_MS }
    const output = await children.run('idle-close', { ...input, ...more }, CHILD_LIMIT_MS)
    return { client, way, ...output, races: closing.races() }
  } finally {
    await Promise.all(servers.map((server) => server.close()))
  }
}

interface Closing {
  readonly start: () => Promise<RawServer>
  /** Requests that found a closed connection. */
  readonly races: () => number
}

const CLOSING: Readonly<Record<Way, (backend: Backend) => Closing>> = {
  'by the clock': (backend) => {
    const timers = new WeakMap<Socket, NodeJS.Timeout>()
    let races = 0
    const answer: Answer = ({ socket, request }) => {
      socket.write(httpAnswer(200, backend.answer(request)))
      const close = (): void => {
        // Bytes that are on their way now find nobody.
        socket.end()
        setTimeout(() => socket.destroy(), 2)
      }
      timers.set(socket, setTimeout(close, IDLE_MS))
    }
    const onByte = (socket: Socket): void => {
      clearTimeout(timers.get(socket))
      if (socket.writableEnded) races += 1
    }
    return { start: () => startRawServer(answer, { keep: false, onByte }), races: () => races }
  },
  'at each reuse': (backend) => {
    let races = 0
    const answer: Answer = ({ socket, request, onConnection }) => {
      if (onConnection === 1) return void socket.write(httpAnswer(200, backend.answer(request)))
      races += 1
      socket.resetAndDestroy()
    }
    return { start: () => startRawServer(answer, { keep: false }), races: () => races }
  },
}
