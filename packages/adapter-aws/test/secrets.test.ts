import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { KMSClient } from '@aws-sdk/client-kms'
import { afterAll, describe, expect, it } from 'vitest'
import { createAwsSigner } from '../src/index.ts'
import { openBench } from './harness.ts'

const bench = await openBench()
const keyId = await bench.key()
const credentials = {
  accessKeyId: 'canary-access-key-id',
  secretAccessKey: 'canary/secret+access+key/of+forty+letters',
  sessionToken: 'canary/session+token/0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ==',
}
const message = Buffer.from('canary message', 'utf8')
const digest = Buffer.from('canary digest of thirty-two byte', 'utf8')

/** What no error may show, in any of its forms. */
const CANARIES = [
  ...Object.values(credentials),
  'AWS4-HMAC-SHA256',
  'aws4_request',
  ...[message, digest].flatMap((bytes) => [bytes.toString('utf8'), bytes.toString('base64'), bytes.toString('hex')]),
]

/** Everything that can be seen of an error, its causes and hidden fields included. */
function shownBy(error: unknown): string {
  const views = [inspect(error, { depth: 10, showHidden: true, getters: true }), JSON.stringify(error), String(error)]
  for (let at = error; at instanceof Error; at = at.cause) views.push(at.stack ?? '', at.message)
  return views.join('\n')
}

function expectNoCanary(error: unknown): void {
  const shown = shownBy(error)
  for (const canary of CANARIES) expect(shown).not.toContain(canary)
  expect(JSON.stringify(error).length).toBeLessThan(2048)
}

/** A server that quotes the whole request in its refusal, as a careless gateway does. */
const echo = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const quoted = `${JSON.stringify(request.headers)} ${Buffer.concat(chunks).toString('utf8')}`
    const [, status = '400', type = 'ValidationException'] = (request.url ?? '').split('/')
    response.writeHead(Number(status) || 400, { 'x-quoted': encodeURIComponent(request.headers.authorization ?? '') })
    const body = JSON.stringify({ __type: type, message: quoted })
    response.end(body.replaceAll('/', '\\/'))
  })
})
await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
afterAll(() => void echo.close())
const echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`

const FAULTS: readonly (readonly [string, object])[] = [
  ['throttle', {}],
  ['status', { status: 500 }],
  ['html', { status: 503 }],
  ['html', { status: 200 }],
  ['not-json', {}],
  ['empty-object', {}],
  ['reset-before', {}],
  ['reset-inside', {}],
  ['truncate', {}],
  ['redirect', {}],
  ['oversized', {}],
  ['access-denied', {}],
  ['expired-token', {}],
  ['hang', {}],
]

describe('no error shows credentials, Authorization, message or digest', () => {
  it.each(FAULTS)('%s %j', async (kind, more) => {
    const limits = { timeoutMs: 300, maxAttempts: 1 }
    const signer = bench.signer('ECDSA_SHA_256', keyId, { ...limits, credentials, integrity: 'off' })
    bench.emulator.faults.add({ kind, times: 9, ...more })
    for (const call of [() => signer.sign(message), () => signer.signDigest(digest), () => signer.getPublicKey()]) {
      expectNoCanary(await call().catch((error: unknown) => error))
    }
  })

  it('when the credentials are refused', async () => {
    const signer = bench.signer('ECDSA_SHA_256', keyId, { credentials, integrity: 'off' })
    const failure: unknown = await signer.sign(message).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'KMS_UNAUTHENTICATED' })
    expectNoCanary(failure)
  })

  it('when the server quotes the request', async () => {
    const signer = bench.signer('ECDSA_SHA_256', keyId, { credentials, baseUrl: echoUrl, integrity: 'off' })
    for (const call of [() => signer.sign(message), () => signer.signDigest(digest)]) {
      const failure: unknown = await call().catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'KMS_INVALID_ARGUMENT', providerCode: 'ValidationException' })
      expectNoCanary(failure)
    }
  })

  it.each(FAULTS)('with a client of the caller’s own: %s %j', async (kind, more) => {
    const client = new KMSClient({ endpoint: bench.emulator.url, region: 'us-east-1', credentials, maxAttempts: 1 })
    const signer = bench.signer('ECDSA_SHA_256', keyId, { client, timeoutMs: 300, integrity: 'off' })
    bench.emulator.faults.add({ kind, times: 9, ...more })
    expectNoCanary(await signer.signDigest(digest).catch((error: unknown) => error))
    client.destroy()
  })

  it('when the options are wrong', () => {
    const wrong = { keyId, algorithm: 'ED25519', credentials: { ...credentials, extra: credentials.secretAccessKey } }
    try {
      createAwsSigner({ ...wrong, region: credentials.sessionToken } as never)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'KMS_INVALID_CONFIG' })
      expectNoCanary(error)
    }
  })
})
