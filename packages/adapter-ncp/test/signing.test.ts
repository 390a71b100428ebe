import { execFileSync } from 'node:child_process'
import { constants, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifySignature } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import { beforeAll, describe, expect, it } from 'vitest'
import type { NcpAlgorithm } from '../src/index.ts'
import { emulated, failureOf, keyAndSigner, operationsOf, signerOf } from './emulated.ts'

const message = Buffer.from('한국 클라우드', 'utf8')

/** What a key may turn out to do; NCP documents none of it. */
const KEYS: readonly [string, NcpAlgorithm, 'RSA2048' | 'ECDSA', Record<string, unknown>, number | undefined][] = [
  ['ECDSA in DER', 'ECDSA_SHA_256', 'ECDSA', { ecdsaEncoding: 'der' }, undefined],
  ['ECDSA at fixed width', 'ECDSA_SHA_256', 'ECDSA', { ecdsaEncoding: 'p1363' }, undefined],
  ['PSS with the longest salt', 'RSA_PSS_SHA_256', 'RSA2048', { padding: 'pss', salt: 'max' }, 222],
  ['PSS with a salt as long as the hash', 'RSA_PSS_SHA_256', 'RSA2048', { padding: 'pss', salt: 'digest' }, 32],
  ['PKCS#1 v1.5', 'RSA_PKCS1_SHA_256', 'RSA2048', { padding: 'pkcs1' }, undefined],
  ['RSA with a PKCS#1 public key', 'RSA_PSS_SHA_256', 'RSA2048', { publicKeyForm: 'pkcs1' }, 222],
]

