import { createTestSigner } from '@kmsign/core/testing'
import { describe, expect, it } from 'vitest'
import { openBench, WIRE_SPECS } from './harness.ts'

const bench = await openBench()
const message = Buffer.from('a message', 'utf8')

describe('a name of a key', () => {
  it('may be an id, an ARN, an alias or its ARN; the result has the ARN', async () => {
    const { keyId, arn } = await bench.emulator.aws.createKey({ keySpec: WIRE_SPECS.EC_P256, alias: 'release' })
    const aliasArn = arn.replace(/key\/.*/, 'alias/release')
    for (const name of [keyId, arn, 'alias/release', aliasArn]) {
      const signer = bench.signer('ECDSA_SHA_256', name)
      expect(signer.keyId).toBe(name)
      expect(await signer.sign(message)).toMatchObject({ keyId: arn, verified: true })
      expect((await signer.getPublicKey()).keyId).toBe(arn)
    }
  })

  it('that moved to another key is noticed: the new public key is fetched', async () => {
    await bench.key('EC_P256', { alias: 'moving' })
    const signer = bench.signer('ECDSA_SHA_256', 'alias/moving')
    const before = await signer.sign(message)
    await bench.key('EC_P256', { alias: 'moving' })
    const after = await signer.sign(message)
    expect(after.verified).toBe(true)
    expect(after.keyId).not.toBe(before.keyId)
  })

  it.each([
    ['unknown-key', 'KMS_KEY_NOT_FOUND'],
    ['alias/unknown', 'KMS_KEY_NOT_FOUND'],
    ['arn:aws:kms:us-east-1:999999999999:key/2f7a1c3e-8f6b-4c55-9a0e-0123456789ab', 'KMS_KEY_NOT_FOUND'],
  ])('%s is %s, and the error says where', async (name, code) => {
    const failure = bench.signer('ED25519', name).sign(message)
    await expect(failure).rejects.toMatchObject({ code, retryable: false, httpStatus: 400, keyId: name })
    await expect(failure).rejects.toHaveProperty('providerMessage', expect.stringContaining(bench.emulator.url))
    expect(bench.asked('sign')).toBe(1)
  })
})

describe('a key', () => {
  it.each([
    ['Disabled', 'DisabledException'],
    ['PendingDeletion', 'KMSInvalidStateException'],
    ['PendingImport', 'KMSInvalidStateException'],
  ] as const)('that is %s is KMS_KEY_STATE', async (state, providerCode) => {
    const keyId = await bench.key()
    const { signature } = await bench.signer('ECDSA_SHA_256', keyId).sign(message)
    bench.emulator.aws.setKeyState(keyId, state)
    const signer = bench.signer('ECDSA_SHA_256', keyId)
    const expected = { code: 'KMS_KEY_STATE', providerCode, retryable: false, requestId: expect.any(String) }
    await expect(signer.sign(message)).rejects.toMatchObject(expected)
    await expect(signer.getPublicKey()).rejects.toMatchObject({ ...expected, operation: 'getPublicKey' })
    await expect(signer.verify(message, signature, { mode: 'remote' })).rejects.toMatchObject(expected)
  })

  it.each([
    ['EC_P384', 'SIGN_VERIFY', 'ECDSA_SHA_256'],
    ['RSA_2048', 'ENCRYPT_DECRYPT', 'RSA_PSS_SHA_256'],
    ['EC_P256', 'KEY_AGREEMENT', 'ECDSA_SHA_256'],
    ['ED25519', 'SIGN_VERIFY', 'ECDSA_SHA_256'],
  ] as const)('%s for %s does not sign %s', async (keySpec, keyUsage, algorithm) => {
    const keyId = await bench.key(keySpec, { keyUsage })
    for (const integrity of ['auto', 'off'] as const) {
      const failure = bench.signer(algorithm, keyId, { integrity }).sign(message)
      await expect(failure).rejects.toMatchObject({ code: 'KMS_KEY_MISMATCH', retryable: false })
    }
  })

  it('of another spec than declared is refused', async () => {
    const signer = bench.signer('RSA_PSS_SHA_256', await bench.key('RSA_2048'), { keySpec: 'RSA_4096' })
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'KMS_KEY_MISMATCH' })
  })

  it('that is pinned is never fetched, and another than the pinned one is refused', async () => {
    const keyId = await bench.key()
    const publicKey = (await bench.signer('ECDSA_SHA_256', keyId).getPublicKey()).toPem()
    const before = bench.asked('getPublicKey')
    expect((await bench.signer('ECDSA_SHA_256', keyId, { publicKey }).sign(message)).verified).toBe(true)
    const stranger = await createTestSigner({ algorithm: 'ECDSA_SHA_256' }).getPublicKey()
    const wrong = bench.signer('ECDSA_SHA_256', keyId, { publicKey: stranger.toPem() })
    await expect(wrong.sign(message)).rejects.toMatchObject({ code: 'KMS_KEY_MISMATCH' })
    expect(bench.asked('getPublicKey')).toBe(before)
  })
})

describe('an answer by another key', () => {
  it('is not returned', async () => {
    const signer = bench.signer('ECDSA_SHA_256', await bench.key())
    await signer.getPublicKey()
    bench.emulator.faults.add({ kind: 'wrong-key-id', operation: 'sign', times: 5 })
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'KMS_INTEGRITY' })
    expect(bench.asked('sign')).toBe(2)
  })

  it.each(['corrupt-signature', 'swap-signature', 'double-hash'])('or a %s neither', async (kind) => {
    const signer = bench.signer('ECDSA_SHA_256', await bench.key())
    bench.emulator.faults.add({ kind, operation: 'sign', times: 5 })
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'KMS_INTEGRITY' })
    bench.emulator.faults.clear()
    bench.emulator.faults.add({ kind, operation: 'sign' })
    expect(await signer.sign(message)).toMatchObject({ verified: true, attempts: 2 })
  })
})
