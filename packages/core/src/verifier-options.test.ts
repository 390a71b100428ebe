import { sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { HAS_ML_DSA, testKey } from '../test/keys.ts'
import { isKmsError } from './errors.ts'
import { fixedSpki } from './spki.ts'
import { createVerifier, type VerifierOptions, verifySignature } from './verifier.ts'

const MESSAGE = Buffer.from('a message to verify')

describe('options', () => {
  const publicKey = testKey('EC_P256').publicPem

  test('report every problem at once, without values', () => {
    const options = {
      algorithm: 'ECDSA_SHA256',
      publicKey: 'SECRETMARK',
      encoding: 'asn1',
      pssSaltLength: -1,
      sm2UserId: 5,
      userId: 'SECRETMARK',
    }
    const error = caught(() => createVerifier(options as unknown as VerifierOptions))
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw new Error('another error')
    const paths = error.issues?.map(({ path }) => path)
    expect(paths?.sort()).toEqual(['algorithm', 'encoding', 'pssSaltLength', 'publicKey', 'sm2UserId', 'userId'])
    expect(JSON.stringify(error) + error.message).not.toContain('SECRETMARK')
  })

  test.each([
    [{ algorithm: 'ECDSA_SHA_256' }],
    [{ publicKey }],
    [{ algorithm: 'ECDSA_SHA_256', publicKey, encoding: 'raw' }],
    [{ algorithm: 'ECDSA_SHA_256', publicKey: 5 }],
    [{ algorithm: 'RSA_PSS_SHA_256', publicKey, pssSaltLength: 1.5 }],
    [{ algorithm: 'SM2_DSA', publicKey, sm2UserId: 'x'.repeat(8192) }],
    [{ algorithm: 'ECDSA_SHA_256', publicKey, lowS: true }],
    [{ algorithm: 'ECDSA_SHA_256', lowS: true }],
    [{ publicKey, encoding: 'raw' }],
    [{ algorithm: 'ECDSA_SHA_256', publicKey: testKey('EC_P256K').publicPem, lowS: 'yes' }],
    [undefined],
    ['text'],
  ])('are refused: %#', (options) => {
    const error = caught(() => createVerifier(options as unknown as VerifierOptions))
    expect(isKmsError(error, 'KMS_INVALID_CONFIG')).toBe(true)
  })

  test('low s is for secp256k1 only, and the message says so', () => {
    const error = caught(() => createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey, lowS: true }))
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw new Error('another error')
    expect(error.issues).toEqual([{ path: 'lowS', message: 'is for EC_P256K keys only' }])
    expect(() => createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey, lowS: false })).not.toThrow()
  })

  test('raw is what it is for algorithms that have no other encoding', async () => {
    const { publicKey, privateKey } = testKey('ED25519')
    const verifier = createVerifier({ algorithm: 'ED25519', publicKey, encoding: 'raw' })
    expect(await verifier.verify(MESSAGE, sign(null, MESSAGE, privateKey))).toBe(true)
  })

  test('undefined counts as absent', async () => {
    const options = {
      algorithm: 'ECDSA_SHA_256',
      publicKey,
      encoding: undefined,
      pssSaltLength: undefined,
      sm2UserId: undefined,
      lowS: undefined,
    }
    const signature = sign('sha256', MESSAGE, testKey('EC_P256').privateKey)
    expect(await createVerifier(options as unknown as VerifierOptions).verify(MESSAGE, signature)).toBe(true)
  })

  test('a key that the algorithm cannot use is a mismatch', () => {
    for (const algorithm of ['ECDSA_SHA_384', 'RSA_PSS_SHA_256', 'ED25519', 'SM2_DSA'] as const) {
      const error = caught(() => createVerifier({ algorithm, publicKey }))
      expect(isKmsError(error, 'KMS_KEY_MISMATCH')).toBe(true)
    }
  })

  test('a private key is a TypeError', () => {
    expect(() => createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: testKey('EC_P256').privatePem })).toThrow(
      TypeError,
    )
  })

  test.skipIf(HAS_ML_DSA)('ML-DSA is refused where the runtime lacks it', () => {
    const { spki } = fixedSpki('ML_DSA_44', new Uint8Array(1312))
    expect(caught(() => createVerifier({ algorithm: 'ML_DSA', publicKey: spki }))).toMatchObject({
      code: 'KMS_UNSUPPORTED',
      operation: 'configure',
      message: expect.stringContaining('this version of Node.js cannot verify ML_DSA'),
    })
  })
})

