import { constants, createHash, createPublicKey, sign } from 'node:crypto'
import { ecdsaSignatureToP1363, type SignResult } from '@kmsign/core'
import type { OfferedAlgorithm, SignerDriver } from '@kmsign/core/driver'
import { describe, expect, test } from 'vitest'
import { createLocalKey } from '../src/local-key.ts'
import { testKey } from './keys.ts'
import { DIGESTS, errorOf, MESSAGES, offered } from './offered.ts'
import type { Credentials } from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const DIGEST = createHash('sha256').update(MESSAGE).digest()
const ECDSA = { payloads: MESSAGES, encodings: ['der'] } as const
const PSS = { payloads: { ...MESSAGES, ...DIGESTS(32) }, encodings: ['raw'] } as const
const SM2 = { payloads: { ...MESSAGES, ...DIGESTS(32) }, encodings: ['der'] } as const
const ec = testKey('EC_P256')
const der = new Uint8Array(sign('sha256', MESSAGE, ec.privateKey))
const pair = ecdsaSignatureToP1363(der, 'EC_P256')
const pssWith = (saltLength: number) =>
  sign('sha256', MESSAGE, { key: testKey('RSA_2048').privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })

type Verification = Parameters<NonNullable<SignerDriver<Credentials>['verifyPayload']>>[0]
/** A provider's verify operation that answers as told and remembers what it was asked. */
function provider(answer: (asked: Verification) => boolean = () => true) {
  const asked: Verification[] = []
  const verifyPayload = async (request: Verification) => {
    asked.push(request)
    return answer(request)
  }
  return { asked, verifyPayload }
}
const refuse = (code: string) => async () => Promise.reject({ mapped: { code, phase: 'response' } })
const result = (facts: Partial<SignResult>): SignResult =>
  ({
    provider: 'scripted',
    keyId: 'key-1',
    verified: true,
    attempts: 1,
    algorithm: 'ECDSA_SHA_256',
    encoding: 'der',
    ...facts,
  }) as SignResult

