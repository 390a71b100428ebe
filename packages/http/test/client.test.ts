import { describe, expect, it } from 'vitest'
import { answer, clientOf, failureOf, rawServer, request, sleep } from './servers.ts'

describe('send', () => {
  it('sends the request as given and returns status, headers and body', async () => {
    const server = await rawServer(({ socket }) =>
      socket.write(answer('{"ok":"한글"}', { headers: 'X-Request-Id: r1\r\nx-request-id: r2\r\n' })),
    )
    const client = clientOf(server.port)
    const response = await client.send(request())
    expect(response).toMatchObject({ status: 200, body: '{"ok":"한글"}' })
    expect(response.headers['x-request-id']).toBe('r1')
    for (const name of ['constructor', 'toString', '__proto__']) expect(name in response.headers).toBe(false)
    const lines = server.requests[0]?.text.split('\r\n')
    expect(lines).toEqual([
      'POST /sign?Action=Sign HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'connection: keep-alive',
      'accept-encoding: identity',
      'content-type: application/json',
      'content-length: 7',
      '',
      '{"a":1}',
    ])
  })

  it('sends requests one after another over one connection', async () => {
    const server = await rawServer(({ socket, index }) => socket.write(answer(String(index))))
    const client = clientOf(server.port)
    for (const body of ['1', '2', '3']) {
      expect(await client.send(request())).toMatchObject({ body })
      // undici keeps a connection back for one turn of the event loop.
      await sleep(5)
    }
    expect(server.connections()).toBe(1)
  })

  it.each([301, 302, 303, 307, 308, 304])('refuses a redirect with status %i', async (status) => {
    const server = await rawServer(({ socket }) =>
      socket.write(answer('', { status: `${status} Found`, headers: 'Location: http://evil.example/\r\n' })),
    )
    const error = await failureOf(clientOf(server.port).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_REDIRECT', phase: 'response', status })
    expect(error.message).not.toContain('evil')
  })

  it('times out a dripping body', async () => {
    const server = await rawServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
      const timer = setInterval(() => socket.write('x'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    const started = performance.now()
    const error = await failureOf(clientOf(server.port).send(request({ timeoutMs: 150 })))
    expect(error).toMatchObject({ code: 'HTTP_TIMEOUT', phase: 'response', status: 200 })
    expect(performance.now() - started).toBeLessThan(250)
  })

  it('tells a stale keep-alive connection from a fresh one', async () => {
    const server = await rawServer(({ socket, index }) => {
      if (index === 1) socket.write(answer('1'))
      else socket.resetAndDestroy()
    })
    const client = clientOf(server.port)
    await client.send(request())
    await sleep(10)
    expect(await failureOf(client.send(request()))).toMatchObject({
      code: 'HTTP_RESET',
      phase: 'request',
      reusedConnection: true,
    })
    await sleep(10)
    expect(await failureOf(client.send(request()))).toMatchObject({
      code: 'HTTP_RESET',
      phase: 'request',
      reusedConnection: false,
    })
  })

  it('rejects with the reason of an abort as it is', async () => {
    const server = await rawServer(() => {})
    const controller = new AbortController()
    const sending = clientOf(server.port).send(request({ signal: controller.signal }))
    await sleep(50)
    controller.abort('because')
    await expect(sending).rejects.toBe('because')
  })

  it('names a refused connection', async () => {
    const error = await failureOf(clientOf(1).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_CONNECT', phase: 'connect', systemCode: 'ECONNREFUSED' })
  })

  it('refuses to send after close', async () => {
    const client = clientOf(1)
    await client.close()
    expect(await failureOf(client.send(request()))).toMatchObject({ code: 'HTTP_CLOSED', phase: 'connect' })
  })
})
