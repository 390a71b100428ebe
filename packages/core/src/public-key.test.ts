import {
  createHash,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { inspect } from 'node:util'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { hasOpenssl, opensslCertificate } from '../test/openssl.ts'
import type { KeySpec } from './algorithms.ts'
import { DER, derElement, derInteger } from './der.ts'
import { isEd25519Point } from './ed25519-point.ts'
import { isKmsError } from './errors.ts'
import { runtimeHasMlDsa } from './key-object.ts'
import { keyObjectOf, type PublicKeyInput, parsePublicKey, withIdentity } from './public-key.ts'
import { fixedSpki } from './spki.ts'

const CURVES = ['EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2'] as const satisfies readonly KeySpec[]
const MARK = 'SECRETMARK'

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
    if (runtimeHasMlDsa())
      expect(keyObjectOf(parsed).asymmetricKeyType).toBe(keySpec.toLowerCase().replaceAll('_', '-'))
    else expect(codeOf(() => keyObjectOf(parsed))).toBe('KMS_UNSUPPORTED')
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

describe('anything private', () => {
  const rsa = testKey('RSA_2048')
  const ec = testKey('EC_P256')
  const pems = [
    rsa.privatePem,
    ec.privatePem,
    testKey('EC_SM2').privatePem,
    testKey('ED25519').privatePem,
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
  ]
  const ders = [
    ...[rsa, ec].map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'der' })),
    rsa.privateKey.export({ type: 'pkcs1', format: 'der' }),
    ec.privateKey.export({ type: 'sec1', format: 'der' }),
    ec.privateKey.export({ type: 'pkcs8', format: 'der', cipher: 'aes-128-cbc', passphrase: 'p' }),
  ]
  const forms: readonly [string, unknown][] = [
    ...pems.map((pem, index) => [`PEM ${index}`, pem] as [string, unknown]),
    ...pems.map((pem, index) => [`PEM ${index} in bytes`, Buffer.from(pem)] as [string, unknown]),
    ...pems.map((pem, index) => [`PEM ${index} in one line`, pem.replaceAll('\n', '\\n')] as [string, unknown]),
    ['PEM without its end', ec.privatePem.slice(0, 60)],
    ['PEM after a public key', `${ec.publicPem}\n${ec.privatePem}`],
    ['PEM of OpenSSH', `-----BEGIN OPENSSH PRIVATE KEY-----\n${MARK}\n-----END OPENSSH PRIVATE KEY-----`],
    ['private bytes under a public label', ec.privatePem.replaceAll('PRIVATE', 'PUBLIC')],
    ...ders.map((der, index) => [`DER ${index}`, der] as [string, unknown]),
    ...ders.map((der, index) => [`base64 of DER ${index}`, der.toString('base64')] as [string, unknown]),
    ['a JWK', ec.privateKey.export({ format: 'jwk' })],
    ['an RSA JWK', rsa.privateKey.export({ format: 'jwk' })],
    ['an RSA JWK with primes alone', { ...rsa.publicKey.toJwk(), p: MARK }],
    ['an OKP JWK', testKey('ED25519').privateKey.export({ format: 'jwk' })],
    ['an AKP JWK', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA', priv: MARK }],
    ['a secret JWK', { kty: 'oct', k: MARK }],
    ['a KeyObject', ec.privateKey],
    ['a secret KeyObject', createSecretKey(Buffer.from(MARK))],
    ['an object like a private KeyObject', { type: 'private', export: () => ec.publicKey.spki }],
    ['an object like a public KeyObject that is not', { type: 'public', export: () => ders[0] }],
    ['an object like a PublicKey', { keySpec: 'EC_P256', spki: ders[0] }],
  ]

  test.each(forms)('is refused without being shown: %s', (_, form) => {
    const error = caught(() => parsePublicKey(form as PublicKeyInput))
    expect(error).toBeInstanceOf(TypeError)
    const shown = inspect(error, { depth: 9, showHidden: true })
    expect(shown).not.toContain(MARK)
    if (typeof form === 'string')
      for (const line of form.split(/\s|\\n/).filter((text) => text.length > 30)) expect(shown).not.toContain(line)
  })
})

