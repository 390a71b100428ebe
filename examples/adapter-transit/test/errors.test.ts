import { isKmsError, type KmsError, type KmsErrorCode } from '@kmsign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTransitSigner, type TransitSignerOptions } from '../src/index.ts'
import { type Answer, failure } from './engine.ts'
import { keyOf } from './keys.ts'
import { startTransitServer, type TransitServer } from './server.ts'

const message = Buffer.from('a message that nobody else may see', 'utf8')
let server: TransitServer
beforeAll(async () => {
  server = await startTransitServer()
  server.engine.addKey('invoices', ...(await keyOf('EC_P256', 0)))
})
afterAll(() => server.close())

function signer(change: Partial<TransitSignerOptions> = {}) {
  const fixed = { baseUrl: server.url, keyName: 'invoices', credentials: { token: server.token }, maxAttempts: 1 }
  return createTransitSigner({ ...fixed, algorithm: 'ECDSA_SHA_256', ...change })
}

async function failureOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isKmsError(error)) return error
  expect.fail(`expected a KmsError, got ${String(error)}`)
}

type Row = readonly [what: string, answer: Answer, code: KmsErrorCode, retryable: boolean]

const ROWS: readonly Row[] = [
  ['400 without known words', failure(400, 'invalid hash algorithm'), 'KMS_INVALID_ARGUMENT', false],
  ['400 "key not found"', failure(400, 'signing key not found'), 'KMS_KEY_NOT_FOUND', false],
  [
    '400 of a key that only encrypts',
    failure(400, 'key type aes256-gcm96 does not support signing'),
    'KMS_KEY_MISMATCH',
    false,
  ],
  ['403', failure(403, '1 error occurred:\n\t* permission denied\n\n'), 'KMS_PERMISSION_DENIED', false],
  ['403 with a bad token', failure(403, 'permission denied', 'invalid token'), 'KMS_UNAUTHENTICATED', false],
  ['404 of a mount', failure(404, 'no handler for route "transit/"'), 'KMS_INVALID_ARGUMENT', false],
  ['404 of something else', { status: 404, body: '<html></html>' }, 'KMS_INVALID_ARGUMENT', false],
  ['412 of a replica', failure(412, 'required index state not present'), 'KMS_UNAVAILABLE', true],
  ['413', failure(413, 'http: request body too large'), 'KMS_MESSAGE_TOO_LARGE', false],
  ['429', failure(429, 'rate limit quota exceeded'), 'KMS_THROTTLED', true],
  ['429 of leases', failure(429, 'lease count quota exceeded'), 'KMS_QUOTA_EXCEEDED', false],
  ['500', failure(500, 'internal error'), 'KMS_INTERNAL', true],
  ['502', { status: 502, body: '<html>Bad Gateway</html>' }, 'KMS_UNAVAILABLE', true],
  ['503 sealed', failure(503, 'Vault is sealed'), 'KMS_UNAVAILABLE', true],
  ['an unknown status', failure(418, 'short and stout'), 'KMS_UNKNOWN', false],
  ['errors that are no list', { status: 400, body: '{"errors":"key not found"}' }, 'KMS_INVALID_ARGUMENT', false],
  ['errors that are no texts', { status: 400, body: '{"errors":[1,null,{}]}' }, 'KMS_INVALID_ARGUMENT', false],
  [
    'a signature without its prefix',
    { status: 200, body: '{"data":{"signature":"MEUC"}}' },
    'KMS_INVALID_RESPONSE',
    true,
  ],
  ['version 0', { status: 200, body: '{"data":{"signature":"vault:v0:MEUC"}}' }, 'KMS_INVALID_RESPONSE', true],
  [
    'a signature in a list',
    { status: 200, body: '{"data":{"signature":["vault:v1:MEUC"]}}' },
    'KMS_INVALID_RESPONSE',
    true,
  ],
  ['a body that is no object', { status: 200, body: '[]' }, 'KMS_INVALID_RESPONSE', true],
]

describe('an answer of the service', () => {
  it.each(ROWS)('%s becomes an error of the model', async (_what, answer, code, retryable) => {
    server.answer('sign', answer)
    const error = await failureOf(signer({ integrity: 'off' }).sign(message))
    expect(error).toMatchObject({ code, retryable, httpStatus: answer.status, provider: 'transit', keyId: 'invoices' })
    expect(error.providerCode).toBeUndefined()
  })

  it('says how long to wait', async () => {
    server.answer('sign', { ...failure(429, 'rate limit quota exceeded'), headers: { 'retry-after': '7' } })
    const error = await failureOf(signer().sign(message))
    expect(error).toMatchObject({ code: 'KMS_THROTTLED', retryAfterMs: 7_000 })
  })

  it('is not looked for elsewhere', async () => {
    server.answer('sign', { status: 307, body: '', headers: { location: server.url } })
    const error = await failureOf(signer({ maxAttempts: 2 }).sign(message))
    expect(error).toMatchObject({ code: 'KMS_INVALID_RESPONSE', retryable: false, attempts: 1, httpStatus: 307 })
    expect(error.providerMessage).toBe(`${server.url} redirects: give the address of the cluster`)
  })

  it('names address and mount where the key is not found', async () => {
    const error = await failureOf(signer({ keyName: 'nobody' }).getPublicKey())
    expect(error).toMatchObject({ code: 'KMS_KEY_NOT_FOUND', httpStatus: 404 })
    expect(error.providerMessage).toContain(`${server.url}, mount transit`)
  })

  it('shows nothing of a request that it echoes', async () => {
    const input = message.toString('base64')
    server.answer('sign', failure(400, `token ${server.token} and input ${input} refused`))
    const { providerMessage } = await failureOf(signer().sign(message))
    expect(providerMessage).toBe('token [hidden] and input [hidden] refused')
  })
})

describe('a call', () => {
  it('verifies remotely only with the version of the signature', async () => {
    const { signature } = await signer().sign(message)
    const before = server.operations.length
    const error = await failureOf(signer().verify(message, signature, { mode: 'remote' }))
    expect(error.code).toBe('KMS_INVALID_ARGUMENT')
    expect(server.operations.length).toBe(before)
  })

  it('asks for the public key of a version that is not there', async () => {
    expect((await failureOf(signer().getPublicKey({ keyVersion: '99' }))).code).toBe('KMS_KEY_NOT_FOUND')
  })

  it.each([['1'], [[1]], [0], [1.5], [null]])('takes no version that is %j', async (latest_version) => {
    const key = { public_key: server.engine.publicKey('invoices') }
    const keys = { 0: key, 1: key, '1.5': key, null: key }
    const data = { type: 'ecdsa-p256', latest_version, keys }
    server.answer('getPublicKey', { status: 200, body: JSON.stringify({ data }) })
    expect((await failureOf(signer().getPublicKey())).code).toBe('KMS_INVALID_RESPONSE')
  })

  it('refuses credentials that are none before anything is sent', async () => {
    const credentials = async () => ({ token: 'two words' })
    const before = server.operations.length
    const error = await failureOf(signer({ credentials }).sign(message))
    expect(error).toMatchObject({ code: 'KMS_CREDENTIALS_UNAVAILABLE', retryable: false })
    expect(server.operations.length).toBe(before)
  })

  it('gets another token when one is refused', async () => {
    const tokens = ['hvs.of-yesterday', server.token]
    const credentials = async () => ({ token: tokens.shift() ?? '' })
    const { attempts } = await signer({ credentials, maxAttempts: 2 }).sign(message)
    expect(attempts).toBe(2)
  })
})
