import { constants, createHash, sign } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { rowOf, TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { rowsForKeySpec } from './algorithms.ts'
import type { SignResult } from './contract.ts'
import { digestMessage } from './digest.ts'
import { createLocalKey } from './local-key.ts'
import { curveOrder } from './order.ts'
import { ecdsaSignatureToLowS, ecdsaSignatureToP1363 } from './signature-encoding.ts'
import { createVerifier, type VerifySignatureOptions, verifySignature } from './verifier.ts'

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

  test.each([
    ['ECDSA_SHA_256', 'EC_P256'],
    ['SM2_DSA', 'EC_SM2'],
  ] as const)('reads a stream of any length for %s, and keeps none of it', async (algorithm, keySpec) => {
    const verifier = createVerifier({ algorithm, publicKey: testKey(keySpec).publicPem })
    const block = Buffer.alloc(4 * 1024 * 1024)
    expect(await verifier.verifyStream(Array(17).fill(block), Buffer.from('3006020101020101', 'hex'))).toBe(false)
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

describe('verifySignature', () => {
  const digest = createHash('sha256').update(MESSAGE).digest()
  const right = () => {
    const { publicKey, privateKey } = testKey('EC_P256')
    return { algorithm: 'ECDSA_SHA_256', publicKey, signature: sign('sha256', MESSAGE, privateKey) } as const
  }

  test('takes exactly one of message and digest', async () => {
    const base = right()
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
    const base = right()
    const unknownName = { ...base, message: MESSAGE, encodings: 'der' }
    await expect(verifySignature(unknownName)).rejects.toMatchObject({ code: 'KMS_INVALID_CONFIG' })
    await expect(verifySignature({ ...base, digest: MESSAGE })).rejects.toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
  })
})

function resultOf(facts: Pick<SignResult, 'signature' | 'encoding' | 'algorithm'> & Partial<SignResult>): SignResult {
  return Object.freeze({ provider: 'test', keyId: 'key', verified: true, attempts: 1, ...facts })
}
