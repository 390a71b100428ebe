import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { HAS_ML_DSA, rowOf, TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { rowsForKeySpec } from './algorithms.ts'
import { measurePssSalt } from './check-signature.ts'
import { isKmsError } from './errors.ts'
import { createLocalKey } from './local-key.ts'
import { parsePublicKey } from './public-key.ts'

const MESSAGE = Buffer.from('message')
const NO_ID = new Uint8Array()

describe('a local key', () => {
  test.each(TESTABLE_SPECS.filter((spec) => !/3072|4096/.test(spec)))('of %s is generated', async (keySpec) => {
    const row = rowsForKeySpec(keySpec)[0]
    if (row === undefined) throw new Error('no row')
    const key = createLocalKey(row.algorithm, keySpec)
    expect(key.keySpec).toBe(keySpec)
    expect(parsePublicKey(key.spki).keySpec).toBe(keySpec)
    const signature = await key.sign('message', MESSAGE, NO_ID)
    expect([signature.constructor, signature.byteLength]).toEqual([Uint8Array, signature.buffer.byteLength])
  })

  test('is read from PKCS #8, SEC 1 and PKCS #1', () => {
    const ec = testKey('EC_P256')
    const rsa = testKey('RSA_2048')
    const forms = [
      [ec, 'ECDSA_SHA_256', ec.privatePem],
      [ec, 'ECDSA_SHA_256', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
      [rsa, 'RSA_PSS_SHA_256', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ] as const
    for (const [key, algorithm, pem] of forms) {
      expect(createLocalKey(algorithm, key.keySpec, pem).spki).toEqual(key.publicKey.spki)
    }
  })

  test('salts PSS with the digest length, from message and digest', async () => {
    const { publicKey, privatePem } = testKey('RSA_2048')
    const row = rowOf('RSA_PSS_SHA_512', 'RSA_2048')
    const key = createLocalKey('RSA_PSS_SHA_512', 'RSA_2048', privatePem)
    for (const [kind, bytes] of [
      ['message', MESSAGE],
      ['digest', new Uint8Array(64).fill(3)],
    ] as const) {
      const signature = await key.sign(kind, bytes, NO_ID)
      expect(await measurePssSalt(publicKey, { kind, bytes }, signature, row)).toBe(64)
    }
  })

  test('signs a digest that keeps its leading zeros, as a scalar may have them too', async () => {
    const { publicPem } = testKey('EC_P521')
    for (let round = 0; round < 20; round += 1) {
      const key = createLocalKey('ECDSA_SHA_512', 'EC_P521')
      const digest = new Uint8Array(64)
      digest[63] = round
      expect((await key.sign('digest', digest, NO_ID)).length).toBeLessThanOrEqual(139)
    }
    const key = createLocalKey('ECDSA_SHA_512', 'EC_P521', testKey('EC_P521').privatePem)
    const signature = await key.sign('message', MESSAGE, NO_ID)
    expect(verify('sha512', MESSAGE, createPublicKey(publicPem), signature)).toBe(true)
  })
})

describe('refused', () => {
  const ec = testKey('EC_P256')
  const secret = ec.privatePem.split('\n')[1] ?? ''
  const forms: readonly [string, string][] = [
    ['no PEM', 'none'],
    ['empty', ''],
    ['public', ec.publicPem],
    ['cut', ec.privatePem.slice(0, 100)],
    ['another key spec', testKey('EC_P384').privatePem],
    ['SM2', testKey('EC_SM2').privatePem],
    ['another type', testKey('ED25519').privatePem],
    ['not supported', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    [
      'encrypted',
      ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
    ],
  ]

  test.each(forms)('PEM that is %s, without being shown', (_, pem) => {
    const error = caught(() => createLocalKey('ECDSA_SHA_256', 'EC_P256', pem))
    expect(isKmsError(error, 'KMS_INVALID_CONFIG')).toBe(true)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
  })

  test('names that do not go together', () => {
    const error = caught(() => createLocalKey('ECDSA_SHA_256', 'EC_P384'))
    expect(isKmsError(error, 'KMS_INVALID_CONFIG')).toBe(true)
  })

  test('ML-DSA from mu, and ML-DSA at all where the runtime lacks it', async () => {
    if (!HAS_ML_DSA) {
      expect(
        isKmsError(
          caught(() => createLocalKey('ML_DSA', 'ML_DSA_44')),
          'KMS_UNSUPPORTED',
        ),
      ).toBe(true)
      return
    }
    const key = createLocalKey('ML_DSA', 'ML_DSA_44')
    await expect(key.sign('mu', new Uint8Array(64), NO_ID)).rejects.toMatchObject({ code: 'KMS_UNSUPPORTED' })
  })
})
