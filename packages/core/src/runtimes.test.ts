import * as crypto from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { testKey } from '../test/keys.ts'
import type { SignerDriver } from './driver-contract.ts'
import { fixedSpki } from './spki.ts'

// What other versions of Node answer is played to the code here; modules keep what they found out, so each test loads
// its own.
const ML_DSA_KEY = fixedSpki('ML_DSA_44', new Uint8Array(1312))
const ID = Buffer.from('1234567812345678')

async function on(changes: object): Promise<void> {
  vi.resetModules()
  vi.doMock('node:crypto', () => ({ ...crypto, ...changes }))
}

afterEach(() => {
  vi.doUnmock('node:crypto')
  vi.resetModules()
})

/** node:crypto whose createPublicKey takes ML-DSA keys and says they are of a type. */
const importing = (asymmetricKeyType: string | undefined) => ({
  createPublicKey: () => ({ asymmetricKeyType }),
})

describe('ML-DSA', () => {
  test('is there on a runtime that knows the keys it imports', async () => {
    await on(importing('ml-dsa-44'))
    const { importKey, runtimeHasMlDsa } = await import('./key-object.ts')
    expect(runtimeHasMlDsa()).toBe(true)
    expect(importKey(ML_DSA_KEY)).toEqual({ asymmetricKeyType: 'ml-dsa-44' })
  })

  test.each([undefined, 'unknown'])('is missing on a runtime that imports its keys as %s', async (type) => {
    await on(importing(type))
    const { importKey, runtimeHasMlDsa } = await import('./key-object.ts')
    expect(runtimeHasMlDsa()).toBe(false)
    expect(importKey(ML_DSA_KEY)).toBeNull()
  })

  test('is missing on a runtime that cannot import its keys, and asked for once', async () => {
    const createPublicKey = vi.fn(() => {
      throw new Error('unsupported')
    })
    await on({ createPublicKey })
    const { runtimeHasMlDsa } = await import('./key-object.ts')
    expect([runtimeHasMlDsa(), runtimeHasMlDsa()]).toEqual([false, false])
    expect(createPublicKey).toHaveBeenCalledOnce()
  })

  test('can be verified, signed and required where it is there', async () => {
    await on(importing('ml-dsa-44'))
    const { createVerifier } = await import('./verifier.ts')
    expect(createVerifier({ algorithm: 'ML_DSA', publicKey: ML_DSA_KEY.spki }).publicKey.keySpec).toBe('ML_DSA_44')
  })
})

describe('a signer of ML-DSA', () => {
  const payloads = { message: { minBytes: 0, maxBytes: 100 }, mu: { minBytes: 64, maxBytes: 64 } }
  const driver: SignerDriver = {
    apiVersion: 1,
    provider: 'played',
    keyId: 'key',
    quotaScope: 'played',
    publicKeyBy: 'key',
    algorithms: { ML_DSA: { payloads, encodings: ['raw'] } },
    signPayload: async () => ({ signature: new Uint8Array(2420) }),
    fetchPublicKey: async () => ({ spki: ML_DSA_KEY.spki }),
    mapError: () => ({ code: 'KMS_UNKNOWN', phase: 'response' }),
  }
  const options = { credentials: undefined, integrity: 'require' } as const

  test('can be required to check messages where the runtime can, and never digests', async () => {
    await on({ ...importing('ml-dsa-44'), verify: () => true })
    const { createSigner } = await import('./signer.ts')
    const signer = createSigner(driver, 'ML_DSA', options)
    expect((await signer.sign(Buffer.from('a message'))).verified).toBe(true)
    await expect(signer.signDigest(new Uint8Array(64))).rejects.toMatchObject({
      code: 'KMS_UNSUPPORTED',
      message: expect.stringContaining('this runtime cannot check ML_DSA from a mu'),
    })
  })

  test('cannot be required to check anything where the runtime cannot', async () => {
    await on(importing(undefined))
    const { createSigner } = await import('./signer.ts')
    expect(() => createSigner(driver, 'ML_DSA', options)).toThrow(
      expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }),
    )
  })

  test('signs in this process where the runtime can, though not from mu', async () => {
    const generateKeyPairSync = () => ({ privateKey: {} })
    await on({ ...importing('ml-dsa-44'), generateKeyPairSync, sign: () => Buffer.alloc(2420, 1) })
    vi.doMock('./public-key.ts', async (original) => ({
      ...(await original<object>()),
      parsePublicKey: () => ({ keySpec: 'ML_DSA_44', spki: ML_DSA_KEY.spki }),
    }))
    const { createLocalKey } = await import('./local-key.ts')
    vi.doUnmock('./public-key.ts')
    const key = createLocalKey('ML_DSA', 'ML_DSA_44')
    expect(await key.sign('message', Buffer.from('a message'), ID)).toHaveLength(2420)
    await expect(key.sign('mu', new Uint8Array(64), ID)).rejects.toMatchObject({ code: 'KMS_UNSUPPORTED' })
  })
})

