import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answer, clientOf, failureOf, listen, rawServer, request, sleep, until } from './servers.ts'

const pem = (name: string) => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca.cert')

/** A proxy of bare sockets that knows CONNECT and nothing else. */
async function proxyServer(settings: { authorization?: string; reply?: string; secure?: boolean } = {}) {
  const heads: string[] = []
  const sockets: Socket[] = []
  const serve = (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    let head = ''
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      heads.push(head)
      const refusal =
        settings.authorization !== undefined && !head.includes(`\r\nproxy-authorization: ${settings.authorization}\r\n`)
      if (refusal) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      if (settings.reply !== undefined) return settings.reply === '' ? socket.destroy() : socket.end(settings.reply)
      const [host, port] = (/^CONNECT (\S+):(\d+) /.exec(head) ?? []).slice(1)
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(target).pipe(socket)
      })
      target.on('error', () => socket.destroy())
      socket.on('close', () => target.destroy())
    }
    socket.on('data', read)
  }
  const secureOptions = { cert: pem('localhost.cert'), key: pem('localhost.key') }
  const port = await listen(settings.secure ? createTlsServer(secureOptions, serve) : createServer(serve))
  return { port, heads, sockets }
}

async function httpsServer(): Promise<number> {
  return listen(
    createHttpsServer({ cert: pem('localhost.cert'), key: pem('localhost.key') }, (_in, response) =>
      response.end('{"secure":true}'),
    ),
  )
}

afterEach(() => vi.unstubAllEnvs())

