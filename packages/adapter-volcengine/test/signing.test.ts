import { execFileSync } from 'node:child_process'
import { constants, createPublicKey, hash, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestStream, parsePublicKey, type SignResult, verifySignature } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import { beforeAll, describe, expect, it } from 'vitest'
import { emulated, failureOf, keyAndSigner, PAIRS, signerOf, watch } from './emulated.ts'

const message = Buffer.from('火山引擎', 'utf8')
const SM2_ID = '1234567812345678'

/** node:crypto as the judge, for everything but SM2. */
function holds(pem: string, { algorithm, signature, pssSaltLength }: SignResult, signed: Uint8Array): boolean {
  const digest = algorithm.slice(-7).replace('_', '').toLowerCase()
  const key = createPublicKey(pem)
  if (algorithm.startsWith('ECDSA')) return verify(digest, signed, { key, dsaEncoding: 'der' }, signature)
  if (algorithm.startsWith('RSA_PKCS1')) return verify(digest, signed, key, signature)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return pssSaltLength !== undefined && verify(digest, signed, { key, padding, saltLength: pssSaltLength }, signature)
}

function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')
  } catch {
    return false
  }
}

/** The openssl command as the judge of SM2. */
function opensslHolds(pem: string, signature: Uint8Array, id: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-'))
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const files = ['-inkey', file('key', pem), '-in', file('message', message), '-sigfile', file('signature', signature)]
  const options = ['-verify', '-pubin', '-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${id}`]
  try {
    return execFileSync('openssl', ['pkeyutl', ...options, ...files], { encoding: 'utf8' }).includes('Verified')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function digestOf(result: { readonly algorithm: SignResult['algorithm'] }, pem: string): Promise<Uint8Array> {
  if (result.algorithm !== 'SM2_DSA')
    return hash(result.algorithm.slice(-7).replace('_', '').toLowerCase(), message, 'buffer')
  const [digest = new Uint8Array(0)] = await digestStream([message], [{ algorithm: 'SM2_DSA', publicKey: pem }])
  return digest
}

describe.each(['body', 'query'])('signing with the request form %s', (requestForm) => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await emulated()
  })

  it.each(PAIRS)(
    '%s with %s: messages, digests, streams; verified here, there and by others',
    async (keySpec, algorithm) => {
      const { keyId, signer } = await keyAndSigner(emulator, keySpec, { keySpec, algorithm, requestForm })
      const publicKey = (await signer.getPublicKey()).toPem()
      const digest = await digestOf({ algorithm }, publicKey)
      const results = [await signer.sign(message), await signer.signDigest(digest), await signer.signStream([message])]
      for (const result of results) {
        expect(result).toMatchObject({ algorithm, provider: 'volcengine', keyId, verified: true, attempts: 1 })
        expect(result.requestId).toMatch(/^\w+$/)
        for (const mode of ['local', 'remote']) {
          const how = { mode } as { mode: 'local' | 'remote' }
          expect(await signer.verify(message, result, how)).toBe(true)
          expect(await signer.verifyDigest(digest, result, how)).toBe(true)
          expect(await signer.verify(Buffer.from('another'), result, how)).toBe(false)
        }
        if (algorithm !== 'SM2_DSA') expect(holds(publicKey, result, message)).toBe(true)
        const salt = result.pssSaltLength === undefined ? {} : { pssSaltLength: result.pssSaltLength }
        const { signature } = result
        expect(await verifySignature({ algorithm, publicKey, signature, message, ...salt })).toBe(true)
      }
    },
  )

  it.each([1, 3071, 3072, 3073, 4095, 4096, 4097, 100_000])(
    'signs %i bytes, by themselves or by their digest',
    async (size) => {
      for (const [keySpec, algorithm] of [
        ['EC_P256', 'ECDSA_SHA_256'],
        ['EC_SM2', 'SM2_DSA'],
      ] as const) {
        const { signer } = await keyAndSigner(emulator, keySpec, { algorithm, requestForm })
        const bytes = new Uint8Array(size).fill(7)
        const result = await signer.sign(bytes)
        expect(result.verified).toBe(true)
        expect(await signer.verify(bytes, result, { mode: 'remote' })).toBe(true)
      }
    },
  )

  it('signs nothing at all by its digest', async () => {
    const { signer } = await keyAndSigner(emulator, 'EC_P256', { algorithm: 'ECDSA_SHA_256', requestForm })
    const result = await signer.sign(new Uint8Array(0))
    expect(holds((await signer.getPublicKey()).toPem(), result, new Uint8Array(0))).toBe(true)
  })

  it.each(PAIRS)('%s with %s: refuses digests of another length without a request', async (keySpec, algorithm) => {
    const { signer } = await keyAndSigner(emulator, keySpec, { algorithm, requestForm })
    const seen = watch(emulator)
    for (const length of [0, 20, 31, 33, 47, 49, 63, 65]) {
      expect((await failureOf(signer.signDigest(new Uint8Array(length)))).code).toBe('KMS_INVALID_ARGUMENT')
    }
    expect(seen()).toEqual([])
  })

  it('finds a key by its names and reports its id', async () => {
    const key = await emulator.volcengine.createKey({ keySpec: 'EC_P384' })
    const { keyId, keyringName, keyName } = key
    const byName = { algorithm: 'ECDSA_SHA_384', requestForm, keyId: undefined, keyringName, keyName } as const
    const signer = signerOf(emulator, keyId, byName)
    expect(signer.keyId).toBe(`${keyringName}/${keyName}`)
    const result = await signer.sign(message)
    expect(result).toMatchObject({ keyId, verified: true })
    expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
    expect((await signer.getPublicKey()).keyId).toBe(keyId)
  })

  it('signs with temporary credentials', async () => {
    const credentials = { accessKeyId: 'AKTPexample', secretAccessKey: 'c2VjcmV0==', sessionToken: 'STSeyJ+/==' }
    const other = await emulated({ credentials })
    const { keyId, signer } = await keyAndSigner(other, 'EC_P256', { algorithm: 'ECDSA_SHA_256', requestForm })
    expect((await signer.sign(message)).verified).toBe(true)
    expect((await signer.getPublicKey({ refresh: true })).keySpec).toBe('EC_P256')
    const { sessionToken: _left, ...without } = credentials
    const wrong = signerOf(other, keyId, { algorithm: 'ECDSA_SHA_256', requestForm, credentials: without })
    const seen = watch(other)
    expect(await failureOf(wrong.sign(message))).toMatchObject({ code: 'KMS_UNAUTHENTICATED', retryable: false })
    expect([...seen()].sort()).toEqual(['getPublicKey', 'sign'])
  })
})

