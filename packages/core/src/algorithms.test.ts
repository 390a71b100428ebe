import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import {
  algorithmFacts,
  algorithmInfo,
  algorithmRow,
  algorithmsFor,
  isKeySpec,
  isSigningAlgorithm,
  joseAlgorithm,
  KEY_SPECS,
  type KeySpec,
  rowsForAlgorithm,
  rowsForKeySpec,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from './algorithms.ts'
import { isKmsError } from './errors.ts'

// Written out a second time, from the standards, so that a slip in the table does not check itself.
const IDENTIFIERS: readonly [SigningAlgorithm, KeySpec, string | undefined, number | undefined, string][] = [
  ['RSA_PSS_SHA_256', 'RSA_2048', 'PS256', -37, '1.2.840.113549.1.1.10'],
  ['RSA_PSS_SHA_384', 'RSA_3072', 'PS384', -38, '1.2.840.113549.1.1.10'],
  ['RSA_PSS_SHA_512', 'RSA_4096', 'PS512', -39, '1.2.840.113549.1.1.10'],
  ['RSA_PKCS1_SHA_256', 'RSA_2048', 'RS256', -257, '1.2.840.113549.1.1.11'],
  ['RSA_PKCS1_SHA_384', 'RSA_3072', 'RS384', -258, '1.2.840.113549.1.1.12'],
  ['RSA_PKCS1_SHA_512', 'RSA_4096', 'RS512', -259, '1.2.840.113549.1.1.13'],
  ['ECDSA_SHA_256', 'EC_P256', 'ES256', -7, '1.2.840.10045.4.3.2'],
  ['ECDSA_SHA_256', 'EC_P256K', 'ES256K', -47, '1.2.840.10045.4.3.2'],
  ['ECDSA_SHA_384', 'EC_P384', 'ES384', -35, '1.2.840.10045.4.3.3'],
  ['ECDSA_SHA_512', 'EC_P521', 'ES512', -36, '1.2.840.10045.4.3.4'],
  ['SM2_DSA', 'EC_SM2', undefined, undefined, '1.2.156.10197.1.501'],
  ['ED25519', 'ED25519', 'Ed25519', -19, '1.3.101.112'],
  ['ML_DSA', 'ML_DSA_44', 'ML-DSA-44', -48, '2.16.840.1.101.3.4.3.17'],
  ['ML_DSA', 'ML_DSA_65', 'ML-DSA-65', -49, '2.16.840.1.101.3.4.3.18'],
  ['ML_DSA', 'ML_DSA_87', 'ML-DSA-87', -50, '2.16.840.1.101.3.4.3.19'],
]

describe('the algorithm table', () => {
  test.each(IDENTIFIERS)('names %s with %s for the standards', (algorithm, keySpec, jose, cose, x509Oid) => {
    const info = algorithmInfo(algorithm, keySpec)
    expect([info.jose, info.cose, info.x509Oid]).toEqual([jose, cose, x509Oid])
    expect(Object.isFrozen(info)).toBe(true)
  })

  test('leaves out what a standard has no name for', () => {
    expect(algorithmInfo('SM2_DSA', 'EC_SM2')).toEqual({
      algorithm: 'SM2_DSA',
      keySpec: 'EC_SM2',
      hash: 'sm3',
      digestBytes: 32,
      x509Oid: '1.2.156.10197.1.501',
    })
    expect(Object.keys(algorithmInfo('ED25519', 'ED25519'))).not.toContain('digestBytes')
  })

  test('has 18 RSA rows and one row for every other key spec', () => {
    expect(KEY_SPECS.flatMap((keySpec) => rowsForKeySpec(keySpec))).toHaveLength(27)
    for (const algorithm of SIGNING_ALGORITHMS) expect(rowsForAlgorithm(algorithm).length).toBeGreaterThan(0)
  })

  test('knows which algorithms a key can use', () => {
    expect(algorithmsFor('EC_P256')).toEqual(['ECDSA_SHA_256'])
    expect(algorithmsFor('RSA_2048')).toHaveLength(6)
    expect(Object.isFrozen(algorithmsFor('RSA_2048'))).toBe(true)
  })

  test('recognises names and nothing else', () => {
    expect(SIGNING_ALGORITHMS.every(isSigningAlgorithm)).toBe(true)
    expect(KEY_SPECS.every(isKeySpec)).toBe(true)
    for (const value of ['toString', '__proto__', 'ES256', '', undefined, null, 3, ['ED25519'], {}]) {
      expect(isSigningAlgorithm(value)).toBe(false)
      expect(isKeySpec(value)).toBe(false)
    }
  })

  test('refuses unknown names as mistakes in the program, with the nearest known one', () => {
    expect(() => algorithmInfo('ECDSA_SHA256' as 'ED25519', 'EC_P256')).toThrow(/ECDSA_SHA_256/)
    expect(() => algorithmInfo('ED25519', 'toString' as 'ED25519')).toThrow(TypeError)
    expect(() => algorithmsFor('EC_P255' as 'EC_P256')).toThrow(TypeError)
    expect(() => algorithmFacts(undefined as unknown as 'ED25519')).toThrow(TypeError)
  })

  test('refuses names that do not go together as wrong configuration', () => {
    for (const ask of [algorithmInfo, joseAlgorithm]) {
      const refused = caught(() => ask('ECDSA_SHA_256', 'EC_P384'))
      expect(isKmsError(refused, 'KMS_INVALID_CONFIG')).toBe(true)
    }
    expect(algorithmRow('ECDSA_SHA_256', 'EC_P384')).toBeUndefined()
  })

  test('gives PSS a JOSE name only when the salt is known to be as long as the digest', () => {
    expect(joseAlgorithm('RSA_PSS_SHA_256', 'RSA_2048', 32)).toBe('PS256')
    expect(joseAlgorithm('RSA_PSS_SHA_512', 'RSA_4096', 64)).toBe('PS512')
    for (const salt of [undefined, 0, 20, 222]) {
      expect(joseAlgorithm('RSA_PSS_SHA_256', 'RSA_2048', salt)).toBeUndefined()
    }
    expect(joseAlgorithm('RSA_PKCS1_SHA_256', 'RSA_2048')).toBe('RS256')
    expect(joseAlgorithm('SM2_DSA', 'EC_SM2')).toBeUndefined()
  })

  test('has no row for a key spec that is unknown', () => {
    expect(rowsForKeySpec('toString' as KeySpec)).toEqual([])
    expect(algorithmRow('ECDSA_SHA_256', 'EC_P224' as KeySpec)).toBeUndefined()
  })

  test('lists for each algorithm the payloads that give the same signature', () => {
    expect(algorithmFacts('ED25519')).toEqual({ scheme: 'eddsa', payloads: ['message'], encodings: ['raw'] })
    expect(algorithmFacts('ML_DSA').payloads).toEqual(['message', 'mu'])
    expect(algorithmFacts('SM2_DSA')).toMatchObject({ payloads: ['message', 'digest'], encodings: ['der', 'p1363'] })
  })
})