describe('proxy', () => {
  it('tunnels http and keeps the tunnel', async () => {
    const server = await rawServer(({ socket, index }) => socket.write(answer(`${index}`)))
    const proxy = await proxyServer()
    const client = clientOf(server.port, { proxy: `http://127.0.0.1:${proxy.port}` })
    expect(await client.send(request())).toMatchObject({ body: '1' })
    await sleep(10)
    expect(await client.send(request())).toMatchObject({ body: '2' })
    expect(proxy.heads).toHaveLength(1)
    expect(proxy.heads[0]).toContain(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n`)
    expect(server.requests[0]?.text).toMatch(/^POST \/sign/)
  })

  it.each([false, true])('tunnels https, proxy over TLS: %s', async (secure) => {
    const port = await httpsServer()
    const proxy = await proxyServer({ secure })
    const client = clientOf(port, {
      baseUrl: `https://localhost:${port}`,
      proxy: `${secure ? 'https' : 'http'}://localhost:${proxy.port}`,
      tls: { ca },
    })
    expect(await client.send(request())).toMatchObject({ body: '{"secure":true}' })
    expect(proxy.heads[0]).toMatch(/^CONNECT localhost:/)
  })

  it('sends credentials to the proxy and to nobody else', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    const proxy = await proxyServer({ authorization })
    const client = clientOf(server.port, { proxy: `http://user:p%40ss@127.0.0.1:${proxy.port}` })
    expect(await client.send(request())).toMatchObject({ body: '{}' })
    expect(server.requests[0]?.text).not.toContain('roxy')
  })

  it('names the proxy that refuses, without its credentials', async () => {
    const proxy = await proxyServer({ authorization: 'Basic other' })
    const error = await failureOf(clientOf(1, { proxy: `http://user:s3cret@127.0.0.1:${proxy.port}` }).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_CONNECT', phase: 'connect', systemCode: 'PROXY_STATUS_407' })
    expect(error.message).toContain(`proxy 127.0.0.1:${proxy.port}`)
    const shown = inspect(error, { depth: 10, showHidden: true })
    expect(shown).not.toContain('s3cret')
    expect(shown).not.toContain(Buffer.from('user:s3cret').toString('base64'))
  })

  it.each<[string, string, string]>([
    ['says no', 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n', 'PROXY_STATUS_503'],
    ['hangs up', '', 'ECONNRESET'],
    ['talks nonsense', 'SSH-2.0\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ])('fails once when the proxy %s', async (_title, reply, systemCode) => {
    const proxy = await proxyServer({ reply })
    const client = clientOf(1, { proxy: `http://127.0.0.1:${proxy.port}` })
    expect(await failureOf(client.send(request()))).toMatchObject({
      code: 'HTTP_CONNECT',
      phase: 'connect',
      systemCode,
    })
    await sleep(50)
    expect(proxy.heads).toHaveLength(1)
  })

  it('names a proxy that is not there', async () => {
    const error = await failureOf(clientOf(2, { proxy: 'http://127.0.0.1:1' }).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_CONNECT', phase: 'connect', systemCode: 'ECONNREFUSED' })
    expect(error.message).toContain('proxy 127.0.0.1:1')
  })

  it('gives a tunnel up in which nobody answers', async () => {
    const silent = await rawServer(() => {})
    const error = await failureOf(
      clientOf(1, { proxy: `http://127.0.0.1:${silent.port}` }).send(request({ timeoutMs: 100 })),
    )
    expect(error).toMatchObject({ code: 'HTTP_TIMEOUT', phase: 'connect' })
    await until(() => silent.requests[0]?.socket.destroyed === true)
  })

  it('checks the certificate of the server behind the proxy', async () => {
    const port = await httpsServer()
    const proxy = await proxyServer()
    const error = await failureOf(
      clientOf(port, { baseUrl: `https://localhost:${port}`, proxy: `http://localhost:${proxy.port}` }).send(request()),
    )
    expect(error).toMatchObject({ code: 'HTTP_TLS', phase: 'connect' })
    expect(error.message).toContain(`localhost:${port}`)
  })

  it('tells a stale tunnel from a fresh one', async () => {
    const server = await rawServer(({ socket, index }) =>
      index === 1 ? socket.write(answer('1')) : socket.resetAndDestroy(),
    )
    const proxy = await proxyServer()
    const client = clientOf(server.port, { proxy: `http://127.0.0.1:${proxy.port}` })
    await client.send(request())
    await sleep(10)
    expect(await failureOf(client.send(request()))).toMatchObject({ code: 'HTTP_RESET', reusedConnection: true })
    expect(await failureOf(client.send(request()))).toMatchObject({ code: 'HTTP_RESET', reusedConnection: false })
  })
})

describe("proxy: 'env'", () => {
  const clear = () => {
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'])
      vi.stubEnv(name, undefined)
  }

  it.each<[string, (proxy: number) => Record<string, string>, boolean]>([
    ['HTTP_PROXY', (port) => ({ HTTP_PROXY: `http://127.0.0.1:${port}` }), true],
    [
      'http_proxy before HTTP_PROXY',
      (port) => ({ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: `http://127.0.0.1:${port}` }),
      true,
    ],
    ['HTTPS_PROXY for an http origin', () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' }), false],
    ['NO_PROXY by address', () => ({ HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'a.example, 127.0.0.1' }), false],
    ['NO_PROXY for everything', () => ({ HTTP_PROXY: 'http://127.0.0.1:1', no_proxy: '*' }), false],
    [
      'NO_PROXY for another port',
      (port) => ({ HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '127.0.0.1:1' }),
      true,
    ],
    ['no variable', () => ({}), false],
  ])('obeys %s', async (_title, variables, proxied) => {
    clear()
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const proxy = await proxyServer()
    for (const [name, value] of Object.entries(variables(proxy.port))) vi.stubEnv(name, value)
    expect(await clientOf(server.port, { proxy: 'env' }).send(request())).toMatchObject({ body: '{}' })
    expect(proxy.heads).toHaveLength(proxied ? 1 : 0)
  })

  it.each([
    ['HTTPS_PROXY', '', 1],
    ['HTTP_PROXY', '', 1],
    ['HTTPS_PROXY', '.localhost', 0],
    ['HTTPS_PROXY', 'LOCALHOST', 0],
    ['HTTPS_PROXY', 'ocalhost', 1],
  ])('takes %s for https, NO_PROXY %j', async (name, noProxy, tunnels) => {
    clear()
    const port = await httpsServer()
    const proxy = await proxyServer()
    vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`)
    vi.stubEnv('NO_PROXY', noProxy)
    await clientOf(port, { baseUrl: `https://localhost:${port}`, proxy: 'env', tls: { ca } }).send(request())
    expect(proxy.heads).toHaveLength(tunnels)
  })
})
