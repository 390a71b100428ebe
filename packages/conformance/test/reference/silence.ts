import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Attempt } from '@kmsign/core/driver'

let listening: Promise<Server> | undefined
const open = new Set<Socket>()

/** A request over a real connection that nobody ever answers. Ends as a transport does: with its attempt. */
export async function silence({ signal, timeoutMs }: Pick<Attempt<unknown>, 'signal' | 'timeoutMs'>): Promise<never> {
  listening ??= listen()
  const server = await listening
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  open.add(socket)
  const end = () => void socket.destroy()
  const timer = setTimeout(end, timeoutMs)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  await once(socket, 'close').catch(() => undefined)
  clearTimeout(timer)
  open.delete(socket)
  throw new Error('ended')
}

/** Ends what requests without an end have left behind. */
export async function endSilence(): Promise<void> {
  for (const socket of open) socket.destroy()
  ;(await listening)?.close()
  listening = undefined
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return server
}