/** node:crypto as the judge. */
function holds(pem: string, algorithm: NcpAlgorithm, signature: Uint8Array, salt: number | undefined): boolean {
  const key = createPublicKey(pem)
  if (algorithm === 'ECDSA_SHA_256') return verify('sha256', message, { key, dsaEncoding: 'der' }, signature)
  const padding = algorithm === 'RSA_PKCS1_SHA_256' ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING
  return verify('sha256', message, { key, padding, ...(salt !== undefined && { saltLength: salt }) }, signature)
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The openssl command as the judge. */
function opensslHolds(pem: string, algorithm: NcpAlgorithm, signature: Uint8Array): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-'))
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:auto']
  try {
    const options = ['-sha256', '-verify', file('key', pem), '-signature', file('signature', signature)]
    const padding = algorithm === 'RSA_PSS_SHA_256' ? pss : []
    const said = execFileSync('openssl', ['dgst', ...options, ...padding, file('message', message)], {
      encoding: 'utf8',
    })
    return said.includes('Verified OK')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('signing', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await emulated()
  })

  it.each(KEYS)(
    '%s: signs, finds out how, and verifies here and there',
    async (_what, algorithm, keyType, settings, salt) => {
      const { keyTag, signer } = await keyAndSigner(emulator, keyType, { algorithm }, settings)
      const result = await signer.sign(message)
      expect(result).toMatchObject({
        algorithm,
        provider: 'ncp',
        keyId: keyTag,
        keyVersion: '1',
        verified: true,
        attempts: 1,
      })
      expect(result.pssSaltLength).toBe(salt)
      expect(result.encoding).toBe(algorithm === 'ECDSA_SHA_256' ? 'der' : 'raw')
      expect(operationsOf(emulator, keyTag)).toEqual(['sign', 'getPublicKey'])

      const pem = (await signer.getPublicKey()).toPem()
      expect(holds(pem, algorithm, result.signature, salt)).toBe(true)
      expect(holds(pem, algorithm, (await signer.sign(message)).signature, salt)).toBe(true)
      for (const mode of ['local', 'remote'] as const) {
        expect(await signer.verify(message, result, { mode })).toBe(true)
        expect(await signer.verify(Buffer.from('another'), result, { mode })).toBe(false)
      }
      await signer.close()
    },
  )

  it.skipIf(!hasOpenssl())('openssl agrees about every kind of key', async () => {
    for (const [, algorithm, keyType, settings] of KEYS) {
      const { signer } = await keyAndSigner(emulator, keyType, { algorithm }, settings)
      const { signature } = await signer.sign(message)
      expect(opensslHolds((await signer.getPublicKey()).toPem(), algorithm, signature)).toBe(true)
    }
  })

  it('gives r and s at fixed width when asked, from either kind of key', async () => {
    for (const ecdsaEncoding of ['der', 'p1363']) {
      const { signer } = await keyAndSigner(emulator, 'ECDSA', {}, { ecdsaEncoding })
      const result = await signer.sign(message, { encoding: 'p1363' })
      expect(result.signature).toHaveLength(64)
      expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
      const publicKey = await signer.getPublicKey()
      const claim = { algorithm: 'ECDSA_SHA_256', encoding: 'p1363', publicKey, message } as const
      expect(await verifySignature({ ...claim, signature: result.signature })).toBe(true)
    }
  })

  it('names what a key really does when the declaration is wrong', async () => {
    const wrong = [
      ['RSA2048', 'RSA_PKCS1_SHA_256', {}],
      ['RSA2048', 'RSA_PSS_SHA_256', { padding: 'pkcs1' }],
      ['RSA2048', 'ECDSA_SHA_256', {}],
      ['ECDSA', 'RSA_PSS_SHA_256', {}],
      ['RSA2048', 'RSA_PSS_SHA_256', { hash: 'sha512' }],
    ] as const
    for (const [keyType, algorithm, settings] of wrong) {
      const { signer } = await keyAndSigner(emulator, keyType, { algorithm }, settings)
      expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_MISMATCH')
    }
  })

  it.each([0, 1, 8191, 8192])('signs %i bytes', async (size) => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    const result = await signer.sign(new Uint8Array(size))
    expect(result.verified).toBe(true)
    expect(await signer.verify(new Uint8Array(size), result, { mode: 'remote' })).toBe(true)
  })

  it('refuses one byte more without a request, and tells beforehand', async () => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    expect(signer.capabilities).toEqual({ digest: false, maxMessageBytes: 8192, remoteVerify: true, publicKey: true })
    expect((await failureOf(signer.sign(new Uint8Array(8193)))).code).toBe('KMS_MESSAGE_TOO_LARGE')
    expect((await failureOf(signer.signDigest(new Uint8Array(32)))).code).toBe('KMS_UNSUPPORTED')
    expect(operationsOf(emulator, keyTag)).toEqual([])
  })

  it('signs a stream up to the limit', async () => {
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    const chunks = (bytes: number) => [new Uint8Array(4096), new Uint8Array(bytes - 4096)]
    expect((await signer.signStream(chunks(8192))).verified).toBe(true)
    expect((await failureOf(signer.signStream(chunks(8193)))).code).toBe('KMS_MESSAGE_TOO_LARGE')
  })

  it('signs with an AES key never', async () => {
    const { signer } = await keyAndSigner(emulator, 'AES256')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_INVALID_ARGUMENT')
  })

  it('checks nothing and asks for nothing with integrity off', async () => {
    for (const ecdsaEncoding of ['der', 'p1363']) {
      const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { integrity: 'off' }, { ecdsaEncoding })
      expect((await signer.sign(message)).verified).toBe(false)
      expect(operationsOf(emulator, keyTag)).toEqual(['sign'])
    }
  })
})

describe('the other reading of 8 KB', () => {
  it('fits the service that bounds the base64 text', async () => {
    const emulator = await emulated({ messageLimit: 'encoded' })
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { messageLimit: 'encoded' })
    expect(signer.capabilities.maxMessageBytes).toBe(6144)
    expect((await signer.sign(new Uint8Array(6144))).verified).toBe(true)
    const before = operationsOf(emulator, keyTag).length
    expect((await failureOf(signer.sign(new Uint8Array(6145)))).code).toBe('KMS_MESSAGE_TOO_LARGE')
    expect(operationsOf(emulator, keyTag)).toHaveLength(before)
    const bold = await keyAndSigner(emulator, 'ECDSA')
    expect((await failureOf(bold.signer.sign(new Uint8Array(6145)))).code).toBe('KMS_INVALID_ARGUMENT')
  })

  it('leaves an empty message to the service', async () => {
    const emulator = await emulated({ emptyMessage: 'refuse' })
    const { signer } = await keyAndSigner(emulator, 'ECDSA')
    expect((await failureOf(signer.sign(new Uint8Array(0)))).code).toBe('KMS_INVALID_ARGUMENT')
  })
})

