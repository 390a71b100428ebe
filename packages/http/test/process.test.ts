import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { runScript } from './compiled.ts'
import { answer, listen, rawServer } from './servers.ts'

const request = (port: number) => `
import { createHttpClient } from './index.js'
const client = createHttpClient({ baseUrl: 'http://127.0.0.1:${port}' })
const send = (timeoutMs = 5000) => client.send({
  method: 'POST', path: '/', headers: {}, body: '{}', signal: new AbortController().signal, timeoutMs,
})`

describe('a process', () => {
  it('ends by itself after an answer, without close', async () => {
    const server = await rawServer(({ socket }) =>
      socket.write(answer('{}', { headers: 'keep-alive: timeout=600\r\n' })),
    )
    const { lines, code, ms } = await runScript(`${request(server.port)}
      await send(); console.log('answered')
      const end = performance.now(); process.on('exit', () => console.log(Math.round(performance.now() - end)))`)
    expect(lines[0]).toBe('answered')
    expect(code).toBe(0)
    expect(Number(lines[1])).toBeLessThan(500)
    expect(ms).toBeLessThan(4000)
  })

  it('ends by itself after a time-out in the handshake and while waiting', async () => {
    const port = await listen(createServer((socket) => socket.on('data', () => {})))
    const { lines, code } = await runScript(`${request(port)}
      const other = createHttpClient({ baseUrl: 'https://localhost:${port}' })
      const signal = new AbortController().signal
      const codes = await Promise.allSettled([send(200), other.send({ method: 'GET', path: '/', headers: {}, signal, timeoutMs: 200 })])
      console.log(codes.map(({ reason }) => reason.code + ' ' + reason.phase).join())
      const end = performance.now(); process.on('exit', () => console.log(Math.round(performance.now() - end)))`)
    expect(lines[0]).toBe('HTTP_TIMEOUT request,HTTP_TIMEOUT connect')
    expect(code).toBe(0)
    expect(Number(lines[1])).toBeLessThan(500)
  })

  it('does not load undici, or any network module, before the first request', async () => {
    const { lines } = await runScript(`
      import { createRequire } from 'node:module'
      ${request(1).trim()}
      await client.close()
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('undici'))
      const builtin = process.moduleLoadList.filter((name) => /NativeModule (tls|https?|_tls_wrap|_http_client)$/.test(name))
      console.log(JSON.stringify([loaded, builtin]))`)
    expect(lines.at(-1)).toBe('[[],[]]')
  })

  it("loads the two files of undici it needs and leaves the application's fetch alone", async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('{}')))
    const { lines } = await runScript(`
      import { createRequire } from 'node:module'
      ${request(server.port).trim()}
      await send()
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('undici'))
      const needed = ['client.js', 'pool.js'].every((name) => loaded.some((path) => path.endsWith('/dispatcher/' + name)))
      console.log(needed, loaded.some((path) => /fetch|websocket|undici.index.js/.test(path)))
      console.log(globalThis[Symbol.for('undici.globalDispatcher.1')])`)
    expect(lines).toEqual(['true false', 'undefined'])
  })

  it('grows by no more than 2 MiB over a body of 100 MB', async () => {
    const block = Buffer.alloc(1 << 20, 0x20)
    const server = await rawServer(({ socket, text }) => {
      if (text.startsWith('GET')) return void socket.write(answer('{}'))
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
      let left = 100
      const pump = () => {
        while (left-- > 0) if (!socket.write(block)) return
        socket.end()
      }
      socket.on('drain', pump)
      pump()
    })
    const { lines } = await runScript(
      `${request(server.port)}
      const small = () => client.send({ method: 'GET', path: '/', headers: {}, signal: new AbortController().signal, timeoutMs: 5000 })
      for (let i = 0; i < 200; i += 1) await small()
      const over = () => send().catch(({ code }) => code)
      await over()
      const used = () => { const { heapUsed, external } = process.memoryUsage(); return (heapUsed + external) / 2 ** 20 }
      gc()
      const before = used()
      const code = await over()
      const during = used() - before
      gc()
      console.log(code, during, used() - before)`,
      '--expose-gc',
    )
    const [code, during, after] = (lines.at(-1) ?? '').split(' ')
    expect(code).toBe('HTTP_BODY_TOO_LARGE')
    expect(Number(during)).toBeLessThan(2)
    expect(Number(after)).toBeLessThan(0.2)
  })
})
