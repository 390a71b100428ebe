import { createPublicKey, verify } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64, codeOf, hash, ncp, ncpHeaders, volcengine } from './harness.ts'

const MESSAGE = 'met by a fault'
const data = base64(MESSAGE)
let emulator: Emulator
let keyTag: string
let keyId: string

beforeAll(async () => {
  emulator = await startEmulator()
  keyTag = (await emulator.ncp.createKey({ keyType: 'ECDSA' })).keyTag
  keyId = (await emulator.volcengine.createKey({ keySpec: 'EC_P256' })).keyId
})
afterEach(() => emulator.faults.clear())
afterAll(() => emulator.close())

const sign = () => ncp(emulator, 'POST', `/${keyTag}/sign`, { data })
const signVolcengine = () =>
  volcengine(emulator, 'AsymmetricSign', { KeyID: keyId, Algorithm: 'ECDSA_SHA_256', Message: data })
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error: NodeJS.ErrnoException) => error.code,
  )

/** Everything that comes back on one connection until it ends. */
function raw(connection = 'keep-alive'): Promise<{ text: string; ended: string; ms: number }> {
  const started = Date.now()
  const target = `/kms/v1/keys/${keyTag}/sign`
  const headers = Object.entries({ connection, ...ncpHeaders(emulator, 'POST', target) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const body = JSON.stringify({ data })
  const { hostname, port } = new URL(emulator.url)
  return new Promise((resolve) => {
    let text = ''
    let ended = 'closed'
    const socket = connect(Number(port), hostname)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('end', () => {
      ended = 'end'
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      ended = error.code ?? 'error'
    })
    socket.on('close', () => resolve({ text, ended, ms: Date.now() - started }))
    socket.write(
      `POST ${target} HTTP/1.1\r\nhost: x\r\n${headers.join('')}content-length: ${body.length}\r\n\r\n${body}`,
    )
  })
}

describe('refusals in the provider’s own words', () => {
  it('status', async () => {
    emulator.faults.add({ kind: 'status', status: 503, retryAfter: 7 })
    const answer = await sign()
    expect([answer.status, answer.json.error.errorCode, answer.headers['retry-after']]).toEqual([503, '500', '7'])
    emulator.faults.add({ kind: 'status', status: 500, code: 'INTERNAL_SERVER_ERROR' })
    expect((await sign()).json.code).toBe('INTERNAL_SERVER_ERROR')
    emulator.faults.add({ kind: 'status', status: 502 })
    expect(codeOf(await signVolcengine())).toBe('FailToConnect')
  })

  it.each([200, 210, 410, 418, 510])('status %s, which is no code of another status', async (status) => {
    emulator.faults.add({ kind: 'status', status })
    const { json, ...answer } = await sign()
    expect([answer.status, json.error.errorCode]).toEqual([status, String(1_000 + status)])
  })

  it.each([
    ['throttle', 429, 403, 'Reject.Throttling.CMK'],
    ['access-denied', 403, 403, 'AccessDenied'],
    ['expired-token', 401, 401, 'InvalidSecretToken'],
  ])('%s', async (kind, ncpStatus, volcengineStatus, code) => {
    emulator.faults.add({ kind, times: 2 })
    expect((await sign()).status).toBe(ncpStatus)
    const answer = await signVolcengine()
    expect([answer.status, codeOf(answer)]).toEqual([volcengineStatus, code])
    expect((await sign()).status).toBe(200)
  })

  it('rate, until cleared', async () => {
    emulator.faults.add({ kind: 'rate', provider: 'ncp', perSecond: 2 })
    const statuses = [
      (await sign()).status,
      (await sign()).status,
      (await sign()).status,
      (await signVolcengine()).status,
    ]
    expect(statuses).toEqual([200, 200, 429, 200])
    emulator.faults.clear()
    expect((await sign()).status).toBe(200)
  })

  it('error-envelope', async () => {
    emulator.faults.add({ kind: 'error-envelope', times: 2 })
    expect((await sign()).json.error).toBeDefined()
    const answer = await signVolcengine()
    expect([answer.status, codeOf(answer)]).toEqual([200, 'UndefinedError'])
  })
})

describe('answers that are not the provider’s', () => {
  it.each([
    ['html', 502, /<html>/],
    ['empty-object', 200, /^{}$/],
    ['not-json', 200, /^signature pending$/],
  ])('%s', async (kind, status, text) => {
    emulator.faults.add({ kind })
    const answer = await sign()
    expect(answer.status).toBe(status)
    expect(answer.text).toMatch(text)
  })

  it('redirect', async () => {
    emulator.faults.add({ kind: 'redirect', status: 307, location: 'http://127.0.0.1:1/' })
    const answer = await sign()
    expect([answer.status, answer.headers['location']]).toEqual([307, 'http://127.0.0.1:1/'])
  })

  it('oversized', async () => {
    emulator.faults.add({ kind: 'oversized', bytes: 3_000_001 })
    const { text, json } = await sign()
    expect([text.length, json.code]).toEqual([3_000_001, 'SUCCESS'])
    emulator.faults.add({ kind: 'oversized', bytes: 1 })
    expect((await sign()).text).toMatch(/\}$/)
  })

  it('gzip-bomb', async () => {
    emulator.faults.add({ kind: 'gzip-bomb', bytes: 8 * 1_048_576 })
    const { text } = await raw('close')
    const at = text.indexOf('\r\n\r\n')
    expect(text.slice(0, at)).toContain('content-encoding: gzip')
    const body = Buffer.from(text.slice(at + 4), 'latin1')
    expect(body.length).toBeLessThan(20_000)
    expect(gunzipSync(body)).toHaveLength(8 * 1_048_576)
  })
})

describe('signatures that are wrong', () => {
  it.each(['corrupt-signature', 'swap-signature', 'double-hash'])('%s', async (kind) => {
    const key = createPublicKey((await ncp(emulator, 'POST', `/${keyTag}/get-pub-key`)).json.data.publicKey)
    emulator.faults.add({ kind, operation: 'sign' })
    const signature = Buffer.from((await sign()).json.data.signature.split(':')[2] ?? '', 'base64')
    expect(verify('sha256', Buffer.from(MESSAGE), key, signature)).toBe(false)
    expect(verify('sha256', hash('sha256', MESSAGE), key, signature)).toBe(kind === 'double-hash')
    const right = Buffer.from((await sign()).json.data.signature.split(':')[2] ?? '', 'base64')
    expect(verify('sha256', Buffer.from(MESSAGE), key, right)).toBe(true)
  })

  it('wrong-key-id', async () => {
    emulator.faults.add({ kind: 'wrong-key-id', times: 2 })
    expect((await sign()).json.data.signature).toMatch(/^ncpkms:v2:/)
    expect((await signVolcengine()).json.Result.KeyID).not.toBe(keyId)
  })
})

describe('time', () => {
  it('clock moves the window and the Date header of one answer', async () => {
    emulator.faults.add({ kind: 'clock', offset: 3_600_000 })
    const answer = await sign()
    expect(answer.status).toBe(401)
    expect(Date.parse(String(answer.headers['date'])) - Date.now()).toBeGreaterThan(3_500_000)
    expect((await sign()).status).toBe(200)
  })

  it('delay', async () => {
    emulator.faults.add({ kind: 'delay', ms: 120 })
    const started = Date.now()
    expect((await sign()).status).toBe(200)
    expect(Date.now() - started).toBeGreaterThanOrEqual(115)
  })

  it('drip', async () => {
    emulator.faults.add({ kind: 'drip', bytes: 20, intervalMs: 15 })
    const started = Date.now()
    expect((await sign()).json.code).toBe('SUCCESS')
    expect(Date.now() - started).toBeGreaterThanOrEqual(90)
  })

  it('hang', async () => {
    emulator.faults.add({ kind: 'hang' })
    const outcome = await Promise.race([sign(), new Promise((resolve) => setTimeout(() => resolve('silence'), 200))])
    expect(outcome).toBe('silence')
    expect(emulator.requests.at(-1)).toMatchObject({ status: 0, fault: 'hang' })
  })
})

describe('connections', () => {
  it('reset-before', async () => {
    emulator.faults.add({ kind: 'reset-before' })
    expect(await raw()).toMatchObject({ text: '', ended: 'ECONNRESET' })
  })

  it('reset-inside', async () => {
    emulator.faults.add({ kind: 'reset-inside' })
    const { text, ended } = await raw()
    expect(ended).toBe('ECONNRESET')
    expect(text).toMatch(/^HTTP\/1.1 200/)
  })

  it('truncate', async () => {
    emulator.faults.add({ kind: 'truncate' })
    const { text, ended } = await raw()
    expect(ended).toBe('end')
    const [head = '', body = ''] = text.split('\r\n\r\n')
    expect(body.length).toBe(Number(/content-length: (\d+)/.exec(head)?.[1]) >> 1)
    emulator.faults.add({ kind: 'truncate' })
    expect(await errorOf(sign())).toBe('ECONNRESET')
  })

  it('close-idle', async () => {
    emulator.faults.add({ kind: 'close-idle', ms: 30 })
    const { text, ended, ms } = await raw()
    expect(ended).toBe('end')
    expect(text).toContain('SUCCESS')
    expect(text.toLowerCase()).not.toContain('connection: close')
    expect(ms).toBeGreaterThanOrEqual(28)
  })

  it('resets a TLS connection too', async () => {
    const secure = await startEmulator({ tls: true })
    const { request: requestTls } = await import('node:https')
    secure.faults.add({ kind: 'reset-before' })
    const call = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        requestTls(secure.url, { ca: secure.ca, agent: false }, resolve).on('error', reject).end()
      })
    expect(await errorOf(call())).toBe('ECONNRESET')
    expect(await errorOf(call())).toBe('no error')
    await secure.close()
  })
})

