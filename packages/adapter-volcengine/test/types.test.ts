import type { Signer } from '@kmsign/core'
import { expect, expectTypeOf, it } from 'vitest'
import { createVolcengineSigner, isVolcengineAlgorithm, type VolcengineAlgorithm } from '../src/index.ts'

const credentials = { accessKeyId: 'A', secretAccessKey: 'B' }
const key = { keyId: '2f7a1c3e', credentials }

it('infers the algorithm of the signer', async () => {
  const signer = createVolcengineSigner({ ...key, algorithm: 'SM2_DSA' })
  expectTypeOf(signer).toEqualTypeOf<Signer<'SM2_DSA'>>()
  const names = { keyringName: 'ring', keyName: 'key', credentials }
  const declared = createVolcengineSigner({ ...names, algorithm: 'ECDSA_SHA_512', keySpec: 'EC_P521' })
  expectTypeOf(declared).toEqualTypeOf<Signer<'ECDSA_SHA_512'>>()
  await Promise.all([signer.close(), declared.close()])
})

it('takes an algorithm from outside once it is known', async () => {
  const given: unknown = 'RSA_PSS_SHA_256'
  if (!isVolcengineAlgorithm(given)) throw new Error('unknown')
  const signer = createVolcengineSigner({ ...key, algorithm: given })
  expectTypeOf(signer).toEqualTypeOf<Signer<VolcengineAlgorithm>>()
  await signer.close()
})

it('does not compile for pairs and options that are refused', () => {
  const algorithm = 'ECDSA_SHA_256'
  const wrong = [
    // @ts-expect-error: another hash than the curve's
    () => createVolcengineSigner({ ...key, algorithm: 'ECDSA_SHA_384', keySpec: 'EC_P256' }),
    // @ts-expect-error: an algorithm that Volcengine does not have
    () => createVolcengineSigner({ ...key, algorithm: 'ED25519' }),
    // @ts-expect-error: both forms of naming a key
    () => createVolcengineSigner({ ...key, algorithm, keyringName: 'ring', keyName: 'key' }),
    // @ts-expect-error: half of a form
    () => createVolcengineSigner({ credentials, algorithm, keyringName: 'ring' }),
    // @ts-expect-error: an option of another provider
    () => createVolcengineSigner({ ...key, algorithm, zone: 'kr' }),
  ]
  for (const make of wrong) expect(make).toThrow(expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }))
})
