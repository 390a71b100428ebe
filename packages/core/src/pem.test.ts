import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { unusable } from '../test/caught.ts'
import { DER, derElement } from './der.ts'
import { privateKeyError, readKeyText, writePem } from './pem.ts'
import { readRsaKey, readSpki } from './spki.ts'

// The key pair of RFC 8032 §7.1, test 1, in DER.
const ED25519 = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
const PRIVATE = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpgukSXJoQ9osXKz7DAJY6d8YL15Bm5BIdT'

const block = (label: string, body: string, end = label) => `-----BEGIN ${label}-----\n${body}\n-----END ${end}-----\n`
const PEM = block('PUBLIC KEY', ED25519)

describe('text with a public key', () => {
  test.each([
    ['a PEM block', PEM],
    ['without line ends', PEM.replaceAll('\n', '')],
    ['with CRLF', PEM.replaceAll('\n', '\r\n')],
    ['with CR', PEM.replaceAll('\n', '\r')],
    ['with the two characters of an environment variable', PEM.replaceAll('\n', '\\n')],
    ['with the four of them', PEM.replaceAll('\n', '\\r\\n')],
    ['with two of the four', PEM.replaceAll('\n', '\\r')],
    ['with spaces and tabs in the body', block('PUBLIC KEY', ED25519.replace(/(.{9})/g, '$1 \t  '))],
    ['with words around it', `this is\n${PEM}the key`],
    ['base64 alone', ED25519],
    ['base64 alone, in lines', `  ${ED25519.replace(/(.{9})/g, '$1\n')}\n`],
  ])('is read: %s', (_how, text) => {
    expect(readKeyText(text)).toEqual(readSpki(Buffer.from(ED25519, 'base64')))
  })

  test('is read by its label', () => {
    const modulus = derElement(DER.INTEGER, Uint8Array.of(0), Buffer.alloc(256, 0xff))
    const key = derElement(DER.SEQUENCE, modulus, derElement(DER.INTEGER, Uint8Array.of(3)))
    expect(readKeyText(block('RSA PUBLIC KEY', key.toString('base64')))).toEqual(readRsaKey(key))
    expect(() => readKeyText(block('RSA PUBLIC KEY', ED25519))).toThrow(unusable('is not a DER RSA key'))
    expect(() => readKeyText(block('PUBLIC KEY', key.toString('base64')))).toThrow(
      unusable('is not DER SubjectPublicKeyInfo'),
    )
  })

  test('is read up to its own end', () => {
    const after = PEM.replace('-----END', '-----END OTHER-----\n-----END')
    expect(() => readKeyText(after)).toThrow(unusable('is not base64'))
    expect(readKeyText(`-----END PUBLIC KEY-----\n${PEM}`).keySpec).toBe('ED25519')
  })

  test('may be 65,536 characters long, and no longer', () => {
    expect(readKeyText(ED25519.padStart(65_536)).keySpec).toBe('ED25519')
    expect(() => readKeyText(ED25519.padStart(65_537))).toThrow(unusable('is too long a text'))
  })
})

