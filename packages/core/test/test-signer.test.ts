import { createHash, generateKeyPairSync } from 'node:crypto'
import { algorithmsFor, isKmsError, type KeySpec, type SigningAlgorithm, verifySignature } from '@kmsign/core'
import { createTestSigner } from '@kmsign/core/testing'
import { describe, expect, it } from 'vitest'

const MESSAGE = Buffer.from('a message')
const [major = 0] = process.versions.node.split('.').map(Number)
const SPECS: readonly KeySpec[] = ['RSA_2048', 'EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2', 'ED25519']
const PAIRS = SPECS.flatMap((keySpec) => algorithmsFor(keySpec).map((algorithm) => ({ keySpec, algorithm })))

describe('a test signer', () => {
  it.each(PAIRS)('signs $algorithm with $keySpec', async ({ keySpec, algorithm }) => {
    const signer = createTestSigner<SigningAlgorithm>({ keySpec, algorithm })
    const result = await signer.sign(MESSAGE)
    const publicKey = await signer.getPublicKey()
    expect(result).toMatchObject({ verified: true, provider: 'local', algorithm, keyVersion: '1' })
    expect(await verifySignature({ algorithm, publicKey, message: MESSAGE, signature: result.signature })).toBe(true)
    expect(await signer.verify(MESSAGE, result, { mode: 'remote' })).toBe(true)
    expect(await signer.verify(Buffer.from('another'), result, { mode: 'remote' })).toBe(false)
  })

  it.runIf(major >= 24)('signs ML_DSA where the runtime has it', async () => {
    expect((await createTestSigner({ algorithm: 'ML_DSA' }).sign(MESSAGE)).verified).toBe(true)
  })

  it('signs with ECDSA on P-256 by default', () => {
    expect(createTestSigner().algorithm).toBe('ECDSA_SHA_256')
  })

  it('signs beyond the message limit by the digest', async () => {
    const signer = createTestSigner()
    const large = new Uint8Array(10_000)
    const { signature } = await signer.sign(large)
    expect(await signer.verifyStream([large], signature)).toBe(true)
    expect(signer.calls[0]).toEqual({ operation: 'sign', bytes: 32 })
  })

  it('verifies remotely from a digest too, and knows only its own versions', async () => {
    const signer = createTestSigner()
    const { signature } = await signer.sign(MESSAGE)
    const digest = createHash('sha256').update(MESSAGE).digest()
    expect(await signer.verifyDigest(digest, signature, { mode: 'remote' })).toBe(true)
    expect(await signer.verifyDigest(createHash('sha256').digest(), signature, { mode: 'remote' })).toBe(false)
    const unknown = { code: 'KMS_KEY_NOT_FOUND' }
    await expect(signer.verify(MESSAGE, signature, { mode: 'remote', keyVersion: '2' })).rejects.toMatchObject(unknown)
    await expect(signer.getPublicKey({ keyVersion: '2' })).rejects.toMatchObject(unknown)
  })

  it('refuses a key spec that does not exist', () => {
    expect(() => createTestSigner({ keySpec: 'EC_P224' as KeySpec })).toThrow(
      expect.objectContaining({
        code: 'KMS_INVALID_CONFIG',
        issues: [{ path: 'keySpec', message: 'expected a key spec' }],
      }),
    )
  })

  it('keeps verifying with earlier versions of the key', async () => {
    const signer = createTestSigner()
    const before = await signer.sign(MESSAGE)
    expect(signer.rotate()).toBe('2')
    const after = await signer.sign(MESSAGE)
    expect([before.keyVersion, after.keyVersion]).toEqual(['1', '2'])
    expect(await signer.verify(MESSAGE, before)).toBe(true)
    expect(await signer.verify(MESSAGE, after)).toBe(true)
    expect(await signer.verify(MESSAGE, before.signature, { keyVersion: '2' })).toBe(false)
  })

  it('plays failures through the real retries', async () => {
    const signer = createTestSigner({ fail: ['KMS_UNAVAILABLE', undefined, 'KMS_KEY_STATE'] })
    expect(await signer.sign(MESSAGE)).toMatchObject({ attempts: 2 })
    await expect(signer.sign(MESSAGE)).rejects.toSatisfy((error) => isKmsError(error, 'KMS_KEY_STATE'))
  })

  it('imitates a provider without digest mode and public key', async () => {
    const capabilities = { digest: false, maxMessageBytes: 10, publicKey: false, remoteVerify: false }
    const signer = createTestSigner({ capabilities })
    expect(signer.capabilities).toEqual(capabilities)
    expect((await signer.sign(MESSAGE)).verified).toBe(false)
    await expect(signer.sign(new Uint8Array(11))).rejects.toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
  })

  it('takes a private key of its own', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signer = createTestSigner({ privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
    expect((await signer.getPublicKey()).toPem()).toBe(publicKey.export({ type: 'spki', format: 'pem' }))
  })

  it('refuses options that do not fit', () => {
    for (const options of [{ algorithm: 'RS256' }, { keySpec: 'RSA_2048' }, { fail: ['NOPE'] }, { privateKey: 'x' }]) {
      expect(() => createTestSigner(options as never)).toThrowError(
        expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }),
      )
    }
  })
})
