import { randomBytes } from 'node:crypto'
import { createVerifier, type KeySpec } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { openBench } from './harness.ts'
import { digestOf, type Judged, nodeAccepts } from './judges.ts'
import { opensslAccepts, opensslKnows } from './openssl.ts'

const bench = await openBench()
const ML_DSA_BYTES = { ML_DSA_44: 2420, ML_DSA_65: 3309, ML_DSA_87: 4627 } as const

// What holds for every pair of algorithm and key spec is in pairs.test.ts.

/** Keys are made once: RSA keys take their time. */
const keys = new Map<KeySpec, Promise<string>>()
function keyOf(keySpec: KeySpec): Promise<string> {
  const key = keys.get(keySpec) ?? bench.key(keySpec)
  keys.set(keySpec, key)
  return key
}

describe('a message', () => {
  it.each(Object.entries(ML_DSA_BYTES))('by a %s key has %i bytes of signature', async (keySpec, bytes) => {
    const signer = bench.signer('ML_DSA', await keyOf(keySpec as KeySpec))
    expect((await signer.sign(randomBytes(9))).signature).toHaveLength(bytes)
  })

  it.each(['RSA_PSS_SHA_256', 'RSA_PSS_SHA_384', 'RSA_PSS_SHA_512'] as const)(
    '%s: the salt is the digest’s length',
    async (algorithm) => {
      const { pssSaltLength } = await bench.signer(algorithm, await keyOf('RSA_2048')).sign(randomBytes(9))
      expect(pssSaltLength).toBe(digestOf(algorithm, new Uint8Array()).length)
    },
  )
})

describe('a digest', () => {
  it('is unknown to pure Ed25519', async () => {
    const signer = bench.signer('ED25519', await keyOf('ED25519'))
    await expect(signer.signDigest(new Uint8Array(64))).rejects.toMatchObject({ code: 'KMS_UNSUPPORTED' })
    expect(signer.capabilities).toMatchObject({ digest: false, maxMessageBytes: 4096 })
  })

  it('of ML-DSA is mu, of 64 bytes', async () => {
    const signer = bench.signer('ML_DSA', await keyOf('ML_DSA_44'))
    const mu = randomBytes(64)
    const result = await signer.signDigest(mu)
    expect(await signer.verifyDigest(mu, result, { mode: 'remote' })).toBe(true)
    await expect(signer.signDigest(randomBytes(32))).rejects.toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
  })
})

describe('sizes', () => {
  const SIZES = [0, 1, 4095, 4096, 4097, 100_000]
  const SPECS: readonly (readonly [KeySpec, Judged])[] = [
    ['RSA_2048', 'RSA_PSS_SHA_256'],
    ['RSA_2048', 'RSA_PKCS1_SHA_512'],
    ['EC_P256', 'ECDSA_SHA_256'],
    ['EC_P521', 'ECDSA_SHA_512'],
    ['EC_P256K', 'ECDSA_SHA_256'],
    ['EC_SM2', 'SM2_DSA'],
  ]

  it.each(SPECS)('%s with %s signs any', async (keySpec, algorithm) => {
    const signer = bench.signer(algorithm, await keyOf(keySpec))
    const pem = (await signer.getPublicKey()).toPem()
    for (const size of SIZES) {
      const message = randomBytes(size)
      const { signature, verified } = await signer.sign(message)
      expect(verified).toBe(true)
      // The command reads no empty file as a message.
      if (size > 0 && opensslKnows(algorithm))
        expect(opensslAccepts(algorithm, pem, message, signature), `${size} bytes`).toBe(true)
    }
  })

  it('ML-DSA signs any, over the limit as mu', async () => {
    const signer = bench.signer('ML_DSA', await keyOf('ML_DSA_65'))
    for (const size of SIZES) {
      const message = randomBytes(size)
      const result = await signer.sign(message)
      const remote = signer.verify(message, result, { mode: 'remote' })
      expect(await remote, `${size} bytes`).toBe(true)
    }
  })

  it('Ed25519 signs 1 to 4096', async () => {
    const signer = bench.signer('ED25519', await keyOf('ED25519'))
    for (const size of [1, 4095, 4096]) expect((await signer.sign(randomBytes(size))).verified).toBe(true)
    const before = bench.asked()
    await expect(signer.sign(randomBytes(4097))).rejects.toMatchObject({ code: 'KMS_MESSAGE_TOO_LARGE' })
    await expect(signer.sign(new Uint8Array())).rejects.toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
    expect(bench.asked()).toBe(before)
  })

  it('a stream is signed by its digest', async () => {
    const signer = bench.signer('ECDSA_SHA_384', await keyOf('EC_P384'))
    const chunks = [randomBytes(70_000), randomBytes(5)]
    const { signature } = await signer.signStream(chunks)
    const { spki } = await signer.getPublicKey()
    expect(nodeAccepts('ECDSA_SHA_384', spki, Buffer.concat(chunks), signature)).toBe(true)
  })
})

describe('SM2', () => {
  it('with another id goes by the digest', async () => {
    const keyId = await keyOf('EC_SM2')
    const signer = bench.signer('SM2_DSA', keyId, { sm2UserId: 'alice@example.com' })
    const message = randomBytes(50)
    const result = await signer.sign(message)
    expect(result).toMatchObject({ verified: true, sm2UserId: 'alice@example.com' })
    const verifier = { algorithm: 'SM2_DSA', publicKey: await signer.getPublicKey() } as const
    expect(
      await createVerifier({ ...verifier, sm2UserId: 'alice@example.com' }).verify(message, result.signature),
    ).toBe(true)
    expect(await createVerifier(verifier).verify(message, result.signature)).toBe(false)
  })
})

describe('an encoding', () => {
  it('is DER on the wire, and what was asked for in the result', async () => {
    const signer = bench.signer('ECDSA_SHA_256', await keyOf('EC_P256'))
    const message = randomBytes(10)
    const { signature, encoding } = await signer.sign(message, { encoding: 'p1363' })
    expect([signature.length, encoding]).toEqual([64, 'p1363'])
    expect(await signer.verify(message, signature, { encoding: 'p1363', mode: 'remote' })).toBe(true)
  })
})
