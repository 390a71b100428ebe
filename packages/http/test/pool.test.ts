import { describe, expect, it } from 'vitest'
import {
  createHttpClient,
  type HttpDispatcher,
  type HttpDispatchHandler,
  type HttpDispatchOptions,
} from '../src/index.ts'
import { answer, clientOf, failureOf, onCleanup, rawServer, request, sleep, until } from './servers.ts'

const pools = () =>
  (globalThis as { [key: symbol]: Map<string, { references: number }> | undefined })[Symbol.for('kmsign.http.pools.v1')]
const before = () => pools()?.size ?? 0

describe('pools', () => {
  it('are shared by clients with the same settings and closed by the last one', async () => {
    const start = before()
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const [first, second] = [clientOf(server.port), clientOf(server.port)]
    await first.send(request())
    await sleep(10)
    await second.send(request())
    expect(server.connections()).toBe(1)
    expect(pools()?.size).toBe(start + 1)
    await first.close()
    await sleep(10)
    expect(await second.send(request())).toMatchObject({ body: '{}' })
    expect(server.requests[0]?.socket.destroyed).toBe(false)
    await second.close()
    expect(pools()?.size).toBe(start)
    await until(() => server.requests[0]?.socket.destroyed === true)
  })

  it('are not shared across other settings', async () => {
    const start = before()
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const direct = clientOf(server.port)
    const proxied = clientOf(server.port, { proxy: 'http://127.0.0.1:1' })
    await direct.send(request())
    await failureOf(proxied.send(request()))
    expect(pools()?.size).toBe(start + 2)
  })

  it('do not exist before the first request', () => {
    const start = before()
    clientOf(1)
    expect(before()).toBe(start)
  })

  it('are found under keys that reveal nothing', async () => {
    await failureOf(clientOf(1, { proxy: 'http://user:s3cret@127.0.0.1:1' }).send(request()))
    expect(JSON.stringify([...(pools()?.keys() ?? [])])).not.toMatch(/s3cret|127/)
  })
})

describe('close', () => {
  it('waits for requests under way and refuses new ones', async () => {
    const server = await rawServer(({ socket }) => setTimeout(() => socket.write(answer('{}')), 50))
    const client = clientOf(server.port)
    const sending = client.send(request())
    let closed = false
    const closing = client.close().then(() => (closed = true))
    expect(await failureOf(client.send(request()))).toMatchObject({ code: 'HTTP_CLOSED', phase: 'connect' })
    await sleep(20)
    expect(closed).toBe(false)
    expect(await sending).toMatchObject({ body: '{}' })
    await closing
  })

  it('is idempotent and does not close what others use', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const [first, second] = [clientOf(server.port), clientOf(server.port)]
    await Promise.all([first.send(request()), second.send(request())])
    await Promise.all([first.close(), first.close(), first.close()])
    expect(await second.send(request())).toMatchObject({ body: '{}' })
  })

  it('of a client that never sent anything is nothing', async () => {
    await expect(clientOf(1).close()).resolves.toBeUndefined()
  })

  it('leaves the origin usable for a new client', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    for (let round = 0; round < 3; round += 1) {
      const client = clientOf(server.port)
      expect(await client.send(request())).toMatchObject({ body: '{}' })
      await client.close()
    }
  })
})

describe('many requests', () => {
  it('get their own answers, whatever happens to others', async () => {
    const server = await rawServer(({ socket, text }) => {
      const id = Number(/"id":(\d+)/.exec(text)?.[1])
      if (id % 7 === 0) socket.resetAndDestroy()
      else if (id % 5 === 0) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{')
      else if (id % 3 === 0) setTimeout(() => socket.write(answer(`{"id":${id}}`)), id % 11)
      else socket.write(answer(`{"id":${id}}`))
    })
    const client = clientOf(server.port)
    const settled = await Promise.allSettled(
      Array.from({ length: 500 }, (_, id) => client.send(request({ body: `{"id":${id}}` }))),
    )
    settled.forEach((result, id) => {
      if (id % 7 === 0) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'HTTP_RESET' } })
      else if (id % 5 === 0)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'HTTP_BODY_TRUNCATED' } })
      else expect(result).toMatchObject({ status: 'fulfilled', value: { body: `{"id":${id}}` } })
    })
  })
})

describe('options and requests', () => {
  it('may be frozen', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const client = createHttpClient(
      Object.freeze({ baseUrl: `http://127.0.0.1:${server.port}`, tls: Object.freeze({}) }),
    )
    onCleanup(() => client.close())
    const frozen = Object.freeze(request({ headers: Object.freeze({ a: 'b' }) }))
    expect(Object.isFrozen(client)).toBe(true)
    expect(await client.send(frozen)).toMatchObject({ body: '{}' })
  })

  it('may carry bytes, a Host of their own and another accept-encoding', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    await clientOf(server.port).send(
      request({
        body: Buffer.from('xxabcxx').subarray(2, 5),
        headers: { Host: 'kms.example', 'Accept-Encoding': 'gzip' },
      }),
    )
    const text = server.requests[0]?.text
    expect(text).toContain('\r\nhost: kms.example\r\n')
    expect(text).toContain('\r\naccept-encoding: identity\r\n')
    expect(text).not.toContain('gzip')
    expect(text?.endsWith('\r\n\r\nabc')).toBe(true)
  })

  it.each(['GET', 'DELETE', 'PUT'] as const)('may be %s without a body', async (method) => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const { body, ...bare } = request({ method })
    expect(body).toBeDefined()
    expect(await clientOf(server.port).send(bare)).toMatchObject({ body: '{}' })
    expect(server.requests[0]?.text).toMatch(new RegExp(`^${method} /sign`))
  })
})

describe('dispatcher', () => {
  it('sends instead of the pool and is not closed', async () => {
    const seen: HttpDispatchOptions[] = []
    const dispatcher: HttpDispatcher = {
      dispatch: (options: HttpDispatchOptions, handler: HttpDispatchHandler) => {
        seen.push(options)
        const controller = { abort: () => {} }
        handler.onRequestStart(controller)
        handler.onResponseStart(controller, 201, { 'x-a': ['1', '2'] })
        handler.onResponseData(controller, Buffer.from('{}'))
        handler.onResponseEnd(controller)
        return true
      },
    }
    const start = before()
    const client = clientOf(1, { dispatcher })
    expect(await client.send(request())).toMatchObject({ status: 201, headers: { 'x-a': '1' }, body: '{}' })
    expect(seen[0]).toMatchObject({ origin: 'http://127.0.0.1:1', path: '/sign?Action=Sign', method: 'POST' })
    expect(before()).toBe(start)
  })

  it('may be one of undici, mocks included', async () => {
    const { MockAgent } = await import('undici')
    const agent = new MockAgent()
    onCleanup(() => agent.close())
    agent.disableNetConnect()
    agent
      .get('http://127.0.0.1:1')
      .intercept({ path: '/sign?Action=Sign', method: 'POST' })
      .reply(200, { mocked: true })
    expect(await clientOf(1, { dispatcher: agent }).send(request())).toMatchObject({ body: '{"mocked":true}' })
    expect(await failureOf(clientOf(1, { dispatcher: agent }).send(request()))).toMatchObject({
      code: 'HTTP_CONNECT',
      phase: 'connect',
    })
  })

  it('that throws is a failed attempt', async () => {
    const dispatcher = {
      dispatch: () => {
        throw Object.assign(new Error('closed'), { code: 'UND_ERR_CLOSED' })
      },
    }
    expect(await failureOf(clientOf(1, { dispatcher }).send(request()))).toMatchObject({ code: 'HTTP_CLOSED' })
  })
})