describe('SM2', () => {
  it.skipIf(!hasOpenssl())('openssl agrees', async () => {
    const emulator = await emulated()
    const { signer } = await keyAndSigner(emulator, 'EC_SM2', { algorithm: 'SM2_DSA' })
    const pem = (await signer.getPublicKey()).toPem()
    expect(opensslHolds(pem, (await signer.sign(message)).signature, SM2_ID)).toBe(true)
    const named = await keyAndSigner(emulator, 'EC_SM2', { algorithm: 'SM2_DSA', sm2UserId: 'alice@example.com' })
    const result = await named.signer.sign(message)
    expect(result.sm2UserId).toBe('alice@example.com')
    expect(opensslHolds(pem, result.signature, 'alice@example.com')).toBe(true)
  })

  it.each([{ sm2Raw: 'plain' }, { sm2UserId: 'somebody else' }, { sm2Encoding: 'p1363' }])(
    'signs under the declared id whatever the service makes of a message: %j',
    async (settings) => {
      const emulator = await emulated(settings)
      const { signer } = await keyAndSigner(emulator, 'EC_SM2', { algorithm: 'SM2_DSA' })
      const publicKey = await signer.getPublicKey()
      for (const result of [await signer.sign(message), await signer.sign(message)]) {
        expect(result).toMatchObject({ verified: true, sm2UserId: SM2_ID, encoding: 'der' })
        const { signature } = result
        expect(await verifySignature({ algorithm: 'SM2_DSA', publicKey, signature, message })).toBe(true)
      }
    },
  )
})

describe('what Volcengine leaves open', () => {
  it.each([
    { ecdsaEncoding: 'p1363' },
    { salt: 'max' },
    { salt: 'zero' },
    { publicKeyForm: 'base64' },
    { publicKeyForm: 'wrapped-base64' },
    { publicKeyForm: 'pkcs1' },
    { messageLimit: 'encoded' },
    { conflict: 'reject' },
    { selectorPriority: 'reject' },
    { codeN: true },
    { signatureValidType: 'string' },
    { contentType: 'application/json' },
    { mismatchCode: 'InvalidKeyUsage' },
  ])('%j: signs and verifies', async (settings) => {
    const emulator = await emulated(settings)
    for (const [keySpec, algorithm] of [
      ['EC_P256', 'ECDSA_SHA_256'],
      ['RSA_2048', 'RSA_PSS_SHA_256'],
    ] as const) {
      const { signer } = await keyAndSigner(emulator, keySpec, { algorithm })
      for (const size of [100, 4096]) {
        const bytes = new Uint8Array(size)
        const result = await signer.sign(bytes)
        expect(result).toMatchObject({ verified: true, attempts: 1 })
        expect(holds((await signer.getPublicKey()).toPem(), result, bytes)).toBe(true)
        expect(await signer.verify(bytes, result, { mode: 'remote' })).toBe(true)
      }
      const salts = { salt: { max: 222, zero: 0 }[String(settings.salt)] ?? 32 }
      const { pssSaltLength } = await signer.sign(message)
      expect(pssSaltLength).toBe(algorithm === 'RSA_PSS_SHA_256' ? salts.salt : undefined)
    }
  })

  it.each([1, 2, 3, 4, 5, 6])('random profile %i: every pair signs', async (seed) => {
    const emulator = await emulated({}, { profile: 'random', seed })
    for (const [keySpec, algorithm] of PAIRS.filter(([spec]) => spec !== 'RSA_4096' && spec !== 'RSA_3072')) {
      const { signer } = await keyAndSigner(emulator, keySpec, { algorithm })
      const result = await signer.sign(message)
      expect(result.verified).toBe(true)
      expect(await signer.verify(message, result, { mode: 'local' })).toBe(true)
    }
  })

  it('gives bytes of their own, and a frozen result', async () => {
    const emulator = await emulated()
    const { signer } = await keyAndSigner(emulator, 'EC_P256', { algorithm: 'ECDSA_SHA_256' })
    const result = await signer.sign(message)
    expect(result.signature.byteLength).toBe(result.signature.buffer.byteLength)
    expect(Object.isFrozen(result)).toBe(true)
    expect(parsePublicKey(await signer.getPublicKey()).keySpec).toBe('EC_P256')
  })
})