describe('a signature is verified here', () => {
  test('from message, digest and stream, and false when it is wrong', async () => {
    const { signer, driver } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
    const another = createHash('sha256').update('another').digest()
    expect(await signer.verify(MESSAGE, der)).toBe(true)
    expect(await signer.verify(Buffer.from('another'), der)).toBe(false)
    expect(await signer.verifyDigest(DIGEST, der)).toBe(true)
    expect(await signer.verifyDigest(another, der)).toBe(false)
    expect(await signer.verifyStream([MESSAGE], der)).toBe(true)
    expect(await signer.verifyStream([MESSAGE, MESSAGE], der)).toBe(false)
    expect(driver.keyRequests).toHaveLength(1)
  })

  test('in the encoding that the result or the options name, DER without', async () => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
    expect(await signer.verify(MESSAGE, pair)).toBe(false)
    expect(await signer.verify(MESSAGE, pair, { encoding: 'p1363' })).toBe(true)
    expect(await signer.verify(MESSAGE, result({ signature: pair, encoding: 'p1363' }))).toBe(true)
    expect(await signer.verify(MESSAGE, result({ signature: pair, encoding: 'der' }))).toBe(false)
  })

  test('unless the result is of another algorithm, which is false without asking anybody', async () => {
    const { signer, driver } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
    const foreign = result({ signature: der, algorithm: 'ED25519' })
    expect(await signer.verify(MESSAGE, foreign)).toBe(false)
    expect(await signer.verifyDigest(DIGEST, foreign)).toBe(false)
    expect(await signer.verifyStream([MESSAGE], foreign)).toBe(false)
    expect(driver.keyRequests).toHaveLength(0)
  })

  test('after its bytes were copied', async () => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
    for (const wrap of [
      (signature: Uint8Array<ArrayBuffer>) => signature,
      (signature: Uint8Array<ArrayBuffer>) => result({ signature }),
    ]) {
      const given = new Uint8Array(der)
      const pending = signer.verify(MESSAGE, wrap(given))
      given.fill(0)
      expect(await pending).toBe(true)
    }
  })

  test.each([
    ['text', 'signature must be a Uint8Array or a SignResult, got a string.'],
    [null, 'signature must be a Uint8Array or a SignResult, got null.'],
    [undefined, 'signature must be a Uint8Array or a SignResult, got undefined.'],
    [
      { signature: 'text' },
      "signature.signature must be a Uint8Array, got a string. Use Buffer.from(text, 'utf8') or Buffer.from(text, 'base64').",
    ],
  ])('and is nothing else than bytes or a result: %j', async (signature, message) => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA)
    const error = new TypeError(message)
    await expect(signer.verify(MESSAGE, signature as never)).rejects.toThrow(error)
    await expect(signer.verifyStream([MESSAGE], signature as never)).rejects.toThrow(error)
  })

  test('with the SM2 id of the result, the signer or the usual one', async () => {
    const by = (id: string) =>
      createLocalKey('SM2_DSA', 'EC_SM2', testKey('EC_SM2').privatePem).sign('message', MESSAGE, Buffer.from(id))
    const [usual, own] = [await by('1234567812345678'), await by('own')]
    const of = (facts: Partial<SignResult>) => result({ algorithm: 'SM2_DSA', ...facts })
    const { signer } = offered('SM2_DSA', 'EC_SM2', SM2)
    const named = offered('SM2_DSA', 'EC_SM2', SM2, { options: { sm2UserId: 'own' } }).signer
    expect(await signer.verify(MESSAGE, usual)).toBe(true)
    expect(await signer.verify(MESSAGE, own)).toBe(false)
    expect(await signer.verify(MESSAGE, of({ signature: own, sm2UserId: 'own' }))).toBe(true)
    expect(await named.verify(MESSAGE, own)).toBe(true)
    expect(await named.verify(MESSAGE, of({ signature: own }))).toBe(true)
    expect(await named.verify(MESSAGE, of({ signature: usual, sm2UserId: '1234567812345678' }))).toBe(true)
    expect(await named.verifyStream([MESSAGE], own)).toBe(true)
  })

  test.each<[OfferedAlgorithm['pssSalt'], Record<number, boolean>]>([
    ['digest', { 0: false, 20: false, 32: true, 222: false }],
    [undefined, { 0: false, 20: false, 32: true, 222: false }],
    ['max', { 0: false, 20: false, 32: false, 222: true }],
    ['undocumented', { 0: true, 20: true, 32: true, 222: true }],
  ])('with the PSS salt that is %s in the documents', async (pssSalt, answers) => {
    const { signer } = offered('RSA_PSS_SHA_256', 'RSA_2048', { ...PSS, ...(pssSalt && { pssSalt }) })
    for (const [salt, answer] of Object.entries(answers)) {
      const signature = pssWith(Number(salt))
      expect([salt, await signer.verify(MESSAGE, signature)]).toEqual([salt, answer])
      expect([salt, await signer.verifyDigest(DIGEST, signature)]).toEqual([salt, answer])
      // Said in the call, that salt and no other.
      expect(await signer.verify(MESSAGE, signature, { pssSaltLength: Number(salt) })).toBe(true)
      expect(await signer.verify(MESSAGE, signature, { pssSaltLength: 40 })).toBe(false)
      const whole = result({
        algorithm: 'RSA_PSS_SHA_256',
        signature: new Uint8Array(signature),
        encoding: 'raw',
        pssSaltLength: Number(salt),
      })
      expect(await signer.verify(MESSAGE, whole, { pssSaltLength: 40 })).toBe(true)
    }
  })

  test('with the key of the version that the result or the options name', async () => {
    const versions: (string | undefined)[] = []
    const driver = {
      fetchPublicKey: async ({ keyVersion }: { readonly keyVersion?: string }) => {
        versions.push(keyVersion)
        return { spki: createPublicKey(ec.privateKey), ...(keyVersion !== undefined && { keyVersion }) }
      },
    }
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver })
    await signer.verify(MESSAGE, der)
    await signer.verify(MESSAGE, der, { keyVersion: '1' })
    await signer.verify(MESSAGE, result({ signature: der, keyVersion: '2' }), { keyVersion: '1' })
    await signer.verify(MESSAGE, result({ signature: der }), { keyVersion: '3' })
    expect(versions).toEqual([undefined, '1', '2', '3'])
  })
})

describe('the place of a verification', () => {
  test('is here where the public key can be had, unless the provider is asked for', async () => {
    const { asked, verifyPayload } = provider()
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver: { verifyPayload } })
    expect(await signer.verify(MESSAGE, der)).toBe(true)
    expect(asked).toHaveLength(0)
    expect(await signer.verify(MESSAGE, der, { mode: 'remote' })).toBe(true)
    expect(asked).toEqual([
      { algorithm: 'ECDSA_SHA_256', kind: 'message', payload: new Uint8Array(MESSAGE), signature: der },
    ])
  })

  test('is the provider where the public key cannot be had', async () => {
    const { asked, verifyPayload } = provider(({ payload }) => payload.length === MESSAGE.length)
    const driver = { verifyPayload, fetchPublicKey: refuse('KMS_PERMISSION_DENIED') }
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver })
    expect(await signer.verify(MESSAGE, der)).toBe(true)
    expect(await signer.verify(Buffer.from('another one'), der)).toBe(false)
    expect(await signer.verifyStream([MESSAGE], der)).toBe(true)
    expect(asked).toHaveLength(3)
    expect(await errorOf(signer.verify(MESSAGE, der, { mode: 'local' }))).toMatchObject({
      code: 'KMS_PERMISSION_DENIED',
    })
  })

  test('is nowhere where there is neither', async () => {
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, {
      driver: { fetchPublicKey: refuse('KMS_PERMISSION_DENIED') },
    })
    expect(await errorOf(signer.verify(MESSAGE, der))).toMatchObject({ code: 'KMS_PERMISSION_DENIED' })
    expect(await errorOf(signer.verify(MESSAGE, der, { mode: 'remote' }))).toMatchObject({
      code: 'KMS_UNSUPPORTED',
      message: expect.stringContaining('this provider has no verify operation'),
    })
  })

  test('is not moved by a key that does not fit what was declared', async () => {
    const { asked, verifyPayload } = provider()
    const fetchPublicKey = async () => ({ spki: createPublicKey(testKey('EC_P384').privateKey) })
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver: { verifyPayload, fetchPublicKey } })
    expect(await errorOf(signer.verify(MESSAGE, der))).toMatchObject({ code: 'KMS_KEY_MISMATCH' })
    expect(asked).toHaveLength(0)
  })

  test('is not moved by the end of the call', async () => {
    const { asked, verifyPayload } = provider()
    const controller = new AbortController()
    const fetchPublicKey = () => {
      setTimeout(() => controller.abort('bye'), 1)
      return new Promise<never>(() => {})
    }
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', ECDSA, { driver: { verifyPayload, fetchPublicKey } })
    expect(await errorOf(signer.verify(MESSAGE, der, { signal: controller.signal }))).toBe('bye')
    expect(asked).toHaveLength(0)
  })
})

