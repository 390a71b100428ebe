import { inspect } from 'node:util'
import { KMSClient } from '@aws-sdk/client-kms'
import { isKmsError, type KmsError } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { openBench } from './harness.ts'

const bench = await openBench()
const denied = await openBench({ aws: { deniedOperations: ['getKey'] } })
const message = Buffer.from('a message', 'utf8')

async function failureOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.catch((reason: unknown) => reason)
  if (isKmsError(error)) return error
  expect.fail(`Expected a KmsError, got ${String(error)}`)
}

describe('an error names the key’s state, usage and type', () => {
  it.each([
    ['Disabled', undefined],
    ['PendingDeletion', 'release-1'],
    ['PendingImport', undefined],
  ] as const)('%s', async (state, alias) => {
    const keyId = await bench.key('EC_P256', alias === undefined ? {} : { alias })
    bench.emulator.aws.setKeyState(keyId, state)
    const signer = bench.signer('ECDSA_SHA_256', alias === undefined ? keyId : `alias/${alias}`)
    for (let turn = 0; turn < 3; turn += 1) {
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1 })
      expect(error.message).toMatch(
        new RegExp(`the key is ${state}, (deletion [\\d-]{10}, )?usage SIGN_VERIFY, type ECC_NIST_P256`),
      )
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
      const { accessKeyId, secretAccessKey } = bench.emulator.aws.credentials
      for (const secret of [accessKeyId, secretAccessKey, message.toString('base64')]) {
        expect(shown).not.toContain(secret)
      }
    }
    expect(bench.asked('getKey')).toBe(1)
  })

  it('a key for encryption', async () => {
    const { keyId } = await bench.emulator.aws.createKey({ keySpec: 'SYMMETRIC_DEFAULT' })
    const error = await failureOf(bench.signer('ECDSA_SHA_256', keyId).sign(message))
    expect(error.message).toContain('the key is Enabled, usage ENCRYPT_DECRYPT, type SYMMETRIC_DEFAULT')
  })

  it('a key of another usage', async () => {
    const keyId = await bench.key('RSA_2048', { keyUsage: 'ENCRYPT_DECRYPT' })
    const error = await failureOf(bench.signer('RSA_PSS_SHA_256', keyId).sign(message))
    expect(error).toMatchObject({ code: 'KMS_KEY_MISMATCH' })
    expect(error.message).toContain('usage ENCRYPT_DECRYPT, type RSA_2048')
  })

  it('through a client of the caller’s own', async () => {
    const { credentials, region } = bench.emulator.aws
    const client = new KMSClient({ endpoint: bench.emulator.url, region, credentials })
    const keyId = await bench.key()
    bench.emulator.aws.setKeyState(keyId, 'Disabled')
    const error = await failureOf(bench.signer('ECDSA_SHA_256', keyId, { client }).sign(message))
    expect(error.message).toContain('the key is Disabled')
    client.destroy()
  })
})

describe('the key is not described', () => {
  it('after a success, or with integrity off', async () => {
    const keyId = await bench.key()
    await bench.signer('ECDSA_SHA_256', keyId).sign(message)
    bench.emulator.aws.setKeyState(keyId, 'Disabled')
    await failureOf(bench.signer('ECDSA_SHA_256', keyId, { integrity: 'off' }).sign(message))
    expect(bench.asked('getKey')).toBe(0)
  })
})

describe('what goes wrong with the question changes nothing but the sentence', () => {
  it.each([
    { kind: 'access-denied' },
    { kind: 'status', status: 500 },
    { kind: 'not-json' },
    { kind: 'empty-object' },
    { kind: 'reset-before' },
    { kind: 'hang' },
  ])('$kind', async (fault) => {
    const keyId = await bench.key()
    bench.emulator.aws.setKeyState(keyId, 'Disabled')
    bench.emulator.faults.add({ ...fault, provider: 'aws', operation: 'getKey', times: Number.POSITIVE_INFINITY })
    const signer = bench.signer('ECDSA_SHA_256', keyId, { timeoutMs: 1_000 })
    for (let turn = 0; turn < 2; turn += 1) {
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1, operation: 'sign' })
      expect(error.message).not.toContain('the key is Disabled')
    }
    expect(bench.asked('getKey')).toBe(1)
  })

  it('no permission by policy', async () => {
    const keyId = await denied.key()
    const signer = denied.signer('ECDSA_SHA_256', keyId)
    expect((await signer.sign(message)).verified).toBe(true)
    denied.emulator.aws.setKeyState(keyId, 'Disabled')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_STATE')
  })
})
