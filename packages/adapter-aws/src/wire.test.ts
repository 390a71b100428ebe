import { describe, expect, it } from 'vitest'
import { mapError } from './errors.ts'
import {
  fromDescribeOutput,
  fromPublicKeyOutput,
  fromSignOutput,
  fromVerifyOutput,
  toKeyInput,
  toSignInput,
  toVerifyInput,
  type WireKey,
} from './wire.ts'

const id = '2f7a1c3e-8f6b-4c55-9a0e-0123456789ab'
const arn = `arn:aws:kms:eu-west-1:111122223333:key/${id}`
const key: WireKey = { keyId: id, algorithm: 'ECDSA_SHA_256' }
const $metadata = { httpStatusCode: 200, requestId: 'request-1', attempts: 2 }
const signature = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1)
const signed = { KeyId: arn, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256', $metadata }
const verified = { KeyId: arn, SignatureValid: true, SigningAlgorithm: 'ECDSA_SHA_256', $metadata }
const spki = Uint8Array.of(0x30, 0)
const published = {
  KeyId: arn,
  PublicKey: spki,
  KeySpec: 'ECC_NIST_P256',
  KeyUsage: 'SIGN_VERIFY',
  SigningAlgorithms: ['ECDSA_SHA_256'],
  $metadata,
}

/** The code that a reader's failure becomes. */
function codeOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    return mapError(error, { where: '' }).code
  }
  return 'none'
}

describe('requests', () => {
  it.each([
    ['message', 'RAW'],
    ['digest', 'DIGEST'],
    ['mu', 'EXTERNAL_MU'],
  ] as const)('say what a %s is', (kind, type) => {
    const payload = Uint8Array.of(1, 2, 3)
    expect(toSignInput(key, { algorithm: 'ML_DSA', kind, payload })).toEqual({
      KeyId: id,
      Message: payload,
      MessageType: type,
      SigningAlgorithm: 'ML_DSA_SHAKE_256',
    })
  })

  it('carry the signature to verify', () => {
    const input = { algorithm: 'SM2_DSA', kind: 'message', payload: Uint8Array.of(1), signature } as const
    expect(toVerifyInput(key, input)).toMatchObject({
      SigningAlgorithm: 'SM2DSA',
      MessageType: 'RAW',
      Signature: signature,
    })
    expect(toKeyInput(key)).toEqual({ KeyId: id })
  })
})

describe('an answer to Sign', () => {
  it('gives signature, ARN, request id and attempts', () => {
    expect(fromSignOutput(signed, key)).toEqual({ signature, keyId: arn, requestId: 'request-1', attempts: 2 })
  })

  it.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ ...signed, Signature: undefined }],
    [{ ...signed, Signature: 5 }],
    [{ ...signed, Signature: 'AAAA' }],
    [{ ...signed, Signature: new Uint8Array() }],
    [{ ...signed, KeyId: undefined }],
    [{ ...signed, KeyId: 7 }],
    [{ ...signed, SigningAlgorithm: undefined }],
  ])('%j is not what is documented', (output) => {
    expect(codeOf(() => fromSignOutput(output, key))).toBe('KMS_INVALID_RESPONSE')
  })

  it.each([
    ['another key', { ...signed, KeyId: arn.replace('2f7a', '3f7a') }],
    ['a key whose id ends alike', { ...signed, KeyId: arn.replace('key/', 'key/x') }],
    ['another algorithm', { ...signed, SigningAlgorithm: 'ECDSA_SHA_384' }],
  ])('by %s is no good', (_what, output) => {
    expect(codeOf(() => fromSignOutput(output, key))).toBe('KMS_INTEGRITY')
  })

  it.each([
    [id, arn, 'none'],
    [id, id, 'none'],
    [arn, arn, 'none'],
    [arn, arn.replace('1111', '2222'), 'KMS_INTEGRITY'],
    [arn, id, 'none'],
    [arn, id.replace('2f7a', '3f7a'), 'KMS_INTEGRITY'],
    ['alias/release', arn, 'none'],
    ['arn:aws:kms:eu-west-1:111122223333:alias/release', arn, 'none'],
  ])('for %s may come from %s: %s', (keyId, answered, expected) => {
    expect(codeOf(() => fromSignOutput({ ...signed, KeyId: answered }, { ...key, keyId }))).toBe(expected)
  })
})