describe('a verification by the provider', () => {
  const remote = (offer: OfferedAlgorithm, answer?: (asked: Verification) => boolean) => {
    const { asked, verifyPayload } = provider(answer)
    const { signer } = offered('ECDSA_SHA_256', 'EC_P256', offer, { driver: { verifyPayload } })
    return { asked, signer }
  }

  test('gets the signature in the encoding of the wire, and its version', async () => {
    const { asked, signer } = remote(ECDSA)
    await signer.verify(MESSAGE, pair, { mode: 'remote', encoding: 'p1363', keyVersion: '7' })
    expect(asked).toMatchObject([{ signature: der, keyVersion: '7' }])
    await signer.verify(MESSAGE, der, { mode: 'remote' })
    expect('keyVersion' in (asked[1] ?? {})).toBe(false)
  })

  test('gets it in each encoding that the documents leave open, until one fits', async () => {
    const both = { payloads: MESSAGES, encodings: ['der', 'p1363'] } as const
    const none = remote(both, () => false)
    expect(await none.signer.verify(MESSAGE, der, { mode: 'remote' })).toBe(false)
    expect(none.asked.map(({ signature }) => signature)).toEqual([der, pair])
    const first = remote(both)
    expect(await first.signer.verify(MESSAGE, der, { mode: 'remote' })).toBe(true)
    expect(first.asked).toHaveLength(1)
    // Once a signature was recognised there is one left.
    await none.signer.sign(MESSAGE)
    await none.signer.verify(MESSAGE, pair, { mode: 'remote', encoding: 'p1363' })
    expect(none.asked.slice(2).map(({ signature }) => signature)).toEqual([der])
  })

  test('is not asked about what no key of the algorithm can have made', async () => {
    const { asked, signer } = remote(ECDSA)
    for (const signature of [new Uint8Array(0), new Uint8Array(64), pair]) {
      expect(await signer.verify(MESSAGE, signature, { mode: 'remote' })).toBe(false)
    }
    expect(await signer.verify(MESSAGE, der, { mode: 'remote', encoding: 'raw' })).toBe(false)
    expect(asked).toHaveLength(0)
  })

  test('knows by the declared key spec, or the key once it is here, what can be a signature', async () => {
    const { asked, verifyPayload } = provider()
    const rsa = (options: object = {}) =>
      offered('RSA_PSS_SHA_256', 'RSA_2048', PSS, { driver: { verifyPayload }, options }).signer
    const long = new Uint8Array(512)
    expect(await rsa().verify(MESSAGE, long, { mode: 'remote' })).toBe(true)
    expect(await rsa({ keySpec: 'RSA_2048' }).verify(MESSAGE, long, { mode: 'remote' })).toBe(false)
    const known = rsa()
    await known.getPublicKey()
    expect(await known.verify(MESSAGE, long, { mode: 'remote' })).toBe(false)
    expect(asked).toHaveLength(1)
  })

  test('gets a digest where one was given, and for SM2 the one that has the id of the result', async () => {
    const { asked, verifyPayload } = provider()
    const { signer } = offered('SM2_DSA', 'EC_SM2', SM2, { driver: { verifyPayload } })
    const key = createLocalKey('SM2_DSA', 'EC_SM2', testKey('EC_SM2').privatePem)
    const signature = await key.sign('message', MESSAGE, Buffer.from('own'))
    const whole = result({ algorithm: 'SM2_DSA', signature, sm2UserId: 'own' })
    expect(await signer.verify(MESSAGE, whole, { mode: 'remote' })).toBe(true)
    expect(await signer.verifyDigest(DIGEST, signature, { mode: 'remote' })).toBe(true)
    expect(asked.map(({ kind, payload }) => [kind, payload.length])).toEqual([
      ['digest', 32],
      ['digest', 32],
    ])
    expect(asked[1]?.payload).toEqual(new Uint8Array(DIGEST))
    expect(await signer.verifyStream([MESSAGE], whole, { mode: 'remote' })).toBe(true)
    expect(asked[2]?.payload).toEqual(asked[0]?.payload)
  })
})
