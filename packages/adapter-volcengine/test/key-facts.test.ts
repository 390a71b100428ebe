import { inspect } from 'node:util'
import type { Emulator } from '@kmsign/emulator'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emulated, failureOf, signerOf, watch } from './emulated.ts'

const message = Buffer.from('message', 'utf8')
const ECDSA = { algorithm: 'ECDSA_SHA_256' } as const

let emulator: Emulator
beforeAll(async () => {
  emulator = await emulated()
})
afterEach(() => emulator.faults.clear())

const count = (operations: readonly string[]) => operations.filter((name) => name === 'getKey').length

describe('an error names the key’s state, usage and type', () => {
  it.each(['Disable', 'PendingDelete', 'Archived'] as const)('%s', async (state) => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    emulator.volcengine.setKeyState(keyId, state)
    for (const requestForm of ['body', 'query']) {
      const seen = watch(emulator)
      const signer = signerOf(emulator, keyId, { ...ECDSA, requestForm })
      for (let turn = 0; turn < 3; turn += 1) {
        const error = await failureOf(signer.sign(message))
        expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1 })
        expect(error.message).toMatch(
          new RegExp(`the key is ${state}, (deletion [\\d-]{10}, )?usage SIGN_VERIFY, type EC_P256`),
        )
        const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
        const { accessKeyId, secretAccessKey } = emulator.volcengine.credentials
        for (const secret of [accessKeyId, secretAccessKey, message.toString('base64')]) {
          expect(shown).not.toContain(secret)
        }
      }
      expect(count(seen())).toBe(1)
    }
  })

  it('a key for encryption, by its names', async () => {
    const { keyringName, keyName } = await emulator.volcengine.createKey({ keySpec: 'SYMMETRIC_256' })
    const signer = signerOf(emulator, '', { ...ECDSA, keyId: undefined, keyringName, keyName })
    const error = await failureOf(signer.sign(message))
    expect(error.code).toBe('KMS_KEY_MISMATCH')
    expect(error.message).toContain('the key is Enable, usage ENCRYPT_DECRYPT, type SYMMETRIC_256')
  })

  it('a key of another usage', async () => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' })
    const error = await failureOf(signerOf(emulator, keyId, { algorithm: 'RSA_PSS_SHA_256' }).sign(message))
    expect(error.code).toBe('KMS_KEY_MISMATCH')
    expect(error.message).toContain('usage ENCRYPT_DECRYPT, type RSA_2048')
  })
})

describe('the key is not described', () => {
  it('after a success, or with integrity off', async () => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    const seen = watch(emulator)
    await signerOf(emulator, keyId, ECDSA).sign(message)
    emulator.volcengine.setKeyState(keyId, 'Disable')
    await failureOf(signerOf(emulator, keyId, { ...ECDSA, integrity: 'off' }).sign(message))
    expect(count(seen())).toBe(0)
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
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    emulator.volcengine.setKeyState(keyId, 'Archived')
    emulator.faults.add({ ...fault, provider: 'volcengine', operation: 'getKey', times: Number.POSITIVE_INFINITY })
    const seen = watch(emulator)
    const signer = signerOf(emulator, keyId, { ...ECDSA, timeoutMs: 1_000 })
    for (let turn = 0; turn < 2; turn += 1) {
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1, operation: 'sign' })
      expect(error.message).not.toContain('the key is Archived')
    }
    expect(count(seen())).toBe(1)
  })

  it('no permission by policy', async () => {
    const other = await emulated({ deniedOperations: ['getKey'] })
    const { keyId } = await other.volcengine.createKey({ keySpec: 'EC_P256' })
    const signer = signerOf(other, keyId, ECDSA)
    expect((await signer.sign(message)).verified).toBe(true)
    other.volcengine.setKeyState(keyId, 'Disable')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_STATE')
  })
})
