import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { httpAnswer } from './http-text.ts'

const LARGE_BYTES = 100 * 1_048_576
const BLOCK = Buffer.alloc(1_048_576, 0x20)

/** A right answer behind 100 MB of white space, with its length said in advance or in chunks without one. */
export async function sendLargeBody(
  socket: Socket,
  answer: string,
  form: 'length' | 'chunked' = 'length',
): Promise<void> {
  const tail = Buffer.from(answer)
  const length = `Content-Length: ${LARGE_BYTES + tail.length}`
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n`
  socket.write(`${head}${form === 'length' ? length : 'Transfer-Encoding: chunked'}\r\n\r\n`)
  const wrap = (bytes: Buffer): Buffer =>
    form === 'length'
      ? bytes
      : Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
  const block = wrap(BLOCK)
  for (let sent = 0; sent < LARGE_BYTES; sent += BLOCK.length) {
    if (socket.destroyed) return
    if (!socket.write(block)) await drained(socket)
  }
  socket.write(wrap(tail))
  if (form === 'chunked') socket.write('0\r\n\r\n')
}

/** A right answer behind 100 MB of white space, as 100 KB of gzip. */
export function inflatingAnswer(answer: string): Buffer {
  // Members of a gzip file may follow one another: one block is compressed once and sent a hundred times.
  const member = gzipSync(BLOCK)
  const members = Array.from({ length: LARGE_BYTES / BLOCK.length }, () => member)
  return httpAnswer(200, Buffer.concat([...members, gzipSync(answer)]), { 'Content-Encoding': 'gzip' })
}

/** One byte at a time. */
export async function dripInto(socket: Socket, bytes: Buffer, everyMs: number): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed) return
    socket.write(Buffer.of(byte))
    await sleep(everyMs, undefined, { ref: false })
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
