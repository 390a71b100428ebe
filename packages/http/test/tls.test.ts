import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { createServer } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { HttpClientOptions, HttpError } from '../src/index.ts'
import { answer, clientOf, failureOf, listen, request, sleep, until } from './servers.ts'

const pem = (name: string) => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca.cert')

async function httpsServer(name: string, options: ServerOptions = {}): Promise<{ port: number; peers: TLSSocket[] }> {
  const peers: TLSSocket[] = []
  const server = createHttpsServer(
    { cert: pem(`${name}.cert`), key: pem(`${name}.key`), ...options },
    (_incoming, response) => {
      response.end('{"ok":true}')
    },
  )
  server.on('secureConnection', (socket) => peers.push(socket))
  return { port: await listen(server), peers }
}

function secureClient(port: number, options: Partial<HttpClientOptions> = {}, host = 'localhost') {
  return clientOf(port, { baseUrl: `https://${host}:${port}`, ...options })
}

describe('TLS', () => {
  it.each(['localhost', '127.0.0.1'])('trusts a private CA for %s', async (host) => {
    const { port } = await httpsServer('localhost')
    expect(await secureClient(port, { tls: { ca } }, host).send(request())).toMatchObject({
      status: 200,
      body: '{"ok":true}',
    })
  })

  it('offers HTTP/1.1 alone and resumes the session on a new connection', async () => {
    const { port, peers } = await httpsServer('localhost', { ALPNProtocols: ['h2', 'http/1.1'] })
    const client = secureClient(port, { tls: { ca } })
    await client.send(request({ headers: { connection: 'close' } }))
    await sleep(20)
    await client.send(request())
    expect(peers.map((peer) => peer.alpnProtocol)).toEqual(['http/1.1', 'http/1.1'])
    expect(peers.map((peer) => Boolean(peer.isSessionReused()))).toEqual([false, true])
  })

  it('shows a client certificate', async () => {
    const { port, peers } = await httpsServer('localhost', { ca, requestCert: true, rejectUnauthorized: true })
    const client = secureClient(port, { tls: { ca, cert: pem('client.cert'), key: pem('client.key') } })
    expect(await client.send(request())).toMatchObject({ status: 200 })
    expect(peers[0]?.getPeerCertificate().subject.CN).toBe('kmsign test client')
  })

  it.each<[string, string, string, Partial<HttpClientOptions>, string, RegExp]>([
    ['an unknown CA', 'localhost', 'localhost', {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /tls\.ca/],
    [
      'another host name',
      'elsewhere',
      'localhost',
      { tls: { ca } },
      'ERR_TLS_CERT_ALTNAME_INVALID',
      /another host name/,
    ],
    ['another address', 'elsewhere', '127.0.0.1', { tls: { ca } }, 'ERR_TLS_CERT_ALTNAME_INVALID', /another host name/],
    ['an expired certificate', 'expired', 'localhost', { tls: { ca } }, 'CERT_HAS_EXPIRED', /not valid today/],
  ])('refuses %s, says what to do and recovers', async (_title, name, host, options, systemCode, words) => {
    const { port } = await httpsServer(name)
    const client = secureClient(port, options, host)
    for (let round = 0; round < 3; round += 1) {
      const error = await failureOf(client.send(request()))
      expect(error).toMatchObject({
        code: 'HTTP_TLS',
        phase: 'connect',
        reusedConnection: false,
        systemCode,
      } satisfies Partial<HttpError>)
      expect(error.message).toMatch(words)
      expect(error.message).toContain(`${host}:${port}`)
    }
  })

  it('checks certificates whatever the environment says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const { port } = await httpsServer('localhost')
      const error = await failureOf(secureClient(port, {}, 'localhost').send(request()))
      expect(error).toMatchObject({ code: 'HTTP_TLS', phase: 'connect' })
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  // Node as a server sends the alert in TLS 1.2 alone; in 1.3 it just hangs up.
  it('says that a client certificate is wanted', async () => {
    const { port } = await httpsServer('localhost', {
      ca,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: 'TLSv1.2',
    })
    const error = await failureOf(secureClient(port, { tls: { ca } }).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_TLS', phase: 'connect' })
    expect(error.message).toContain('tls.cert')
  })

  it('says that the port does not speak TLS', async () => {
    const port = await listen(
      createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    )
    const error = await failureOf(secureClient(port).send(request()))
    expect(error).toMatchObject({ code: 'HTTP_TLS', phase: 'connect' })
  })

  it('calls a connection lost in the handshake a failed connection', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.destroy())))
    expect(await failureOf(secureClient(port).send(request()))).toMatchObject({
      code: 'HTTP_CONNECT',
      phase: 'connect',
      systemCode: 'ECONNRESET',
    })
  })

  it('times out in a handshake that never ends, and lets the connection go', async () => {
    let closed = 0
    const port = await listen(createServer((socket) => socket.on('data', () => {}).on('close', () => (closed += 1))))
    const error = await failureOf(secureClient(port).send(request({ timeoutMs: 100 })))
    expect(error).toMatchObject({ code: 'HTTP_TIMEOUT', phase: 'connect' })
    await until(() => closed === 1)
  })

  it('tells a stale connection from a fresh one', async () => {
    let count = 0
    const server = createTlsServer({ cert: pem('localhost.cert'), key: pem('localhost.key') }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {
        count += 1
        if (count === 1) socket.write(answer('1'))
        else socket.destroy()
      })
    })
    const client = secureClient(await listen(server), { tls: { ca } })
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
  })
})