describe('keys of other types', () => {
  test('that cannot be imported are not on their curve', async () => {
    const { importKey } = await import('./key-object.ts')
    const bytes = new Uint8Array(65).fill(1)
    bytes[0] = 4
    expect(() => importKey(fixedSpki('EC_P256', bytes))).toThrow(
      expect.objectContaining({
        code: 'KMS_INVALID_ARGUMENT',
        message: expect.stringContaining('the public key is not a point of its curve'),
      }),
    )
  })

  test('are imported whatever the runtime calls them', async () => {
    await on(importing(undefined))
    const { importKey } = await import('./key-object.ts')
    expect(importKey(testKey('EC_SM2').publicKey)).toEqual({ asymmetricKeyType: undefined })
  })
})

describe('SM2', () => {
  const MESSAGE = Buffer.from('a message')

  test('is verified as well where createVerify cannot be fed ZA', async () => {
    const { publicPem, privatePem } = testKey('EC_SM2')
    const { createLocalKey } = await import('./local-key.ts')
    const der = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, ID)
    const createVerify = vi.fn(() => {
      const hash = { update: () => hash, verify: () => false }
      return hash
    })
    await on({ createVerify })
    const { createVerifier } = await import('./verifier.ts')
    const verified = (message: Uint8Array, sm2UserId: Uint8Array) =>
      createVerifier({ algorithm: 'SM2_DSA', publicKey: publicPem, sm2UserId }).verify(message, der)
    expect(await verified(MESSAGE, ID)).toBe(true)
    expect(await verified(Buffer.from('another'), ID)).toBe(false)
    expect(await verified(MESSAGE, Buffer.from('another'))).toBe(false)
    // Asked for once: the answer to the known signature was wrong.
    expect(createVerify).toHaveBeenCalledOnce()
  })

  test('is verified of the bytes at the time of the call, though its check is loaded after it', async () => {
    const { publicPem, privatePem } = testKey('EC_SM2')
    const { createLocalKey } = await import('./local-key.ts')
    const der = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, ID)
    vi.resetModules()
    const { createVerifier } = await import('./verifier.ts')
    const message = Buffer.from(MESSAGE)
    const verdict = createVerifier({ algorithm: 'SM2_DSA', publicKey: publicPem }).verify(message, der)
    message.fill(0)
    expect(await verdict).toBe(true)
  })

  test('is verified by createVerify where it gives the known answer, which is asked for once', async () => {
    const { publicPem, privatePem } = testKey('EC_SM2')
    const { createLocalKey } = await import('./local-key.ts')
    const der = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, ID)
    const createVerify = vi.fn(crypto.createVerify)
    await on({ createVerify })
    const { createVerifier } = await import('./verifier.ts')
    const verifier = createVerifier({ algorithm: 'SM2_DSA', publicKey: publicPem, sm2UserId: ID })
    expect(await verifier.verify(MESSAGE, der)).toBe(true)
    expect(createVerify).toHaveBeenCalledTimes(2)
    expect(await verifier.verify(MESSAGE, der)).toBe(true)
    expect(createVerify).toHaveBeenCalledTimes(3)
  })

  // GB/T 32918.2 §6.1: k is drawn again where r = 0, r + k = n or s = 0.
  const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
  const bytesOf = (value: bigint, width = 32) => Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex')
  const modulo = (value: bigint) => ((value % ORDER) + ORDER) % ORDER
  const D = 0x1234567890abcdefn
  /** x of the base point itself, that is of k = 1. */
  const X1 = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n

  async function signWith(ks: readonly bigint[], e: bigint) {
    const left = [...ks]
    const randomBytes = vi.fn(() => bytesOf(left.shift() ?? 0n, 48))
    await on({ randomBytes })
    const { signSm2 } = await import('./curves.ts')
    const signature = signSm2(bytesOf(modulo(e)), bytesOf(D))
    return { signature: Buffer.from(signature).toString('hex'), drawn: randomBytes.mock.calls.length }
  }

  test.each([
    ['k is 0', 0n, 5n],
    ['r is 0', 1n, -X1],
    ['r + k is the order', 1n, -X1 - 1n],
    ['s is 0', 1n, invert(D) - X1],
  ])('is signed with another k where %s', async (_, k, e) => {
    const retried = await signWith([k, 7n], e)
    expect(retried.drawn).toBe(2)
    expect(retried).toEqual({ ...(await signWith([7n], e)), drawn: 2 })
  })

  function invert(value: bigint): bigint {
    let [result, base, exponent] = [1n, value, ORDER - 2n]
    for (; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) result = (result * base) % ORDER
      base = (base * base) % ORDER
    }
    return result
  }
})
