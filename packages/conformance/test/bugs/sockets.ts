import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { SeededBug } from './bug.ts'

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

export const SOCKET_BUGS: readonly SeededBug[] = [
  {
    bug: 'leaves connections open behind requests that were given up',
    group: 'aborts',
    caughtBy: 'leaves no socket behind',
    driver: (driver) => ({
      async signPayload(request, attempt) {
        await leak()
        return driver.signPayload(request, attempt)
      },
    }),
  },
]
