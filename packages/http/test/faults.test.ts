import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { HttpError } from '../src/index.ts'
import { answer, clientOf, failureOf, type RawRequest, rawServer, request, sleep } from './servers.ts'

type Fault = [title: string, write: (request: RawRequest) => void, expected: Partial<HttpError>]
const OK = 'HTTP/1.1 200 OK\r\n'

const faults: Fault[] = [
  ['a reset before any byte', ({ socket }) => socket.resetAndDestroy(), { code: 'HTTP_RESET', phase: 'request' }],
  ['an end before any byte', ({ socket }) => socket.end(), { code: 'HTTP_RESET', phase: 'request' }],
  [
    'an end inside the headers',
    ({ socket }) => socket.end(`${OK}content-le`),
    { code: 'HTTP_RESET', phase: 'response' },
  ],
  [
    'a reset inside the body',
    ({ socket }) =>
      socket.write(`${OK}content-length: 9\r\n\r\nabc`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  [
    'an end inside the body',
    ({ socket }) => socket.end(`${OK}content-length: 9\r\n\r\nabc`),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  [
    'an end inside the body of a closing connection',
    ({ socket }) => socket.end(`${OK}connection: close\r\ncontent-length: 9\r\n\r\nabc`),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  [
    'an end inside a chunked body',
    ({ socket }) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhel`),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  [
    'an end inside a chunked body of a closing connection',
    ({ socket }) => socket.end(`${OK}connection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  [
    'a reset inside a body without length',
    ({ socket }) =>
      socket.write(`${OK}connection: close\r\n\r\n{"a":`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 200 },
  ],
  ['garbage', ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), { code: 'HTTP_PROTOCOL', phase: 'response' }],
  [
    'two lengths',
    ({ socket }) => socket.write(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`),
    { code: 'HTTP_PROTOCOL', phase: 'response' },
  ],
  [
    'a length and chunks',
    ({ socket }) => socket.write(`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    { code: 'HTTP_PROTOCOL', phase: 'response' },
  ],
  [
    'a chunk size that is no number',
    ({ socket }) => socket.write(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    { code: 'HTTP_PROTOCOL', phase: 'response', status: 200 },
  ],
  [
    'too many header bytes',
    ({ socket }) => socket.write(`${OK}x: ${'y'.repeat(20_000)}\r\n\r\n`),
    { code: 'HTTP_PROTOCOL', phase: 'response' },
  ],
  [
    'a 100 nobody asked for',
    ({ socket }) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
    { code: 'HTTP_PROTOCOL', phase: 'response' },
  ],
  [
    'a change of protocol',
    ({ socket }) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
    { code: 'HTTP_PROTOCOL', phase: 'response' },
  ],
  [
    'a body that is not UTF-8',
    ({ socket }) => socket.write(answer(Buffer.from([0x22, 0xff, 0x22]))),
    { code: 'HTTP_BODY_MALFORMED', phase: 'response', status: 200 },
  ],
  [
    'a gzip bomb',
    ({ socket }) => socket.write(answer(gzipSync(Buffer.alloc(10_000_000)), { headers: 'content-encoding: gzip\r\n' })),
    { code: 'HTTP_BODY_MALFORMED', phase: 'response' },
  ],
  [
    'gzip without saying so',
    ({ socket }) => socket.write(answer(gzipSync('{}'))),
    { code: 'HTTP_BODY_MALFORMED', phase: 'response' },
  ],
  [
    'gzip as transfer coding',
    ({ socket }) => socket.write(`${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
    { code: 'HTTP_BODY_MALFORMED', phase: 'response' },
  ],
  [
    'a declared length over the cap',
    ({ socket }) => socket.write(`${OK}content-length: 1048577\r\n\r\n`),
    { code: 'HTTP_BODY_TOO_LARGE', phase: 'response', status: 200 },
  ],
  [
    'an undeclared length over the cap',
    ({ socket }) => socket.write(`${OK}connection: close\r\n\r\n${'x'.repeat(1_048_577)}`),
    { code: 'HTTP_BODY_TOO_LARGE', phase: 'response', status: 200 },
  ],
  [
    'a 503 cut short',
    ({ socket }) => socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 9\r\nretry-after: 7\r\n\r\nabc'),
    { code: 'HTTP_BODY_TRUNCATED', phase: 'response', status: 503 },
  ],
]

describe('a bad answer', () => {
  it.each(faults)('%s has its code, and the next request is not touched by it', async (_title, write, expected) => {
    const server = await rawServer((incoming) => {
      if (incoming.index === 1) write(incoming)
      else incoming.socket.write(answer('{"next":true}'))
    })
    const client = clientOf(server.port)
    const error = await failureOf(client.send(request({ timeoutMs: 2000 })))
    expect(error).toMatchObject({ reusedConnection: false, ...expected })
    expect(await client.send(request())).toMatchObject({ status: 200, body: '{"next":true}' })
  })

  it('keeps status and headers of the answer it had', async () => {
    const server = await rawServer(({ socket }) =>
      socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 9\r\nretry-after: 7\r\n\r\nabc'),
    )
    const error = await failureOf(clientOf(server.port).send(request()))
    expect(error.status).toBe(503)
    expect(error.headers?.['retry-after']).toBe('7')
  })

  it('never gives a second answer to the next request', async () => {
    const server = await rawServer(({ socket, index }) => {
      socket.write(answer(`own ${index}`))
      if (index === 1) socket.write(answer('smuggled'))
    })
    const client = clientOf(server.port)
    expect(await client.send(request())).toMatchObject({ body: 'own 1' })
    expect(await client.send(request())).toMatchObject({ body: 'own 2' })
  })

  it('never gives an answer that came while idle to the next request', async () => {
    const server = await rawServer(({ socket, index }) => {
      socket.write(answer(`own ${index}`))
      if (index === 1) setTimeout(() => socket.write(answer('smuggled')), 20)
    })
    const client = clientOf(server.port)
    expect(await client.send(request())).toMatchObject({ body: 'own 1' })
    await sleep(60)
    expect(await client.send(request())).toMatchObject({ body: 'own 2' })
  })

  it('skips what comes before the final status', async () => {
    const server = await rawServer(({ socket }) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')
      socket.write(answer('{}', { status: '403 Forbidden' }))
    })
    expect(await clientOf(server.port).send(request())).toMatchObject({ status: 403, body: '{}' })
  })
})

describe('a good answer', () => {
  it.each<[string, string, string]>([
    ['in pieces of one byte', `${OK}content-length: 8\r\n\r\n한🔑x`, '한🔑x'],
    ['in chunks', `${OK}transfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n`, '{"a":1}'],
    ['without a length', `${OK}connection: close\r\n\r\n{"a":1}`, '{"a":1}'],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['of identity encoding', `${OK}content-encoding: identity\r\ncontent-length: 2\r\n\r\n{}`, '{}'],
  ])('%s is read', async (_title, bytes, body) => {
    const server = await rawServer(({ socket }) => {
      const left = [...Buffer.from(bytes)]
      const next = () => {
        const byte = left.shift()
        if (byte !== undefined) socket.write(Buffer.of(byte), () => setImmediate(next))
        else if (bytes.includes('close')) socket.end()
      }
      next()
    })
    expect(await clientOf(server.port).send(request())).toMatchObject({ body })
  })

  it('may be as large as the cap', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('x'.repeat(1024 * 1024))))
    const { body } = await clientOf(server.port).send(request())
    expect(body).toHaveLength(1024 * 1024)
  })

  it('is measured against maxResponseBytes', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('12345')))
    expect(await clientOf(server.port, { maxResponseBytes: 5 }).send(request())).toMatchObject({ body: '12345' })
    expect(await failureOf(clientOf(server.port, { maxResponseBytes: 4 }).send(request()))).toMatchObject({
      code: 'HTTP_BODY_TOO_LARGE',
    })
  })
})

describe('a stale connection', () => {
  const drop = {
    reset: (incoming: RawRequest) => incoming.socket.resetAndDestroy(),
    end: (incoming: RawRequest) => incoming.socket.end(),
  }
  it.each(['reset', 'end'] as const)(
    'that the server gives up with %s as the request arrives is told as reused',
    async (how) => {
      const server = await rawServer((incoming) =>
        incoming.index === 1 ? incoming.socket.write(answer('1')) : drop[how](incoming),
      )
      const client = clientOf(server.port)
      await client.send(request())
      await sleep(10)
      expect(await failureOf(client.send(request()))).toMatchObject({
        code: 'HTTP_RESET',
        phase: 'request',
        reusedConnection: true,
      })
      expect(await failureOf(client.send(request()))).toMatchObject({
        code: 'HTTP_RESET',
        phase: 'request',
        reusedConnection: false,
      })
    },
  )

  it('that was closed in time is not used', async () => {
    const server = await rawServer(({ socket, index }) => socket.write(answer(`${index}`), () => socket.end()))
    const client = clientOf(server.port)
    for (let index = 1; index <= 20; index += 1) {
      expect(await client.send(request())).toMatchObject({ body: `${index}` })
      await sleep(3)
    }
  })
})

describe('a request that is not well-formed', () => {
  it.each<[string, Parameters<typeof request>[0]]>([
    ['a path without slash', { path: 'sign' }],
    ['a space in the path', { path: '/a b' }],
    ['a line break in a header', { headers: { a: 'b\r\nc: d' } }],
    ['a header name with a space', { headers: { 'a b': 'c' } }],
    ['a wrong content-length', { headers: { 'content-length': '99' } }],
    ['transfer-encoding', { headers: { 'transfer-encoding': 'chunked' } }],
    ['no time limit', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['NaN for a time limit', { timeoutMs: Number.NaN }],
  ])('%s is a TypeError and is not sent', async (_title, overrides) => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const client = clientOf(server.port)
    await expect(client.send(request(overrides))).rejects.toThrow(TypeError)
    expect(server.requests).toHaveLength(0)
    expect(await client.send(request())).toMatchObject({ body: '{}' })
  })

  it('is one after a lost connection too', async () => {
    const server = await rawServer(({ socket }) => socket.resetAndDestroy())
    const client = clientOf(server.port)
    await failureOf(client.send(request()))
    await expect(client.send(request({ headers: { 'a b': 'c' } }))).rejects.toThrow(TypeError)
  })
})
