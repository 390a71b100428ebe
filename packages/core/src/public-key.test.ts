import { createHash, createPublicKey, generateKeyPairSync, KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { HAS_ML_DSA, spkiWith, TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { hasOpenssl, opensslCertificate } from '../test/openssl.ts'
import type { KeySpec } from './algorithms.ts'
import { isEd25519Point } from './ed25519-point.ts'
import { keyObjectOf, type PublicKeyInput, parsePublicKey, withIdentity } from './public-key.ts'
import { fixedSpki } from './spki.ts'

const CURVES = ['EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2'] as const satisfies readonly KeySpec[]

describe('a public key', () => {
  test.each(TESTABLE_SPECS)('%s is the same from every form', (keySpec) => {
    const { publicKey, publicPem } = testKey(keySpec)
    const { spki } = publicKey
    const body = Buffer.from(spki).toString('base64')
    const jwk = publicKey.toJwk()
    const forms: PublicKeyInput[] = [
      spki,
      Buffer.from(spki),
      Buffer.concat([Buffer.alloc(9), spki, Buffer.alloc(9)]).subarray(9, 9 + spki.length),
      publicPem,
      Buffer.from(publicPem),
      publicPem.replaceAll('\n', '\r\n'),
      publicPem.replaceAll('\n', '\\n'),
      publicPem.replaceAll('\n', '\\r\\n'),
      publicPem.replaceAll('\n', ' '),
      `-----BEGIN PUBLIC KEY-----${body}-----END PUBLIC KEY-----`,
      `\uFEFF  some words before\n${publicPem}\nand after`,
      body,
      ` ${body.replaceAll(/(.{20})/g, '$1\t\r\n ')}\n`,
      createPublicKey(publicPem),
      { type: 'public', export: () => Buffer.from(spki) },
      publicKey,
      { ...publicKey, toPem: () => '', toJwk: () => undefined },
      ...(jwk ? [jwk, { ...jwk, kid: 'k', use: 'sig', d: undefined }] : []),
    ]
    for (const form of forms) {
      const key = parsePublicKey(form)
      expect(key.keySpec).toBe(keySpec)
      expect(key.spki).toEqual(spki)
      expect(key.spkiSha256).toBe(publicKey.spkiSha256)
    }
  })

  test.each(TESTABLE_SPECS)('%s is frozen, in plain bytes, and written as openssl does', (keySpec) => {
    const { publicKey, publicPem } = testKey(keySpec)
    expect(Object.isFrozen(publicKey)).toBe(true)
    expect(publicKey.spki.constructor).toBe(Uint8Array)
    expect(publicKey.spki.byteLength).toBe(publicKey.spki.buffer.byteLength)
    expect(publicKey.spkiSha256).toBe(createHash('sha256').update(publicKey.spki).digest('hex'))
    expect(publicKey.toPem()).toBe(publicPem)
  })

  test.each(['RSA_2048', 'EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'ED25519'] as const)(
    '%s has the JWK that node:crypto has',
    (keySpec) => {
      const { publicKey, publicPem } = testKey(keySpec)
      expect(publicKey.toJwk()).toEqual(createPublicKey(publicPem).export({ format: 'jwk' }))
      expect(Object.isFrozen(publicKey.toJwk())).toBe(true)
    },
  )

  test('SM2 has no JWK', () => {
    expect(testKey('EC_SM2').publicKey.toJwk()).toBeUndefined()
  })

  test.each([
    ['ML_DSA_44', 1334],
    ['ML_DSA_65', 1974],
    ['ML_DSA_87', 2614],
  ] as const)('%s is read on every runtime', (keySpec, bytes) => {
    const { spki, key } = fixedSpki(keySpec, randomBytes(bytes - 22))
    const parsed = parsePublicKey(spki)
    expect(spki).toHaveLength(bytes)
    expect(parsed.keySpec).toBe(keySpec)
    const jwk = { kty: 'AKP', alg: keySpec.replaceAll('_', '-'), pub: Buffer.from(key).toString('base64url') }
    expect(parsed.toJwk()).toEqual(jwk)
    expect(parsePublicKey(jwk).spki).toEqual(spki)
    expect(parsePublicKey(parsed.toPem()).spki).toEqual(spki)
    if (HAS_ML_DSA) expect(keyObjectOf(parsed).asymmetricKeyType).toBe(keySpec.toLowerCase().replaceAll('_', '-'))
    else {
      const message = expect.stringContaining(`this version of Node.js cannot use ${keySpec} keys`)
      const refused = { code: 'KMS_UNSUPPORTED', operation: 'verify', message }
      expect(() => keyObjectOf(parsed)).toThrow(expect.objectContaining(refused))
    }
  })

  test('is parsed once', () => {
    const { publicKey } = testKey('EC_P256')
    expect(parsePublicKey(publicKey)).toBe(publicKey)
    expect(keyObjectOf(publicKey)).toBe(keyObjectOf(publicKey))
  })

  test('takes an identity without being parsed again', () => {
    const { publicKey } = testKey('EC_P256')
    const named = withIdentity(publicKey, { keyId: 'signing', keyVersion: '3' })
    expect(named).toMatchObject({ keyId: 'signing', keyVersion: '3', spkiSha256: publicKey.spkiSha256 })
    expect(Object.isFrozen(named)).toBe(true)
    expect(keyObjectOf(named)).toBe(keyObjectOf(publicKey))
    expect(named.toPem()).toBe(publicKey.toPem())
    expect(withIdentity(named, { keyVersion: '4' })).toMatchObject({ keyId: 'signing', keyVersion: '4' })
    expect(withIdentity(named, {})).toBe(named)
    expect('keyId' in publicKey).toBe(false)
  })

  test('of another copy of this package takes an identity, and is imported when it is needed', () => {
    const { publicKey } = testKey('EC_P256')
    const foreign = Object.freeze({ ...publicKey, toPem: () => '', toJwk: () => undefined })
    const named = withIdentity(foreign, { keyId: 'signing' })
    expect(named).toMatchObject({ keyId: 'signing', spkiSha256: publicKey.spkiSha256 })
    expect(keyObjectOf(named)).toBeInstanceOf(KeyObject)
    expect(parsePublicKey({ ...foreign, keyVersion: '7' }).keyVersion).toBe('7')
    const odd = { ...foreign, keyId: 5, keyVersion: 5 } as unknown as PublicKeyInput
    expect(Object.keys(parsePublicKey(odd)).sort()).toEqual(['keySpec', 'spki', 'spkiSha256'])
  })

  test('of another copy of this package is parsed again, with its identity', () => {
    const { publicKey } = testKey('EC_P256')
    const foreign = Object.freeze({ ...publicKey, keyId: 'signing', toPem: () => '', toJwk: () => undefined })
    expect(parsePublicKey(foreign)).toMatchObject({ keyId: 'signing', keySpec: 'EC_P256' })
    expect(keyObjectOf(foreign)).toBeInstanceOf(KeyObject)
    expect(keyObjectOf(foreign)).toBe(keyObjectOf(foreign))
  })

  test('of SM2 is imported so that OpenSSL does SM2 and not ECDSA with it', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    expect(keyObjectOf(parsePublicKey(pair.publicKey)).asymmetricKeyType).toBeUndefined()
  })
})

describe('forms that providers send', () => {
  test('PKCS #1 `RSA PUBLIC KEY`', () => {
    const { publicKey, publicPem } = testKey('RSA_2048')
    const pem = createPublicKey(publicPem).export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(parsePublicKey(pem).spki).toEqual(publicKey.spki)
  })

  test.each(CURVES)('a compressed point of %s, which becomes the usual key', (keySpec) => {
    const { publicKey } = testKey(keySpec)
    const width = { EC_P384: 48, EC_P521: 66 }[keySpec as string] ?? 32
    const point = publicKey.spki.subarray(-2 * width - 1)
    const odd = (point[2 * width] ?? 0) & 1
    const compressed = Buffer.concat([Uint8Array.of(2 + odd), point.subarray(1, width + 1)])
    expect(parsePublicKey(spkiWith(publicKey.spki, compressed)).spki).toEqual(publicKey.spki)
    const other = Buffer.concat([Uint8Array.of(3 - odd), point.subarray(1, width + 1)])
    expect(parsePublicKey(spkiWith(publicKey.spki, other)).spkiSha256).not.toBe(publicKey.spkiSha256)
  })

  test('id-RSASSA-PSS, which becomes the plain RSA key', () => {
    const options = { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }
    const { publicKey } = generateKeyPairSync('rsa-pss', options)
    const parsed = parsePublicKey(publicKey.export({ type: 'spki', format: 'der' }))
    expect(parsed.keySpec).toBe('RSA_2048')
    expect(keyObjectOf(parsed).asymmetricKeyType).toBe('rsa')
    expect(parsePublicKey(publicKey).spki).toEqual(parsed.spki)
  })

  test.skipIf(!hasOpenssl).each(['RSA_2048', 'EC_P256', 'EC_SM2', 'ED25519'] as const)(
    'an X.509 certificate with a key of %s',
    (keySpec) => {
      const pem = opensslCertificate(testKey(keySpec).privatePem)
      expect(parsePublicKey(pem).spki).toEqual(testKey(keySpec).publicKey.spki)
      expect(parsePublicKey(pem.replaceAll('\n', '\\n')).keySpec).toBe(keySpec)
    },
  )
})

test('Ed25519 points are judged as noble judges them', () => {
  const P = ed25519.Point
  for (let round = 0; round < 200; round += 1) {
    const bytes = randomBytes(32)
    let usable: boolean
    try {
      // Strict, not the lenient rules of ZIP 215.
      usable = !P.fromBytes(bytes, false).isSmallOrder()
    } catch {
      usable = false
    }
    expect(isEd25519Point(bytes)).toBe(usable)
  }
  let point = P.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  const eighth = point
  for (let order = 0; order < 8; order += 1, point = point.add(eighth))
    expect(isEd25519Point(point.toBytes())).toBe(false)
  expect(isEd25519Point(ed25519.keygen().publicKey)).toBe(true)
})

test('a key with a rare exponent verifies', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const parsed = parsePublicKey(publicKey)
  expect(verify('sha256', Buffer.alloc(1), keyObjectOf(parsed), sign('sha256', Buffer.alloc(1), privateKey))).toBe(true)
})