describe('what a verifier says', () => {
  const EC = () => testKey('EC_P256').publicPem

  test.each([
    [{ publicKey: 5 }, 'publicKey', 'expected a public key, got a number'],
    [{ publicKey: null }, 'publicKey', 'expected a public key, got null'],
    [
      { publicKey: 'text' },
      'publicKey',
      'the key cannot be read, is not on its curve, or is of a type or size that is not supported',
    ],
    [{ pssSaltLength: -1 }, 'pssSaltLength', "expected 'any' or a whole number from 0 to 478"],
    [{ pssSaltLength: 479 }, 'pssSaltLength', "expected 'any' or a whole number from 0 to 478"],
    [{ pssSaltLength: '32' }, 'pssSaltLength', "expected 'any' or a whole number from 0 to 478"],
    [{ encoding: 'raw' }, 'encoding', "expected 'der' or 'p1363' for ECDSA_SHA_256"],
    [{ sm2UserId: 5 }, 'sm2UserId', 'expected a text or bytes, got a number'],
    [{ sm2UserId: '\ud800' }, 'sm2UserId', 'is not well-formed Unicode'],
    [{ sm2UserId: 'x'.repeat(8192) }, 'sm2UserId', 'expected at most 8191 bytes'],
  ])('of wrong options %j', (wrong, path, message) => {
    const options = { algorithm: 'ECDSA_SHA_256', publicKey: EC(), ...wrong } as VerifierOptions
    const error = caught(() => createVerifier(options))
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw new Error('another error')
    expect(error.issues).toEqual([{ path, message }])
  })

  test.each([0, 478, 'any'] as const)('nothing of a salt of %s', (pssSaltLength) => {
    const options = { algorithm: 'RSA_PSS_SHA_256', publicKey: testKey('RSA_2048').publicPem, pssSaltLength } as const
    expect(() => createVerifier(options)).not.toThrow()
  })

  test('of wrong arguments', async () => {
    const verifier = createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: EC() })
    const bytes = new Uint8Array(8)
    const options = { algorithm: 'ECDSA_SHA_256', publicKey: EC(), signature: bytes } as const
    for (const [run, message] of [
      [() => verifier.verify(5 as never, bytes), 'message must be a Uint8Array, got a number.'],
      [() => verifier.verifyDigest(5 as never, bytes), 'digest must be a Uint8Array, got a number.'],
      [() => verifier.verify(bytes, 5 as never), 'signature must be a Uint8Array or a SignResult, got a number.'],
      [() => verifier.verify(bytes, null as never), 'signature must be a Uint8Array or a SignResult, got null.'],
      [() => verifier.verify(bytes, {} as never), 'signature.signature must be a Uint8Array, got undefined.'],
      [() => verifySignature(null as never), 'options must be an object, got null.'],
      [() => verifySignature('text' as never), 'options must be an object, got a string.'],
      [() => verifySignature(options as never), 'Exactly one of message and digest is required.'],
      [
        () => verifySignature({ ...options, message: bytes, signature: 5 as never }),
        'signature must be a Uint8Array, got a number.',
      ],
    ] as const) {
      await expect(run()).rejects.toThrow(new TypeError(message))
    }
  })

  test('of digests and streams that cannot be verified', async () => {
    const ed25519 = createVerifier({ algorithm: 'ED25519', publicKey: testKey('ED25519').publicPem })
    const ecdsa = createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: EC() })
    const signature = new Uint8Array(64)
    const failed = { operation: 'verify' }
    await expect(ed25519.verifyDigest(new Uint8Array(32), signature)).rejects.toMatchObject({
      ...failed,
      message: expect.stringContaining('ED25519 signs messages only, it has no digest'),
    })
    await expect(ecdsa.verifyDigest(new Uint8Array(31), signature)).rejects.toMatchObject({
      ...failed,
      message: expect.stringContaining('a digest for ECDSA_SHA_256 has 32 bytes, got 31'),
    })
    const block = Buffer.alloc(32 * 1024 * 1024)
    await expect(ed25519.verifyStream([block, block, signature], signature)).rejects.toMatchObject({
      ...failed,
      message: expect.stringContaining('ED25519 is verified from memory, up to 67108864 bytes'),
    })
  })
})