describe('text without one', () => {
  test.each([
    ['nothing', '', 'is not base64'],
    ['spaces', ' \n', 'is not base64'],
    ['words', 'the key', 'is not base64'],
    ['base64url', ED25519.replaceAll('/', '_'), 'is not base64'],
    ['an empty block', block('PUBLIC KEY', ''), 'is not base64'],
    ['two blocks', PEM + PEM, 'is given as a text with more than one PEM block'],
    ['a block and what could be another', `${PEM}-----BEGIN -----`, 'is given as a text with more than one PEM block'],
    ['a block without its end', PEM.slice(0, -12), 'is given as a PEM block without its end'],
    ['a block with another end', block('PUBLIC KEY', ED25519, 'KEY'), 'is given as a PEM block without its end'],
    [
      'a request',
      block('CERTIFICATE REQUEST', ED25519),
      'is given as a PEM block of another kind than a public key or',
    ],
    ['a label in small letters', block('public key', ED25519), 'is given as a PEM block of another kind'],
    [
      'a label in small letters after a key',
      PEM + block('x', ED25519).toLowerCase(),
      'is given as a text with more than',
    ],
    ['no label', block('', ED25519), 'is given as a PEM block of another kind'],
    ['a block that holds no certificate', block('CERTIFICATE', ED25519), 'is not in a certificate that can be read'],
  ])('is refused: %s', (_what, text, detail) => {
    expect(() => readKeyText(text)).toThrow(unusable(detail))
  })

  test.each([
    ['a PEM block', block('PRIVATE KEY', PRIVATE)],
    ['a PEM block in small letters', block('PRIVATE KEY', PRIVATE).toLowerCase()],
    ['a PEM block beside a public one', PEM + block('EC PRIVATE KEY', '')],
    ['a PEM block without an end', '-----BEGIN ENCRYPTED PRIVATE KEY-----'],
    ['another label', block('PUBLIC KEY', PRIVATE)],
    ['the label of a certificate', block('CERTIFICATE', PRIVATE)],
    ['base64 alone', PRIVATE],
  ])('is a private key: %s', (_what, text) => {
    expect(() => readKeyText(text)).toThrow(TypeError)
    expect(() => readKeyText(text)).toThrow(privateKeyError().message)
  })

  test('is told where to keep a private key', () => {
    expect(privateKeyError().message).toBe(
      'A private key was given where a public key is expected. Keep it where it is and pass its public key.',
    )
  })
})

describe('a certificate', () => {
  // RFC 5280 §4.1 with what OpenSSL insists on, its signature made of zeros: nothing here judges that.
  const sequence = (...parts: readonly Uint8Array[]) => derElement(DER.SEQUENCE, ...parts)
  const algorithm = () => sequence(Buffer.from('06032b6570', 'hex'))
  const time = () => derElement(0x17, Buffer.from('260101000000Z'))
  const version3 = () => derElement(0xa0, derElement(DER.INTEGER, Uint8Array.of(2)))
  const certificate = (...version: readonly Uint8Array[]) => {
    const serial = derElement(DER.INTEGER, Uint8Array.of(1))
    const key = Buffer.from(ED25519, 'base64')
    const tbs = sequence(...version, serial, algorithm(), sequence(), sequence(time(), time()), sequence(), key)
    return sequence(tbs, algorithm(), derElement(DER.BIT_STRING, Buffer.alloc(65)))
  }
  const pem = (der: Uint8Array) => block('CERTIFICATE', Buffer.from(der).toString('base64'))

  test.each([
    ['3', () => certificate(version3())],
    ['1, which it does not say', () => certificate()],
  ])('of version %s gives its key', (_version, der) => {
    expect(new X509Certificate(der()).publicKey.asymmetricKeyType).toBe('ed25519')
    expect(readKeyText(pem(der()))).toEqual(readSpki(Buffer.from(ED25519, 'base64')))
  })

  test.each([
    ['a byte after its end', () => Buffer.concat([certificate(), Buffer.alloc(1)])],
    ['a byte missing', () => certificate().subarray(0, -1)],
    ['no certificate inside', () => sequence(sequence(), algorithm())],
    ['no bytes but a sequence', () => sequence()],
  ])('is refused with %s', (_what, der) => {
    expect(() => readKeyText(pem(der()))).toThrow(unusable('is not in a certificate that can be read'))
  })
})

describe('PEM that is written', () => {
  test.each([
    [1, ['AQ==']],
    [48, ['AQEB'.repeat(16)]],
    [49, ['AQEB'.repeat(16), 'AQ==']],
    [96, ['AQEB'.repeat(16), 'AQEB'.repeat(16)]],
    [97, ['AQEB'.repeat(16), 'AQEB'.repeat(16), 'AQ==']],
  ])('has %i bytes in lines of 64 columns', (bytes, lines) => {
    expect(writePem(new Uint8Array(bytes).fill(1))).toBe(
      ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n'),
    )
  })
})
