import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKmsError, type KeySpec, type KmsError } from '@kmsign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTransitSigner, type TransitAlgorithm } from '../src/index.ts'
import { keyOf } from './keys.ts'
import { startTransitServer, type TransitServer } from './server.ts'

const message = Buffer.from('서명할 메시지 · 要签名的消息', 'utf8')
let server: TransitServer
beforeAll(async () => {
  server = await startTransitServer()
})
afterAll(() => server.close())

async function signer(keySpec: KeySpec, algorithm: TransitAlgorithm) {
  server.engine.addKey(keySpec, ...(await keyOf(keySpec, 0)))
  return createTransitSigner({ baseUrl: server.url, keyName: keySpec, credentials: { token: server.token }, algorithm })
}

const PSS = { signature_algorithm: 'pss', salt_length: 'hash' }
const ASN1 = { marshaling_algorithm: 'asn1' }
const REQUESTS: readonly (readonly [TransitAlgorithm, KeySpec, path: string, parameters: object])[] = [
  ['RSA_PSS_SHA_256', 'RSA_2048', '/sha2-256', PSS],
  ['RSA_PSS_SHA_512', 'RSA_2048', '/sha2-512', PSS],
  ['RSA_PKCS1_SHA_384', 'RSA_2048', '/sha2-384', { signature_algorithm: 'pkcs1v15' }],
  ['ECDSA_SHA_256', 'EC_P256', '/sha2-256', ASN1],
  ['ECDSA_SHA_512', 'EC_P521', '/sha2-512', ASN1],
  ['ED25519', 'ED25519', '', {}],
]

describe('a request', () => {
  it.each(REQUESTS)(
    'for %s with %s says all that decides the signature',
    async (algorithm, keySpec, path, parameters) => {
      const { sign } = await signer(keySpec, algorithm)
      await sign(message)
      const sent = server.received.findLast((one) => one.method === 'POST')
      expect(sent).toMatchObject({ path: `/v1/transit/sign/${keySpec}${path}`, token: server.token })
      expect(JSON.parse(sent?.body ?? '')).toEqual({
        input: message.toString('base64'),
        prehashed: false,
        ...parameters,
      })
    },
  )

  it('carries a digest as prehashed input', async () => {
    const digest = Buffer.alloc(32, 7)
    await (await signer('EC_P256', 'ECDSA_SHA_256')).signDigest(digest)
    const sent = server.received.findLast((one) => one.method === 'POST')
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ input: digest.toString('base64'), prehashed: true })
  })
})

/** What the openssl command says: it shares no line with adapter, engine or kit. */
function opensslAccepts(options: readonly string[], pem: string, signature: Uint8Array): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'transit-openssl-'))
  const path = (name: string) => join(folder, name)
  try {
    for (const [name, bytes] of Object.entries({ pem, signature, message })) writeFileSync(path(name), bytes)
    const args = ['dgst', ...options, '-verify', path('pem'), '-signature', path('signature'), path('message')]
    return spawnSync('openssl', args, { stdio: 'pipe' }).status === 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest']
const hasOpenssl = spawnSync('openssl', ['version'], { stdio: 'pipe' }).status === 0

describe.skipIf(!hasOpenssl)('openssl accepts a signature', () => {
  it.each([
    ['ECDSA_SHA_256', 'EC_P256', ['-sha256']],
    ['ECDSA_SHA_512', 'EC_P521', ['-sha512']],
    ['RSA_PSS_SHA_256', 'RSA_2048', ['-sha256', ...pss]],
    ['RSA_PKCS1_SHA_512', 'RSA_2048', ['-sha512']],
  ] as const)('of %s with %s', async (algorithm, keySpec, options) => {
    const { sign, getPublicKey } = await signer(keySpec, algorithm)
    const { signature, pssSaltLength } = await sign(message)
    const pem = (await getPublicKey()).toPem()
    expect(opensslAccepts(options, pem, signature)).toBe(true)
    expect(
      opensslAccepts(
        options,
        pem,
        signature.map((byte) => byte ^ 1),
      ),
    ).toBe(false)
    expect(pssSaltLength).toBe(algorithm === 'RSA_PSS_SHA_256' ? 32 : undefined)
  })
})

describe('the factory', () => {
  it('refuses wrong options all at once, without their values', () => {
    const wrong = {
      keyName: '../sys',
      mount: '/transit',
      baseURL: 'x',
      maxMessageBytes: 0,
      credentials: { token: 'a b' },
    }
    let thrown: unknown
    try {
      createTransitSigner({ ...wrong, algorithm: 'ECDSA_SHA_384', keySpec: 'EC_P384' } as never)
    } catch (error) {
      thrown = error
    }
    expect(isKmsError(thrown, 'KMS_INVALID_CONFIG')).toBe(true)
    const paths = (thrown as KmsError).issues?.map(({ path }) => path)
    expect(paths?.toSorted()).toEqual(
      ['baseURL', 'baseUrl', 'credentials.token', 'keyName', 'maxMessageBytes', 'mount'].toSorted(),
    )
  })

  it('refuses an address that is not HTTPS, unless told to', () => {
    const options = { baseUrl: 'http://vault.example:8200', keyName: 'k', credentials: { token: 't' } } as const
    const make = (more: object) => () => createTransitSigner({ ...options, algorithm: 'ED25519', ...more })
    expect(make({})).toThrow(/baseUrl/)
    expect(make({ allowInsecureHttp: true })).not.toThrow()
  })

  it('does not compile pairs that do not fit', () => {
    const options = { baseUrl: 'https://vault.example', keyName: 'k', credentials: { token: 't' } } as const
    // @ts-expect-error P-256 keys do not sign SHA-384.
    expect(() => createTransitSigner({ ...options, keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_384' })).toThrow(
      /algorithm: does not fit/,
    )
  })
})