describe('keys that cannot be used', () => {
  const ec = testKey('EC_P256')
  const { spki } = ec.publicKey
  const rsa = testKey('RSA_2048')
  const modulus = Buffer.from(String(rsa.publicKey.toJwk()?.['n']), 'base64url')
  const generated = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve }).publicKey
  const forms: readonly [string, unknown][] = [
    ['no bytes', new Uint8Array(0)],
    ['an empty text', ''],
    ['words', 'the quick brown fox'],
    ['a byte after the end', Buffer.concat([spki, Buffer.alloc(1)])],
    ['a byte after the end, RSA', Buffer.concat([rsa.publicKey.spki, Buffer.alloc(1)])],
    ['a byte missing', spki.subarray(0, -1)],
    ['a length longer than needed', Buffer.concat([Buffer.from([0x30, 0x81]), spki.subarray(1)])],
    ['a point off the curve', changed(spki, spki.length - 1)],
    ['an SM2 point off the curve', changed(testKey('EC_SM2').publicKey.spki, 90)],
    ['the point at infinity', spkiWith(spki, Uint8Array.of(0))],
    ['a hybrid point', spkiWith(spki, Buffer.concat([Uint8Array.of(6), spki.subarray(-64)]))],
    ['a point without its first byte', spkiWith(spki, spki.subarray(-64))],
    ['a compressed x that no point has', spkiWith(spki, Buffer.concat([Uint8Array.of(2), Buffer.alloc(32, 0xff)]))],
    ['unused bits', changed(spki, 25)],
    ['an Ed25519 y that no point has', ed25519Spki(Buffer.concat([Uint8Array.of(2), Buffer.alloc(31)]))],
    ['an Ed25519 point of small order', ed25519Spki(Buffer.concat([Uint8Array.of(1), Buffer.alloc(31)]))],
    ['another curve', generated('brainpoolP256r1')],
    ['P-224', generated('P-224')],
    [
      'explicit curve parameters',
      generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey,
    ],
    ['another type', generateKeyPairSync('x25519').publicKey],
    ['Ed448', generateKeyPairSync('ed448').publicKey],
    ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['RSA of 2056 bits', rsaSpkiOf(Buffer.concat([Uint8Array.of(0x81), modulus]), Uint8Array.of(3))],
    ['RSA of 2047 bits', rsaSpkiOf(Buffer.concat([Uint8Array.of(0x7f), modulus.subarray(1)]), Uint8Array.of(3))],
    ['RSA with an even modulus', rsaSpkiOf(changed(modulus, 255), Uint8Array.of(3))],
    ['RSA with exponent 1', rsaSpkiOf(modulus, Uint8Array.of(1))],
    ['RSA with exponent 0', rsaSpkiOf(modulus, new Uint8Array(0))],
    ['RSA with an even exponent', rsaSpkiOf(modulus, Uint8Array.of(4))],
    ['RSA with a huge exponent', rsaSpkiOf(modulus, new Uint8Array(256).fill(0x11))],
    ['two PEM blocks', ec.publicPem + ec.publicPem],
    ['PEM without its end', ec.publicPem.slice(0, 100)],
    ['PEM with another end', ec.publicPem.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['PEM of another kind', ec.publicPem.replaceAll('PUBLIC KEY', 'PARAMETERS')],
    ['PEM with broken base64', ec.publicPem.replace('M', '*')],
    ['an empty PEM', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
    ['RSA that is no sequence', `-----BEGIN RSA PUBLIC KEY-----\nBQA=\n-----END RSA PUBLIC KEY-----`],
    ['an object of another type than keys', { type: 'other', export: () => Uint8Array.of(0x30) }],
    ['a certificate that is none', ec.publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
    ['a huge text', 'A'.repeat(100_000)],
    ['base64url', Buffer.concat([Uint8Array.of(0xfb, 0xff), spki]).toString('base64url')],
    ['a JWK of another type', { kty: 'EC2', x: 'AA' }],
    ['a JWK on another curve', { ...ec.publicKey.toJwk(), crv: 'P-384' }],
    ['a JWK off its curve', { ...ec.publicKey.toJwk(), y: Buffer.alloc(32, 1).toString('base64url') }],
    ['a JWK with a short x', { ...ec.publicKey.toJwk(), x: Buffer.alloc(31, 1).toString('base64url') }],
    ['a JWK with padding', { ...ec.publicKey.toJwk(), x: `${ec.publicKey.toJwk()?.['x']}=` }],
    ['a JWK without y', { ...ec.publicKey.toJwk(), y: undefined }],
    ['a JWK with bytes', { ...ec.publicKey.toJwk(), x: Buffer.alloc(32) }],
    ['an empty RSA JWK', { kty: 'RSA', n: '', e: '' }],
    [
      'a KeyObject that fails',
      {
        type: 'public',
        export: () => {
          throw new Error(MARK)
        },
      },
    ],
    ['a KeyObject that gives text', { type: 'public', export: () => MARK }],
  ]

  test.each(forms)('are refused: %s', (_, form) => {
    const error = caught(() => parsePublicKey(form as PublicKeyInput))
    expect(isKmsError(error, 'KMS_INVALID_ARGUMENT')).toBe(true)
    expect(error).toMatchObject({ operation: 'configure' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(MARK)
  })

  test('and what is no key at all is a mistake in the program', async () => {
    const { webcrypto } = await import('node:crypto')
    const { publicKey } = (await webcrypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as {
      publicKey: object
    }
    const pair = generateKeyPairSync('ed25519')
    for (const value of [undefined, null, 5, true, [], {}, new ArrayBuffer(9), publicKey, pair, () => 1]) {
      expect(() => parsePublicKey(value as unknown as PublicKeyInput)).toThrow(TypeError)
    }
  })
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

/** The same AlgorithmIdentifier with another key. */
function spkiWith(spki: Uint8Array, key: Uint8Array): Uint8Array {
  const start = spki[1] === 0x81 ? 3 : 2
  const algorithm = spki.subarray(start, start + 2 + (spki[start + 1] ?? 0))
  return derElement(DER.SEQUENCE, algorithm, derElement(DER.BIT_STRING, Uint8Array.of(0), key))
}

function rsaSpkiOf(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const key = derElement(DER.SEQUENCE, derInteger(modulus), derInteger(exponent))
  return spkiWith(Buffer.from('3000300d06092a864886f70d0101010500', 'hex'), key)
}

function ed25519Spki(key: Uint8Array): Uint8Array {
  return spkiWith(testKey('ED25519').publicKey.spki, key)
}

function changed(bytes: Uint8Array, index: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function codeOf(run: () => unknown): string | undefined {
  const error = caught(run)
  return isKmsError(error) ? error.code : undefined
}