describe('an answer to Verify', () => {
  it('is true or false', () => {
    expect(fromVerifyOutput(verified, key)).toBe(true)
    expect(fromVerifyOutput({ ...verified, SignatureValid: false }, key)).toBe(false)
  })

  it.each([
    [{}, 'KMS_INVALID_RESPONSE'],
    [{ ...verified, SignatureValid: undefined }, 'KMS_INVALID_RESPONSE'],
    [{ ...verified, SignatureValid: 'true' }, 'KMS_INVALID_RESPONSE'],
    [{ ...verified, KeyId: arn.replace('2f7a', '3f7a') }, 'KMS_INTEGRITY'],
    [{ ...verified, SigningAlgorithm: 'SM2DSA' }, 'KMS_INTEGRITY'],
  ])('%j is %s', (output, expected) => {
    expect(codeOf(() => fromVerifyOutput(output, key))).toBe(expected)
  })
})

describe('an answer to GetPublicKey', () => {
  it('gives SPKI, key spec and ARN', () => {
    const expected = { spki, keySpec: 'EC_P256', keyId: arn, requestId: 'request-1' }
    expect(fromPublicKeyOutput(published, key)).toEqual(expected)
    expect(fromPublicKeyOutput({ ...published, KeySpec: 'NEW_SPEC' }, key)).not.toHaveProperty('keySpec')
    const { KeyUsage: _usage, SigningAlgorithms: _algorithms, ...less } = published
    expect(fromPublicKeyOutput(less, key)).toEqual(expected)
  })

  it.each([
    [{}, 'KMS_INVALID_RESPONSE'],
    [{ ...published, PublicKey: 'AAAA' }, 'KMS_INVALID_RESPONSE'],
    [{ ...published, KeyId: arn.replace('2f7a', '3f7a') }, 'KMS_INTEGRITY'],
    [{ ...published, KeyUsage: 'KEY_AGREEMENT' }, 'KMS_KEY_MISMATCH'],
    [{ ...published, SigningAlgorithms: ['ECDSA_SHA_384'] }, 'KMS_KEY_MISMATCH'],
    [{ ...published, SigningAlgorithms: [] }, 'KMS_KEY_MISMATCH'],
  ])('%j is %s', (output, expected) => {
    expect(codeOf(() => fromPublicKeyOutput(output, key))).toBe(expected)
  })

  it('names what the key does, and nothing that is not a name', () => {
    const odd = { ...published, SigningAlgorithms: ['ECDSA_SHA_384', 'a secret\u0007'] }
    expect(() => fromPublicKeyOutput(odd, key)).toThrow(
      'The key signs ECDSA_SHA_384, something else, not ECDSA_SHA_256',
    )
  })
})

describe('what AWS says of a key', () => {
  const words = { KeyState: 'PendingDeletion', KeyUsage: 'SIGN_VERIFY', KeySpec: 'ECC_NIST_P256' }
  const told = (change: object, asked = key) =>
    fromDescribeOutput({ KeyMetadata: { KeyId: id, Arn: arn, ...words, ...change }, $metadata }, asked)

  it('is read where it is used', () => {
    const facts = { state: 'PendingDeletion', usage: 'SIGN_VERIFY', type: 'ECC_NIST_P256' }
    expect(told({ DeletionDate: new Date(1e12), Origin: 7 })).toEqual({ ...facts, deletionDate: 1e12 })
    expect(told({ DeletionDate: 'soon' }, { ...key, keyId: arn })).toEqual(facts)
    expect(told({ Arn: undefined, KeyUsage: undefined }, { ...key, keyId: 'alias/any' })).not.toHaveProperty('usage')
  })

  it.each([
    [{ Arn: arn.replace('2f7a', '3f7a') }, 'KMS_INTEGRITY'],
    [{ KeyState: 7 }, 'KMS_INVALID_RESPONSE'],
    [{ KeyUsage: 'two words' }, 'KMS_INVALID_RESPONSE'],
    [{ KeySpec: 'x'.repeat(33) }, 'KMS_INVALID_RESPONSE'],
  ])('%j is %s', (change, expected) => {
    expect(codeOf(() => told(change))).toBe(expected)
    expect(codeOf(() => fromDescribeOutput({ $metadata }, key))).toBe('KMS_INVALID_RESPONSE')
  })
})
