import type { Signer } from '@kmsign/core'
import { expect, expectTypeOf, it } from 'vitest'
import { createNcpSigner, isNcpAlgorithm, type NcpAlgorithm, type NcpSignerOptions } from '../src/index.ts'

const credentials = { accessKey: 'A', secretKey: 'B' }
const key = { keyTag: 'a1b2c3', credentials }

it('infers the algorithm of the signer', async () => {
  const signer = createNcpSigner({ ...key, algorithm: 'ECDSA_SHA_256' })
  expectTypeOf(signer).toEqualTypeOf<Signer<'ECDSA_SHA_256'>>()
  const declared = createNcpSigner({ ...key, algorithm: 'RSA_PKCS1_SHA_256', keySpec: 'RSA_2048' })
  expectTypeOf(declared).toEqualTypeOf<Signer<'RSA_PKCS1_SHA_256'>>()
  await Promise.all([signer.close(), declared.close()])
})

it('takes an algorithm from outside once it is known', async () => {
  const given: unknown = 'RSA_PSS_SHA_256'
  if (!isNcpAlgorithm(given)) throw new Error('unknown')
  const signer = createNcpSigner({ ...key, algorithm: given })
  expectTypeOf(signer).toEqualTypeOf<Signer<NcpAlgorithm>>()
  await signer.close()
})

it('does not compile for pairs and options that are refused', () => {
  const wrong = [
    // @ts-expect-error: an RSA algorithm with an EC key
    () => createNcpSigner({ ...key, algorithm: 'RSA_PSS_SHA_256', keySpec: 'EC_P256' }),
    // @ts-expect-error: an algorithm that NCP does not have
    () => createNcpSigner({ ...key, algorithm: 'ECDSA_SHA_384' }),
    // @ts-expect-error: an option of another provider
    () => createNcpSigner({ ...key, algorithm: 'ECDSA_SHA_256', region: 'kr' }),
    // @ts-expect-error: half of the account keys
    () => createNcpSigner({ keyTag: 'a', algorithm: 'ECDSA_SHA_256', credentials: { accessKey: 'A' } }),
  ]
  for (const make of wrong) expect(make).toThrow(expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }))
})

it('takes any of the three forms of credentials, and a function of them', () => {
  expectTypeOf({ ...key, credentials: { accessToken: 'a' } }).toExtend<NcpSignerOptions>()
  expectTypeOf({ ...key, credentials: { refreshToken: 'a' } }).toExtend<NcpSignerOptions>()
  expectTypeOf({ ...key, credentials: async () => credentials }).toExtend<NcpSignerOptions>()
})
