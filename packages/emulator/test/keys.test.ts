import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { startEmulator } from '../src/index.ts'
import { decodeSignature, encodeSignature } from '../src/keys/der.ts'
import { verifyEcdsa } from '../src/keys/ecdsa.ts'
import { importMaterial } from '../src/keys/material.ts'
import { printPublicKey } from '../src/keys/public-key.ts'
import { verifyRsa } from '../src/keys/rsa.ts'
import { signPayload, verifyPayload } from '../src/keys/sign.ts'

const vectors = JSON.parse(readFileSync(new URL('signature-vectors.json', import.meta.url), 'utf8'))
const message = Buffer.from(vectors.message)
const payloads = [
  { kind: 'message', bytes: message },
  { kind: 'digest', bytes: createHash('sha256').update(message).digest() },
] as const
const bytesOf = (wire: string): Buffer => Buffer.from(wire.replace('ncpkms:v1:', ''), 'base64')

describe.each(payloads)('reference vectors over a $kind', (payload) => {
  const rsa = createPublicKey(vectors.rsa.publicKey)
  const pss = { kind: 'rsa-pss', hash: 'sha256', salt: 'digest' } as const

  it('reads PSS of any salt, and of exactly one when asked', () => {
    for (const wire of [vectors.rsa.pssMax, vectors.rsa.pssDigest]) {
      expect(verifyRsa(rsa, pss, payload, bytesOf(wire))).toBe(true)
      expect(verifyRsa(rsa, pss, payload, bytesOf(wire), true)).toBe(wire === vectors.rsa.pssDigest)
      expect(verifyRsa(rsa, { ...pss, salt: 'max' }, payload, bytesOf(wire), true)).toBe(wire === vectors.rsa.pssMax)
      expect(verifyRsa(rsa, { kind: 'rsa-pkcs1', hash: 'sha256' }, payload, bytesOf(wire))).toBe(false)
    }
  })

  it('reads PKCS#1 v1.5 and nothing else as it', () => {
    expect(verifyRsa(rsa, { kind: 'rsa-pkcs1', hash: 'sha256' }, payload, bytesOf(vectors.rsa.pkcs1))).toBe(true)
    expect(verifyRsa(rsa, pss, payload, bytesOf(vectors.rsa.pkcs1))).toBe(false)
    expect(verifyRsa(rsa, pss, payload, bytesOf(vectors.rsa.pssMax).subarray(1))).toBe(false)
  })

  it('reads ECDSA in both encodings', () => {
    const key = createPublicKey(vectors.ecdsa.publicKey)
    const der = { kind: 'ecdsa', hash: 'sha256', encoding: 'der' } as const
    const raw = Buffer.from(vectors.ecdsa.p1363, 'base64url')
    expect(verifyEcdsa(key, 'EC_P256', der, payload, bytesOf(vectors.ecdsa.der))).toBe(true)
    expect(verifyEcdsa(key, 'EC_P256', { ...der, encoding: 'p1363' }, payload, raw)).toBe(true)
    expect(verifyEcdsa(key, 'EC_P256', der, payload, raw)).toBe(false)
    expect(encodeSignature(raw)).toEqual(bytesOf(vectors.ecdsa.der))
  })
})

describe('the public key of an emulator', () => {
  it('is that of the key which signs, by every name that a client uses', async () => {
    const emulator = await startEmulator({ ncp: { publicKeyForm: 'pkcs1' } })
    try {
      const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
      const first = await emulator.publicKey(keyTag)
      expect(first).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
      emulator.ncp.rotateKey(keyTag)
      const second = await emulator.publicKey(keyTag)
      expect([await emulator.publicKey(keyTag, 1), await emulator.publicKey(keyTag, '2')]).toEqual([first, second])
      expect(second).not.toBe(first)
      const { keyId, arn } = await emulator.aws.createKey({ keySpec: 'ML_DSA_44', alias: 'of/mine' })
      emulator.aws.setKeyState(keyId, 'Disabled')
      const names = [keyId, arn, 'alias/of/mine', arn.replace(`key/${keyId}`, 'alias/of/mine')]
      const keys = await Promise.all(names.map((name) => emulator.publicKey(name)))
      expect(new Set(keys).size).toBe(1)
      const sm2 = await emulator.volcengine.createKey({ keySpec: 'EC_SM2' })
      expect(await emulator.publicKey(sm2.keyId)).toContain('MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAE')
    } finally {
      await emulator.close()
    }
  })

  it('is a TypeError where there is none', async () => {
    const emulator = await startEmulator()
    try {
      const { keyTag } = await emulator.ncp.createKey({ keyType: 'AES256' })
      const { keyId } = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
      for (const [id, version] of [[keyTag], ['nobody'], [keyId, 1], [keyTag, 2]] as const) {
        await expect(emulator.publicKey(id, version)).rejects.toThrow(TypeError)
      }
    } finally {
      await emulator.close()
    }
  })
})

describe('RSA over a ready digest', () => {
  // 2048 and 2049 bits end on different sides of a byte border, which is where EMSA-PSS goes wrong.
  it.each([2048, 2049, 2055])('is what node:crypto verifies at %i bits', (modulusLength) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
    const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    const material = importMaterial({ spec: 'RSA_2048', secret })
    for (const salt of ['max', 'digest', 'zero'] as const) {
      const scheme = { kind: 'rsa-pss', hash: 'sha256', salt } as const
      for (const payload of payloads) {
        const signature = signPayload(material, scheme, payload)
        const lengths = { max: Math.ceil((modulusLength - 1) / 8) - 34, digest: 32, zero: 0 }
        expect(verify('sha256', message, { key: publicKey, padding: 6, saltLength: lengths[salt] }, signature)).toBe(
          true,
        )
        expect(verifyPayload(material, scheme, payload, signature, { exactSalt: true })).toBe(true)
      }
    }
  })
})

describe('strict DER', () => {
  it.each([1, 2, 3])('pads and trims r and s with %i leading zero bytes', (zeros) => {
    for (const size of [32, 48, 66]) {
      const pair = randomBytes(2 * size)
      pair.fill(0, 0, zeros)
      pair.fill(0, size, size + zeros)
      pair[zeros] = 0x80
      expect(decodeSignature(encodeSignature(pair), size)).toEqual(pair)
    }
  })

  it.each([
    ['a trailing byte', '300602010102010100'],
    ['a trailing byte inside', '30070201010201010000'],
    ['a third integer', '3009020101020101020101'],
    ['a non-minimal integer', '300702020001020101'],
    ['a negative integer', '3006020181020101'],
    ['an empty integer', '30050200020101'],
    ['a long length for a short body', '30810602010102010100'],
    ['an indefinite length', '30800201010201010000'],
    ['too large an r', `3026022101${'00'.repeat(32)}020101`],
    ['another tag', '3106020101020101'],
    ['half a signature', '3003020101'],
    ['nothing', ''],
  ])('refuses %s', (_what, hex) => {
    expect(decodeSignature(Buffer.from(hex, 'hex'), 32)).toBeUndefined()
  })
})

it('prints PKCS#1 for RSA and SPKI for the rest', () => {
  const rsa = createPublicKey(vectors.rsa.publicKey)
  const ec = createPublicKey(vectors.ecdsa.publicKey)
  const print = (key: typeof rsa) => printPublicKey(key.export({ format: 'der', type: 'spki' }), 'pkcs1')
  expect(print(rsa)).toContain('BEGIN RSA PUBLIC KEY')
  expect(createPublicKey(print(rsa)).equals(rsa)).toBe(true)
  expect(print(ec)).toBe(vectors.ecdsa.publicKey)
})