describe('versions', () => {
  it('follows a rotation and keeps the old public keys', async () => {
    const emulator = await emulated()
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    const first = await signer.sign(message)
    expect(emulator.ncp.rotateKey(keyTag)).toBe(2)
    const second = await signer.sign(message)
    expect([first.keyVersion, second.keyVersion]).toEqual(['1', '2'])
    expect([first.verified, second.verified]).toEqual([true, true])
    for (const result of [first, second]) {
      expect(await signer.verify(message, result)).toBe(true)
      expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
      expect(await signer.verify(message, result.signature, { mode: 'remote', keyVersion: '1' })).toBe(result === first)
    }
    const keys = await Promise.all(['1', '2'].map(async (keyVersion) => signer.getPublicKey({ keyVersion })))
    expect(new Set(keys.map((key) => key.spkiSha256)).size).toBe(2)
    expect((await signer.getPublicKey({ refresh: true })).spkiSha256).toBe(keys[1]?.spkiSha256)
  })

  it('refuses the version that was not asked for', async () => {
    const emulator = await emulated()
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.ncp.rotateKey(keyTag)
    expect((await failureOf(signer.sign(message, { keyVersion: '1' }))).code).toBe('KMS_KEY_VERSION_CHANGED')
  })

  it('says what it needs to verify bare bytes remotely', async () => {
    const emulator = await emulated()
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    const { signature } = await signer.sign(message)
    const before = operationsOf(emulator, keyTag).length
    const error = await failureOf(signer.verify(message, signature, { mode: 'remote' }))
    expect([error.code, error.providerMessage]).toEqual(['KMS_INVALID_ARGUMENT', expect.stringContaining('keyVersion')])
    expect((await failureOf(signer.getPublicKey({ keyVersion: 'latest' }))).code).toBe('KMS_INVALID_ARGUMENT')
    expect(operationsOf(emulator, keyTag)).toHaveLength(before)
    const lenient = await emulated({ signaturePrefix: 'optional' })
    const other = await keyAndSigner(lenient, 'ECDSA', { signaturePrefix: 'optional' })
    const made = await other.signer.sign(message)
    expect(await other.signer.verify(message, made.signature, { mode: 'remote' })).toBe(true)
  })

  it.each(['invalid', 'error'])('a version that is disabled (%s) cannot be used', async (badVersion) => {
    const emulator = await emulated({ badVersion })
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    const first = await signer.sign(message)
    emulator.ncp.rotateKey(keyTag)
    emulator.ncp.setVersionStatus(keyTag, 1, 'DISABLE')
    const verdict = signer.verify(message, first, { mode: 'remote' })
    if (badVersion === 'invalid') expect(await verdict).toBe(false)
    else expect((await failureOf(verdict)).code).toBe('KMS_INVALID_ARGUMENT')
    const key = signer.getPublicKey({ keyVersion: '1', refresh: true })
    expect((await failureOf(key)).code).toBe('KMS_KEY_STATE')
  })
})

describe('API 1.0', () => {
  it('signs and verifies remotely, and has no public key', async () => {
    const emulator = await emulated()
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { apiVersion: '1.0' })
    const result = await signer.sign(message)
    expect(result).toMatchObject({ keyVersion: '1', verified: false })
    expect(await signer.verify(message, result)).toBe(true)
    expect(await signer.verify(Buffer.from('another'), result)).toBe(false)
    expect(signer.capabilities).toMatchObject({ publicKey: false, remoteVerify: true })
    expect((await failureOf(signer.getPublicKey())).code).toBe('KMS_UNSUPPORTED')
    // Without a public key nobody knows the encoding that the service expects, so a false is asked for in both.
    expect(operationsOf(emulator, keyTag)).toEqual(['sign', 'verify', 'verify', 'verify'])
  })

  it('checks signatures against a pinned key', async () => {
    const emulator = await emulated()
    const { keyTag, signer } = await keyAndSigner(emulator, 'RSA2048', { algorithm: 'RSA_PSS_SHA_256' })
    const publicKey = await signer.getPublicKey()
    const fixed = { algorithm: 'RSA_PSS_SHA_256', apiVersion: '1.0', publicKey, integrity: 'require' } as const
    const pinned = signerOf(emulator, keyTag, fixed)
    expect(await pinned.sign(message)).toMatchObject({ verified: true, pssSaltLength: 222 })
  })

  it('can never require integrity without a pinned key', async () => {
    const emulator = await emulated()
    const attempt = keyAndSigner(emulator, 'ECDSA', { apiVersion: '1.0', integrity: 'require' })
    expect((await failureOf(attempt)).code).toBe('KMS_INVALID_CONFIG')
  })
})
