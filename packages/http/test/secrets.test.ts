import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createHttpClient, isHttpError } from '../src/index.ts'
import { answer, clientOf, failureOf, type RawRequest, rawServer, request } from './servers.ts'

const SECRET = 's3cretT0ken'
const secretive = () =>
  request({
    path: `/sign?Token=${SECRET}`,
    headers: { authorization: `Bearer ${SECRET}`, 'x-security-token': SECRET },
    body: JSON.stringify({ digest: SECRET }),
    timeoutMs: 100,
  })

/** Everything a log could print of an error. */
function printed(error: Error): string {
  const json = JSON.stringify(error)
  const own = Reflect.ownKeys(error).map((name) => inspect(Reflect.get(error, name), { depth: 10, showHidden: true }))
  return [
    inspect(error, { depth: 10, showHidden: true, getters: false }),
    json,
    error.stack,
    String(error),
    ...own,
  ].join('\n')
}

const echo = ({ text }: RawRequest) => text.slice(text.indexOf('\r\n') + 2, text.indexOf('\r\n\r\n'))

describe('an error', () => {
  it.each<[string, (request: RawRequest) => void]>([
    ['a reset', ({ socket }) => socket.resetAndDestroy()],
    ['a time-out', () => {}],
    ['garbage that echoes the request', ({ socket, text }) => socket.end(text)],
    [
      'a redirect that echoes the request',
      (incoming) =>
        incoming.socket.write(`HTTP/1.1 302 ${SECRET}\r\nlocation: /${SECRET}\r\n${echo(incoming)}\r\n\r\n`),
    ],
    [
      'a truncated body that echoes the request',
      (incoming) =>
        incoming.socket.end(
          `HTTP/1.1 500 ${SECRET}\r\nx-echo: ${SECRET}\r\ncontent-length: 999\r\n\r\n${incoming.text}`,
        ),
    ],
    ['a body that is too large', ({ socket }) => socket.write(answer(SECRET.repeat(10)))],
    ['a compressed body', ({ socket }) => socket.write(answer(SECRET, { headers: `content-encoding: ${SECRET}\r\n` }))],
    ['a malformed body', ({ socket }) => socket.write(answer(Buffer.concat([Buffer.from(SECRET), Buffer.of(0xff)])))],
  ])('after %s shows nothing of the request', async (_title, write) => {
    const server = await rawServer(write)
    const error = await failureOf(clientOf(server.port, { maxResponseBytes: 20 }).send(secretive()))
    expect(printed(error)).not.toContain(SECRET)
    expect(inspect(error, { depth: 10, showHidden: true }).length).toBeLessThan(2000)
    expect(error.cause).toBeUndefined()
  })

  it.each<[string, object]>([
    ['a header value', { headers: { authorization: `${SECRET}\r\n` } }],
    ['a path', { path: `/${SECRET} x` }],
    ['a length', { headers: { 'content-length': `1${SECRET}` } }],
  ])('about %s that is not well-formed does not repeat it', async (_title, overrides) => {
    const error: unknown = await clientOf(1)
      .send(request(overrides))
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(printed(error as Error)).not.toContain(SECRET)
  })

  it('about options does not repeat the proxy password', () => {
    const create = () =>
      createHttpClient({ baseUrl: 'https://kms.example.com', proxy: `socks5://u:${SECRET}@proxy.example` })
    expect(create).toThrow(TypeError)
    expect(create).not.toThrow(SECRET)
  })

  it('is known by its marker in other realms and copies', async () => {
    const error = await failureOf(clientOf(1).send(request()))
    expect(error.name).toBe('HttpError')
    expect(isHttpError(error)).toBe(true)
    expect(isHttpError({ [Symbol.for('kmsign.http.error')]: true })).toBe(true)
    for (const other of [undefined, null, 'HTTP_RESET', new Error('x'), { code: 'HTTP_RESET' }])
      expect(isHttpError(other)).toBe(false)
  })
})
