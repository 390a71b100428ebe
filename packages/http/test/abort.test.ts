import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHttpClient } from '../src/index.ts'
import { answer, clientOf, failureOf, listen, rawServer, request, sleep, until } from './servers.ts'

/** Accepts and says nothing, so that a TLS handshake never ends. */
async function silentServer() {
  const counts = { opened: 0, closed: 0 }
  const port = await listen(
    createServer((socket) => {
      counts.opened += 1
      socket.on('data', () => {}).on('close', () => (counts.closed += 1))
    }),
  )
  return { port, counts }
}

const reasonOf = async (sending: Promise<unknown>) =>
  sending.then(
    () => 'resolved',
    (reason: unknown) => reason,
  )

describe('abort', () => {
  it.each<[string, unknown]>([
    ['a string', 'because'],
    ['null', null],
    ['zero', 0],
    ['an Error', new Error('mine')],
    ['an object', { mine: true }],
  ])('rejects with %s as it is', async (_title, reason) => {
    const server = await rawServer(() => {})
    const controller = new AbortController()
    const sending = reasonOf(clientOf(server.port).send(request({ signal: controller.signal })))
    await sleep(20)
    controller.abort(reason)
    expect(await sending).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('beforehand makes no request', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const signal = AbortSignal.abort('before')
    expect(await reasonOf(clientOf(server.port).send(request({ signal })))).toBe('before')
    await sleep(20)
    expect(server.connections()).toBe(0)
  })

  it('in the same turn makes no request', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const controller = new AbortController()
    const client = clientOf(server.port)
    const sending = reasonOf(client.send(request({ signal: controller.signal })))
    controller.abort('now')
    expect(await sending).toBe('now')
    await sleep(20)
    expect(server.requests).toHaveLength(0)
  })

  it('while connecting gives the connection up', async () => {
    const { port, counts } = await silentServer()
    const controller = new AbortController()
    const sending = reasonOf(
      clientOf(port, { baseUrl: `https://localhost:${port}` }).send(request({ signal: controller.signal })),
    )
    await sleep(50)
    expect(counts).toEqual({ opened: 1, closed: 0 })
    controller.abort('connecting')
    expect(await sending).toBe('connecting')
    await until(() => counts.closed === 1)
    await sleep(30)
    expect(counts).toEqual({ opened: 1, closed: 1 })
  })

  it.each([
    ['while waiting for an answer', ''],
    ['inside the headers', 'HTTP/1.1 200 OK\r\nx-a'],
    ['inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'],
  ])('%s rejects at once and frees the socket', async (_title, begun) => {
    const server = await rawServer(({ socket, index }) => socket.write(index === 1 ? begun : answer('{}')))
    const controller = new AbortController()
    const client = clientOf(server.port)
    const sending = reasonOf(client.send(request({ signal: controller.signal })))
    await sleep(30)
    const started = performance.now()
    controller.abort('enough')
    expect(await sending).toBe('enough')
    expect(performance.now() - started).toBeLessThan(20)
    await until(() => server.requests[0]?.socket.destroyed === true)
    expect(await client.send(request())).toMatchObject({ body: '{}' })
  })

  it('after the answer changes nothing and finds no listener', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const controller = new AbortController()
    const client = clientOf(server.port)
    expect(await client.send(request({ signal: controller.signal }))).toMatchObject({ body: '{}' })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    await sleep(10)
    controller.abort()
    expect(await client.send(request())).toMatchObject({ body: '{}' })
    expect(server.connections()).toBe(1)
  })

  it('of a request that waits for a connection takes nobody else down', async () => {
    const server = await rawServer(({ socket }) => setTimeout(() => socket.write(answer('{}')), 50))
    const client = clientOf(server.port)
    const others = Array.from({ length: 256 }, () => client.send(request()))
    const controller = new AbortController()
    const waiting = reasonOf(client.send(request({ signal: controller.signal })))
    const last = client.send(request())
    await sleep(10)
    controller.abort('impatient')
    expect(await waiting).toBe('impatient')
    expect(await Promise.all([...others, last])).toHaveLength(257)
    expect(server.requests).toHaveLength(257)
    expect(server.connections()).toBe(256)
  })

  it('leaves no listener behind after a failure', async () => {
    const { signal } = new AbortController()
    await failureOf(clientOf(1).send(request({ signal })))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('timeoutMs', () => {
  it.each<[string, string, string]>([
    ['never answers', '', 'request'],
    ['stops inside the headers', 'HTTP/1.1 200 OK\r\nx-a', 'response'],
    ['stops inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'response'],
  ])('is kept within milliseconds when the server %s', async (_title, begun, phase) => {
    const server = await rawServer(({ socket, index }) => socket.write(index === 1 ? answer('{}') : begun))
    const client = clientOf(server.port)
    await client.send(request())
    const started = performance.now()
    expect(await failureOf(client.send(request({ timeoutMs: 100 })))).toMatchObject({ code: 'HTTP_TIMEOUT', phase })
    const elapsed = performance.now() - started
    expect(elapsed).toBeGreaterThan(95)
    expect(elapsed).toBeLessThan(130)
    await until(() => server.requests[1]?.socket.destroyed === true)
  })

  it('is kept while 1xx answers keep coming', async () => {
    const server = await rawServer(({ socket }) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await failureOf(clientOf(server.port).send(request({ timeoutMs: 100 })))).toMatchObject({
      code: 'HTTP_TIMEOUT',
      phase: 'response',
    })
  })

  it.each([0, -5])('of %i ms makes no request', async (timeoutMs) => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    expect(await failureOf(clientOf(server.port).send(request({ timeoutMs })))).toMatchObject({
      code: 'HTTP_TIMEOUT',
      phase: 'connect',
    })
    expect(server.connections()).toBe(0)
  })

  it('may be longer than Node timers are', async () => {
    const server = await rawServer(({ socket }) => setTimeout(() => socket.write(answer('{}')), 30))
    expect(await clientOf(server.port).send(request({ timeoutMs: 2 ** 40 }))).toMatchObject({ body: '{}' })
  })

  it('does not send what timed out while it waited for a connection', async () => {
    const { port, counts } = await silentServer()
    const client = createHttpClient({ baseUrl: `http://127.0.0.1:${port}` })
    const limits = Array.from({ length: 260 }, (_, index) => (index < 256 ? 200 : 100))
    const all = await Promise.all(limits.map(async (timeoutMs) => failureOf(client.send(request({ timeoutMs })))))
    expect(all.filter(({ phase }) => phase === 'connect')).toHaveLength(4)
    expect(all.every(({ code }) => code === 'HTTP_TIMEOUT')).toBe(true)
    await until(() => counts.closed === 256)
    await client.close()
    await sleep(30)
    expect(counts).toEqual({ opened: 256, closed: 256 })
  })
})
