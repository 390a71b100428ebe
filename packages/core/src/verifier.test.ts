import { constants, createHash, sign } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { rowOf, TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { rowsForKeySpec } from './algorithms.ts'
import type { SignResult } from './contract.ts'
import { digestMessage } from './digest.ts'
import { isKmsError } from './errors.ts'
import { runtimeHasMlDsa } from './key-object.ts'
import { createLocalKey } from './local-key.ts'
import { curveOrder } from './order.ts'
import { ecdsaSignatureToLowS, ecdsaSignatureToP1363 } from './signature-encoding.ts'
import { fixedSpki } from './spki.ts'
import { createVerifier, type VerifierOptions, type VerifySignatureOptions, verifySignature } from './verifier.ts'

const MESSAGE = Buffer.from('a message to verify')
const ID = Buffer.from('1234567812345678')
const ROWS = TESTABLE_SPECS.filter((spec) => !/3072|4096/.test(spec)).flatMap((spec) => rowsForKeySpec(spec))
const chunks = () => Readable.from([MESSAGE.subarray(0, 5), MESSAGE.subarray(5)])

describe('a verifier', () => {
  test.each(ROWS.map((row) => [row.algorithm, row.keySpec] as const))(
    'verifies %s with %s',
    async (algorithm, keySpec) => {
      const { publicKey, publicPem, privatePem } = testKey(keySpec)
      const row = rowOf(algorithm, keySpec)
      const signature = await createLocalKey(algorithm, keySpec, privatePem).sign('message', MESSAGE, ID)
      const verifier = createVerifier({ algorithm, publicKey: publicPem })
      expect(verifier.publicKey.spkiSha256).toBe(publicKey.spkiSha256)
      expect(Object.isFrozen(verifier)).toBe(true)
      expect(await verifier.verify(MESSAGE, signature)).toBe(true)
      expect(await verifier.verify(Buffer.from('another'), signature)).toBe(false)
      expect(await verifier.verifyStream(chunks(), signature)).toBe(true)
      expect(await verifier.verifyStream([Buffer.from('another')], signature)).toBe(false)
      expect(await verifySignature({ algorithm, publicKey, signature, message: MESSAGE })).toBe(true)
      if (!row.payloads.includes('digest')) {
        await expect(verifier.verifyDigest(new Uint8Array(64), signature)).rejects.toMatchObject({
          code: 'KMS_UNSUPPORTED',
        })
        return
      }
      const digest = digestMessage(algorithm, MESSAGE, { publicKey })
      expect(await verifier.verifyDigest(digest, signature)).toBe(true)
      expect(await verifySignature({ algorithm, publicKey, signature, digest })).toBe(true)
      for (const wrong of [digest.subarray(1), Buffer.concat([digest, digest])]) {
        await expect(verifier.verifyDigest(wrong, signature)).rejects.toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
      }
    },
  )

  test('answers false for malformed signatures', async () => {
    const verifier = createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: testKey('EC_P256').publicPem })
    for (const signature of [new Uint8Array(0), new Uint8Array(64), Buffer.from('3006020101020101', 'hex')]) {
      expect(await verifier.verify(MESSAGE, signature)).toBe(false)
    }
  })

  test('keeps to the encoding it was given', async () => {
    const { publicKey, privateKey } = testKey('EC_P256')
    const der = sign('sha256', MESSAGE, privateKey)
    const pair = ecdsaSignatureToP1363(der, 'EC_P256')
    const options = { algorithm: 'ECDSA_SHA_256', publicKey } as const
    const answers = (encoding: 'der' | 'p1363' | undefined) => {
      const verifier = createVerifier({ ...options, ...(encoding && { encoding }) })
      return Promise.all([verifier.verify(MESSAGE, der), verifier.verify(MESSAGE, pair)])
    }
    expect(await answers(undefined)).toEqual([true, false])
    expect(await answers('der')).toEqual([true, false])
    expect(await answers('p1363')).toEqual([false, true])
  })

  test('takes the encoding for the rest as said about nothing', async () => {
    const { publicKey, privateKey } = testKey('ED25519')
    const verifier = createVerifier({ algorithm: 'ED25519', publicKey, encoding: 'p1363' })
    expect(await verifier.verify(MESSAGE, sign(null, MESSAGE, privateKey))).toBe(true)
  })

  test('keeps to the PSS salt it was given', async () => {
    const { publicKey, privateKey } = testKey('RSA_2048')
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const longest = sign('sha256', MESSAGE, { key: privateKey, padding, saltLength: 222 })
    const digest = createHash('sha256').update(MESSAGE).digest()
    const verifiers = [undefined, 32, 222, 'any' as const].map((pssSaltLength) =>
      createVerifier({ algorithm: 'RSA_PSS_SHA_256', publicKey, ...(pssSaltLength && { pssSaltLength }) }),
    )
    expect(await Promise.all(verifiers.map((verifier) => verifier.verify(MESSAGE, longest)))).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(await Promise.all(verifiers.map((verifier) => verifier.verifyDigest(digest, longest)))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })

  test('takes what a result says of itself', async () => {
    const ec = testKey('EC_P256')
    const p1363 = ecdsaSignatureToP1363(sign('sha256', MESSAGE, ec.privateKey), 'EC_P256')
    const ecVerifier = createVerifier({ algorithm: 'ECDSA_SHA_256', publicKey: ec.publicKey })
    const ecResult = resultOf({ signature: p1363, encoding: 'p1363', algorithm: 'ECDSA_SHA_256' })
    expect(await ecVerifier.verify(MESSAGE, ecResult)).toBe(true)
    expect(await ecVerifier.verifyStream(chunks(), ecResult)).toBe(true)
    expect(await ecVerifier.verify(MESSAGE, { ...ecResult, encoding: 'der' })).toBe(false)
    expect(await ecVerifier.verify(MESSAGE, { ...ecResult, algorithm: 'ECDSA_SHA_384' })).toBe(false)
    expect(await ecVerifier.verifyStream(chunks(), { ...ecResult, algorithm: 'ED25519' })).toBe(false)

    const rsa = testKey('RSA_2048')
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const pss = new Uint8Array(sign('sha256', MESSAGE, { key: rsa.privateKey, padding, saltLength: 222 }))
    const rsaVerifier = createVerifier({ algorithm: 'RSA_PSS_SHA_256', publicKey: rsa.publicKey })
    const rsaResult = resultOf({ signature: pss, encoding: 'raw', algorithm: 'RSA_PSS_SHA_256' })
    expect(await rsaVerifier.verify(MESSAGE, { ...rsaResult, pssSaltLength: 222 })).toBe(true)
    expect(await rsaVerifier.verify(MESSAGE, rsaResult)).toBe(false)

    const sm2 = testKey('EC_SM2')
    const other = await createLocalKey('SM2_DSA', 'EC_SM2', sm2.privatePem).sign(
      'message',
      MESSAGE,
      Buffer.from('someone'),
    )
    const sm2Verifier = createVerifier({ algorithm: 'SM2_DSA', publicKey: sm2.publicKey })
    const sm2Result = resultOf({ signature: other, encoding: 'der', algorithm: 'SM2_DSA', sm2UserId: 'someone' })
    expect(await sm2Verifier.verify(MESSAGE, sm2Result)).toBe(true)
    expect(await sm2Verifier.verifyStream(chunks(), sm2Result)).toBe(true)
    expect(await sm2Verifier.verify(MESSAGE, other)).toBe(false)
    const withId = createVerifier({ algorithm: 'SM2_DSA', publicKey: sm2.publicKey, sm2UserId: Buffer.from('someone') })
    expect(await withId.verify(MESSAGE, other)).toBe(true)
  })

  test('takes high s of secp256k1 unless low s is asked for', async () => {
    const { publicKey, privateKey } = testKey('EC_P256K')
    const pair = ecdsaSignatureToP1363(sign('sha256', MESSAGE, privateKey), 'EC_P256K')
    const low = ecdsaSignatureToLowS(pair, 'EC_P256K')
    const high = Buffer.from(low)
    const s = BigInt(`0x${Buffer.from(low.subarray(32)).toString('hex')}`)
    const order = BigInt(`0x${Buffer.from(curveOrder('EC_P256K') ?? []).toString('hex')}`)
    high.write((order - s).toString(16).padStart(64, '0'), 32, 'hex')
    const result = resultOf({ signature: new Uint8Array(high), encoding: 'p1363', algorithm: 'ECDSA_SHA_256' })
    const digest = createHash('sha256').update(MESSAGE).digest()
    for (const lowS of [undefined, false, true]) {
      const options = {
        algorithm: 'ECDSA_SHA_256',
        publicKey,
        encoding: 'p1363',
        ...(lowS !== undefined && { lowS }),
      } as const
      const verifier = createVerifier(options)
      expect(await verifier.verify(MESSAGE, low)).toBe(true)
      const answers = [
        await verifier.verify(MESSAGE, high),
        await verifier.verify(MESSAGE, result),
        await verifier.verifyDigest(digest, high),
        await verifier.verifyStream(chunks(), high),
        await verifySignature({ ...options, message: MESSAGE, signature: high }),
      ]
      expect(new Set(answers)).toEqual(new Set([lowS !== true]))
    }
  })

  test('rejects what is not bytes, and never throws at once', async () => {
    const verifier = createVerifier({ algorithm: 'ED25519', publicKey: testKey('ED25519').publicPem })
    const text = 'text' as unknown as Uint8Array
    const bytes = new Uint8Array(64)
    for (const run of [
      () => verifier.verify(text, bytes),
      () => verifier.verify(bytes, text),
      () => verifier.verify(bytes, undefined as unknown as Uint8Array),
      () => verifier.verify(bytes, { signature: 'text' } as unknown as SignResult),
      () => verifier.verifyDigest(text, bytes),
      () => verifier.verifyStream(bytes as unknown as [], bytes),
      () => verifier.verifyStream(['text'] as unknown as [], bytes),
    ]) {
      await expect(run()).rejects.toThrow(TypeError)
    }
  })

  test('buffers 64 MiB of an Ed25519 stream and not a byte more', async () => {
    const verifier = createVerifier({ algorithm: 'ED25519', publicKey: testKey('ED25519').publicPem })
    let given = 0
    let closed = false
    function* endless() {
      try {
        for (;;) yield Buffer.alloc(4 * 1024 * 1024 + (given++ === 0 ? 1 : 0))
      } finally {
        closed = true
      }
    }
    await expect(verifier.verifyStream(endless(), new Uint8Array(64))).rejects.toMatchObject({
      code: 'KMS_MESSAGE_TOO_LARGE',
    })
    expect([given, closed]).toEqual([16, true])
  })

  test.each([
    ['RSA_PKCS1_SHA_256', 'RSA_2048'],
    ['RSA_PSS_SHA_256', 'RSA_2048'],
    ['ECDSA_SHA_256', 'EC_P256'],
    ['SM2_DSA', 'EC_SM2'],
    ['ED25519', 'ED25519'],
  ] as const)('lets the caller use every buffer again at once: %s', async (algorithm, keySpec) => {
    const { publicKey, privatePem } = testKey(keySpec)
    const row = rowOf(algorithm, keySpec)
    const right = await createLocalKey(algorithm, keySpec, privatePem).sign('message', MESSAGE, ID)
    const verifier = createVerifier({ algorithm, publicKey })
    const digest = row.payloads.includes('digest') ? digestMessage(algorithm, MESSAGE, { publicKey }) : undefined
    // Whole buffers of their own: what is a part of a larger one may have been copied for another reason.
    const own = (bytes: Uint8Array) => new Uint8Array(bytes)
    for (const asResult of [false, true]) {
      const claim = (signature: SignResult['signature']) =>
        asResult ? resultOf({ signature, algorithm, encoding: row.defaultEncoding }) : signature
      const checks = [
        { what: own(MESSAGE), run: verifier.verify },
        {
          what: own(MESSAGE),
          run: (_: Uint8Array, claimed: Uint8Array | SignResult) => verifier.verifyStream(chunks(), claimed),
        },
        ...(digest === undefined ? [] : [{ what: own(digest), run: verifier.verifyDigest }]),
      ]
      for (const { what, run } of checks) {
        const signature = own(right)
        const verdict = run(what, claim(signature))
        signature.fill(0)
        what.fill(0)
        expect(await verdict).toBe(true)
      }
    }
  })

  test('reads a stream whose source uses its buffer again', async () => {
    const { publicKey, privateKey } = testKey('ED25519')
    const shared = Buffer.alloc(1)
    function* source() {
      for (const byte of MESSAGE) {
        shared[0] = byte
        yield shared
      }
    }
    const verifier = createVerifier({ algorithm: 'ED25519', publicKey })
    expect(await verifier.verifyStream(source(), sign(null, MESSAGE, privateKey))).toBe(true)
  })
})

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

  test.skipIf(runtimeHasMlDsa())('ML-DSA is refused where the runtime lacks it', () => {
    const { spki } = fixedSpki('ML_DSA_44', new Uint8Array(1312))
    const error = caught(() => createVerifier({ algorithm: 'ML_DSA', publicKey: spki }))
    expect(isKmsError(error, 'KMS_UNSUPPORTED')).toBe(true)
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

describe('verifySignature', () => {
  const { publicKey, privateKey } = testKey('EC_P256')
  const signature = sign('sha256', MESSAGE, privateKey)
  const digest = createHash('sha256').update(MESSAGE).digest()
  const base = { algorithm: 'ECDSA_SHA_256', publicKey, signature } as const

  test('takes exactly one of message and digest', async () => {
    const verify = (extra: object) => verifySignature({ ...base, ...extra } as unknown as VerifySignatureOptions)
    expect(await verify({ message: MESSAGE, digest: undefined })).toBe(true)
    expect(await verify({ digest })).toBe(true)
    for (const extra of [
      {},
      { message: MESSAGE, digest },
      { message: null },
      { message: 'text' },
      { digest, signature: 'text' },
    ]) {
      await expect(verify(extra)).rejects.toThrow(TypeError)
    }
    await expect(verifySignature(undefined as unknown as VerifySignatureOptions)).rejects.toThrow(TypeError)
  })

  test('rejects as the verifier throws', async () => {
    const unknownName = { ...base, message: MESSAGE, encodings: 'der' }
    await expect(verifySignature(unknownName)).rejects.toMatchObject({ code: 'KMS_INVALID_CONFIG' })
    await expect(verifySignature({ ...base, digest: MESSAGE })).rejects.toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
  })
})

function resultOf(facts: Pick<SignResult, 'signature' | 'encoding' | 'algorithm'> & Partial<SignResult>): SignResult {
  return Object.freeze({ provider: 'test', keyId: 'key', verified: true, attempts: 1, ...facts })
}

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
