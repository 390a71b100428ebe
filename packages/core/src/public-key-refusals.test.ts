import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { spkiWith, testKey } from '../test/keys.ts'
import { DER, derElement, derInteger } from './der.ts'
import { isKmsError } from './errors.ts'
import { type PublicKeyInput, parsePublicKey } from './public-key.ts'

const MARK = 'SECRETMARK'
// Made in the tests that use them: a table that is wrong must fail tests, not keep the file from being read.
const rsa = () => testKey('RSA_2048')
const ec = () => testKey('EC_P256')

describe('anything private', () => {
  const pems: readonly (() => string)[] = [
    () => rsa().privatePem,
    () => ec().privatePem,
    () => testKey('EC_SM2').privatePem,
    () => testKey('ED25519').privatePem,
    () => rsa().privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    () => ec().privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    () => ec().privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
    () => rsa().privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
  ]
  const ders: readonly (() => Buffer)[] = [
    () => rsa().privateKey.export({ type: 'pkcs8', format: 'der' }),
    () => ec().privateKey.export({ type: 'pkcs8', format: 'der' }),
    () => rsa().privateKey.export({ type: 'pkcs1', format: 'der' }),
    () => ec().privateKey.export({ type: 'sec1', format: 'der' }),
    () => ec().privateKey.export({ type: 'pkcs8', format: 'der', cipher: 'aes-128-cbc', passphrase: 'p' }),
  ]
  const forms: readonly (readonly [string, () => unknown])[] = [
    ...pems.map((pem, index) => [`PEM ${index}`, pem] as const),
    ...pems.map((pem, index) => [`PEM ${index} in bytes`, () => Buffer.from(pem())] as const),
    ...pems.map((pem, index) => [`PEM ${index} in one line`, () => pem().replaceAll('\n', '\\n')] as const),
    ['PEM without its end', () => ec().privatePem.slice(0, 60)],
    ['PEM after a public key', () => `${ec().publicPem}\n${ec().privatePem}`],
    ['PEM of OpenSSH', () => `-----BEGIN OPENSSH PRIVATE KEY-----\n${MARK}\n-----END OPENSSH PRIVATE KEY-----`],
    ['private bytes under a public label', () => ec().privatePem.replaceAll('PRIVATE', 'PUBLIC')],
    ...ders.map((der, index) => [`DER ${index}`, der] as const),
    ...ders.map((der, index) => [`base64 of DER ${index}`, () => der().toString('base64')] as const),
    ['a JWK', () => ec().privateKey.export({ format: 'jwk' })],
    ['an RSA JWK', () => rsa().privateKey.export({ format: 'jwk' })],
    ['an RSA JWK with primes alone', () => ({ ...rsa().publicKey.toJwk(), p: MARK })],
    ['an OKP JWK', () => testKey('ED25519').privateKey.export({ format: 'jwk' })],
    ['an AKP JWK', () => ({ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA', priv: MARK })],
    ['a secret JWK', () => ({ kty: 'oct', k: MARK })],
    ['a KeyObject', () => ec().privateKey],
    ['a secret KeyObject', () => createSecretKey(Buffer.from(MARK))],
    ['an object like a private KeyObject', () => ({ type: 'private', export: () => ec().publicKey.spki })],
    ['an object like a public KeyObject that is not', () => ({ type: 'public', export: () => ders[0]?.() })],
    ['an object like a PublicKey', () => ({ keySpec: 'EC_P256', spki: ders[0]?.() })],
  ]

  test.each(forms)('is refused without being shown: %s', (_, make) => {
    const form = make()
    const error = caught(() => parsePublicKey(form as PublicKeyInput))
    expect(error).toBeInstanceOf(TypeError)
    const shown = inspect(error, { depth: 9, showHidden: true })
    expect(shown).not.toContain(MARK)
    if (typeof form === 'string')
      for (const line of form.split(/\s|\\n/).filter((text) => text.length > 30)) expect(shown).not.toContain(line)
  })
})

describe('keys that cannot be used', () => {
  const spki = () => ec().publicKey.spki
  const modulus = () => Buffer.from(String(rsa().publicKey.toJwk()?.['n']), 'base64url')
  const generated = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve }).publicKey
  const forms: readonly (readonly [string, () => unknown])[] = [
    ['no bytes', () => new Uint8Array(0)],
    ['an empty text', () => ''],
    ['words', () => 'the quick brown fox'],
    ['a byte after the end', () => Buffer.concat([spki(), Buffer.alloc(1)])],
    ['a byte after the end, RSA', () => Buffer.concat([rsa().publicKey.spki, Buffer.alloc(1)])],
    ['a byte missing', () => spki().subarray(0, -1)],
    ['a length longer than needed', () => Buffer.concat([Buffer.from([0x30, 0x81]), spki().subarray(1)])],
    ['a point off the curve', () => changed(spki(), spki().length - 1)],
    ['an SM2 point off the curve', () => changed(testKey('EC_SM2').publicKey.spki, 90)],
    ['the point at infinity', () => spkiWith(spki(), Uint8Array.of(0))],
    ['a hybrid point', () => spkiWith(spki(), Buffer.concat([Uint8Array.of(6), spki().subarray(-64)]))],
    ['a point without its first byte', () => spkiWith(spki(), spki().subarray(-64))],
    [
      'a compressed x that no point has',
      () => spkiWith(spki(), Buffer.concat([Uint8Array.of(2), Buffer.alloc(32, 0xff)])),
    ],
    ['unused bits', () => changed(spki(), 25)],
    ['an Ed25519 y that no point has', () => ed25519Spki(Buffer.concat([Uint8Array.of(2), Buffer.alloc(31)]))],
    ['an Ed25519 point of small order', () => ed25519Spki(Buffer.concat([Uint8Array.of(1), Buffer.alloc(31)]))],
    ['another curve', () => generated('brainpoolP256r1')],
    ['P-224', () => generated('P-224')],
    [
      'explicit curve parameters',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey,
    ],
    ['another type', () => generateKeyPairSync('x25519').publicKey],
    ['Ed448', () => generateKeyPairSync('ed448').publicKey],
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['RSA of 2056 bits', () => rsaSpkiOf(Buffer.concat([Uint8Array.of(0x81), modulus()]), Uint8Array.of(3))],
    [
      'RSA of 2047 bits',
      () => rsaSpkiOf(Buffer.concat([Uint8Array.of(0x7f), modulus().subarray(1)]), Uint8Array.of(3)),
    ],
    ['RSA with an even modulus', () => rsaSpkiOf(changed(modulus(), 255), Uint8Array.of(3))],
    ['RSA with exponent 1', () => rsaSpkiOf(modulus(), Uint8Array.of(1))],
    ['RSA with exponent 0', () => rsaSpkiOf(modulus(), new Uint8Array(0))],
    ['RSA with an even exponent', () => rsaSpkiOf(modulus(), Uint8Array.of(4))],
    ['RSA with a huge exponent', () => rsaSpkiOf(modulus(), new Uint8Array(256).fill(0x11))],
    ['two PEM blocks', () => ec().publicPem + ec().publicPem],
    ['PEM without its end', () => ec().publicPem.slice(0, 100)],
    ['PEM with another end', () => ec().publicPem.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['PEM of another kind', () => ec().publicPem.replaceAll('PUBLIC KEY', 'PARAMETERS')],
    ['PEM with broken base64', () => ec().publicPem.replace('M', '*')],
    ['an empty PEM', () => '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
    ['RSA that is no sequence', () => `-----BEGIN RSA PUBLIC KEY-----\nBQA=\n-----END RSA PUBLIC KEY-----`],
    ['an object of another type than keys', () => ({ type: 'other', export: () => Uint8Array.of(0x30) })],
    ['a certificate that is none', () => ec().publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
    ['a huge text', () => 'A'.repeat(100_000)],
    ['base64url', () => Buffer.concat([Uint8Array.of(0xfb, 0xff), spki()]).toString('base64url')],
    ['a JWK of another type', () => ({ kty: 'EC2', x: 'AA' })],
    ['a JWK on another curve', () => ({ ...ec().publicKey.toJwk(), crv: 'P-384' })],
    ['a JWK off its curve', () => ({ ...ec().publicKey.toJwk(), y: Buffer.alloc(32, 1).toString('base64url') })],
    ['a JWK with a short x', () => ({ ...ec().publicKey.toJwk(), x: Buffer.alloc(31, 1).toString('base64url') })],
    ['a JWK with padding', () => ({ ...ec().publicKey.toJwk(), x: `${ec().publicKey.toJwk()?.['x']}=` })],
    ['a JWK without y', () => ({ ...ec().publicKey.toJwk(), y: undefined })],
    ['a JWK with bytes', () => ({ ...ec().publicKey.toJwk(), x: Buffer.alloc(32) })],
    ['an empty RSA JWK', () => ({ kty: 'RSA', n: '', e: '' })],
    [
      'a KeyObject that fails',
      () => ({
        type: 'public',
        export: () => {
          throw new Error(MARK)
        },
      }),
    ],
    ['a KeyObject that gives text', () => ({ type: 'public', export: () => MARK })],
  ]

  test.each(forms)('are refused: %s', (_, make) => {
    const form = make()
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
      const error = caught(() => parsePublicKey(value as unknown as PublicKeyInput))
      expect(error).toBeInstanceOf(TypeError)
      expect((error as TypeError).message).toMatch(/^A public key must be DER bytes, PEM text, a JWK, .+, got .+\.$/)
    }
  })

  test.each([
    [
      'fails',
      () => {
        throw new Error(MARK)
      },
    ],
    ['gives text', () => MARK],
    ['gives nothing', () => undefined],
  ])('and an object whose export %s gives no SPKI', (_how, exporter) => {
    const object = { type: 'public', export: exporter } as unknown as PublicKeyInput
    const message = expect.stringContaining('the public key is an object that gives no SPKI')
    expect(() => parsePublicKey(object)).toThrow(expect.objectContaining({ code: 'KMS_INVALID_ARGUMENT', message }))
  })
})

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

function _codeOf(run: () => unknown): string | undefined {
  const error = caught(run)
  return isKmsError(error) ? error.code : undefined
}
