import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Attempt } from '@kmsign/core/driver'
import { overHttp2 } from '../reference/http2.ts'
import type { SeededBug } from './bug.ts'

type Spoil = NonNullable<SeededBug['driver']>

const left: (Server | Socket)[] = []

/** Opens a connection for every request and never ends it. */
async function leak(): Promise<void> {
  const server = createServer((socket) => void left.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  left.push(server, client)
  await once(client, 'connect')
}

/** Ends what the bug left behind, so that the tests can end too. */
export function endLeaks(): void {
  for (const one of left.splice(0)) {
    if ('destroy' in one) one.destroy()
    else one.close()
  }
}

/** An attempt that nothing ends, for all that the transport is told. */
function endless<C>({ number, now, credentials }: Attempt<C>): Attempt<C> {
  return { number, now, credentials, signal: new AbortController().signal, timeoutMs: 60_000 }
}

/** The driver with the attempts of one operation changed on their way. */
function attempting(operation: 'verify' | 'getPublicKey', change: <C>(attempt: Attempt<C>) => Attempt<C>): Spoil {
  return ({ verifyPayload, fetchPublicKey }) => ({
    ...(operation === 'verify' &&
      verifyPayload && { verifyPayload: (request, attempt) => verifyPayload(request, change(attempt)) }),
    ...(operation === 'getPublicKey' &&
      fetchPublicKey && { fetchPublicKey: (request, attempt) => fetchPublicKey(request, change(attempt)) }),
  })
}

/** What hides behind a `sign` that does everything right. */
const OTHER_OPERATIONS = (['verify', 'getPublicKey'] as const).flatMap((operation): readonly SeededBug[] => [
  {
    bug: `never ends a request to ${operation}, whoever gives it up`,
    group: 'aborts',
    caughtBy: `leaves no socket behind: ${operation}`,
    driver: attempting(operation, (attempt) => ({ ...endless(attempt), timeoutMs: attempt.timeoutMs })),
  },
  {
    bug: `ignores \`timeoutMs\` and the signal of an attempt to ${operation}`,
    group: 'timeouts',
    caughtBy: `an attempt that is over ends its request: ${operation}`,
    driver: attempting(operation, endless),
  },
])

/** Connections that carry many requests hide it from whoever counts them. */
const OPEN_STREAMS = (['sign', 'getPublicKey'] as const).flatMap((operation): readonly SeededBug[] => [
  {
    bug: `leaves streams of ${operation} open on a connection that carries many`,
    group: 'aborts',
    caughtBy: `leaves no socket behind: ${operation}`,
    driver: (driver) => overHttp2(driver, { cancels: false }),
  },
  {
    bug: `leaves streams of ${operation} open behind attempts that are over`,
    group: 'timeouts',
    caughtBy: `an attempt that is over ends its request: ${operation}`,
    driver: (driver) => overHttp2(driver, { cancels: false }),
  },
])

/** Bugs with connections. */
export const SOCKET_BUGS: readonly SeededBug[] = [
  ...OTHER_OPERATIONS,
  ...OPEN_STREAMS,
  {
    bug: 'leaves connections open behind requests that were given up',
    group: 'aborts',
    caughtBy: 'leaves no socket behind: sign',
    driver: (driver) => ({
      async signPayload(request, attempt) {
        await leak()
        return driver.signPayload(request, attempt)
      },
    }),
  },
  {
    bug: 'never ends a request, whoever gives it up',
    group: 'aborts',
    caughtBy: 'leaves no socket behind: sign',
    driver: (driver) => ({
      signPayload: (request, attempt) =>
        driver.signPayload(request, { ...endless(attempt), timeoutMs: attempt.timeoutMs }),
    }),
  },
  {
    bug: 'ignores `timeoutMs` and the signal of an attempt',
    group: 'timeouts',
    caughtBy: 'an attempt that is over ends its request: sign',
    driver: (driver) => ({ signPayload: (request, attempt) => driver.signPayload(request, endless(attempt)) }),
  },
  {
    bug: 'has no `close`, and connections that stay',
    group: 'life cycle',
    caughtBy: 'gives its connections back',
    driver(driver) {
      let connected: Promise<void> | undefined
      return {
        async signPayload(request, attempt) {
          connected ??= leak()
          await connected
          return driver.signPayload(request, attempt)
        },
      }
    },
  },
  {
    bug: 'has a `close` that ends nothing',
    group: 'life cycle',
    caughtBy: 'gives its connections back',
    driver: (driver) => ({
      async signPayload(request, attempt) {
        await leak()
        return driver.signPayload(request, attempt)
      },
      close: async () => {},
    }),
  },
]