describe('the script', () => {
  it('runs oldest first, one fault for each request, by provider and operation', async () => {
    emulator.faults.add({ kind: 'status', status: 500, operation: 'verify' })
    emulator.faults.add({ kind: 'status', status: 503, provider: 'volcengine' })
    emulator.faults.add({ kind: 'status', status: 504, times: 2 })
    const statuses = [
      (await sign()).status,
      (await signVolcengine()).status,
      (await sign()).status,
      (await sign()).status,
    ]
    expect(statuses).toEqual([504, 503, 504, 200])
    const verified = await ncp(emulator, 'POST', `/${keyTag}/verify`, { data, signature: 'x' })
    expect(verified.status).toBe(500)
  })

  it('goes on for ever when told so', async () => {
    emulator.faults.add({ kind: 'empty-object', times: Infinity })
    for (let count = 0; count < 5; count += 1) expect((await sign()).text).toBe('{}')
  })

  it.each([
    [{ kind: 'flood' }],
    [{ kind: 'delay', millis: 3 }],
    [{ kind: 'delay', ms: 'long' }],
    [{ kind: 'delay', times: 0 }],
    [{ kind: 'delay', provider: 'gcp' }],
  ])('refuses %j', (fault) => {
    expect(() => emulator.faults.add(fault as { kind: string })).toThrow(TypeError)
  })

  it('keeps connections alive where no fault says otherwise', async () => {
    const target = `/kms/v1/keys/${keyTag}/sign`
    const { Agent } = await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let count = 0; count < 3; count += 1) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request(
          emulator.url + target,
          { method: 'POST', agent, headers: ncpHeaders(emulator, 'POST', target) },
          (incoming) => {
            ports.add(incoming.socket.localPort)
            incoming.resume().on('end', resolve)
          },
        )
        outgoing.on('error', reject).end(JSON.stringify({ data }))
      })
    }
    agent.destroy()
    expect(ports.size).toBe(1)
  })
})
