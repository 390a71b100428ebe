import { inspect } from 'node:util'
import type { Emulator } from '@kmsign/emulator'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emulated, failureOf, keyAndSigner, operationsOf, signerOf } from './emulated.ts'

const message = Buffer.from('message', 'utf8')

let emulator: Emulator
beforeAll(async () => {
  emulator = await emulated()
})
afterEach(() => emulator.faults.clear())

const described = (keyTag: string) => operationsOf(emulator, keyTag).filter((name) => name === 'getKey').length

describe('an error names the key’s state and type', () => {
  it.each(['DISABLE', 'REVOKE'] as const)('%s', async (status) => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    emulator.ncp.setKeyStatus(keyTag, status)
    for (let turn = 0; turn < 3; turn += 1) {
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1 })
      expect(error.message).toMatch(new RegExp(`the key is ${status}, (deletion [\\d-]{10}, )?type ECDSA`))
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
      const { accessKey, secretKey } = emulator.ncp.credentials
      for (const secret of [accessKey, secretKey, message.toString('base64')]) expect(shown).not.toContain(secret)
    }
    expect(described(keyTag)).toBe(1)
  })

  it('a key for encryption', async () => {
    const { signer } = await keyAndSigner(emulator, 'AES256')
    expect((await failureOf(signer.sign(message))).message).toContain('the key is ENABLE, type AES256')
  })
})

describe('the key is not described', () => {
  it('after a success', async () => {
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA')
    await signer.sign(message)
    expect(described(keyTag)).toBe(0)
  })

  it('with tokens, which are for the key’s own operations', async () => {
    const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
    const { accessToken } = await emulator.ncp.issueTokens(keyTag)
    emulator.ncp.setKeyStatus(keyTag, 'DISABLE')
    await failureOf(signerOf(emulator, keyTag, { credentials: { accessToken } }).sign(message))
    expect(described(keyTag)).toBe(0)
  })

  it('with integrity off, or by API 1.0', async () => {
    for (const change of [{ integrity: 'off' }, { apiVersion: '1.0' }] as const) {
      const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', change)
      emulator.ncp.setKeyStatus(keyTag, 'DISABLE')
      expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_STATE')
      expect(described(keyTag)).toBe(0)
    }
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
    const { keyTag, signer } = await keyAndSigner(emulator, 'ECDSA', { timeoutMs: 1_000 })
    emulator.ncp.setKeyStatus(keyTag, 'DISABLE')
    emulator.faults.add({ ...fault, provider: 'ncp', operation: 'getKey', times: Number.POSITIVE_INFINITY })
    for (let turn = 0; turn < 2; turn += 1) {
      const error = await failureOf(signer.sign(message))
      expect(error).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1, operation: 'sign' })
      expect(error.message).not.toContain('DISABLE')
    }
    expect(described(keyTag)).toBe(1)
  })

  it('no permission by policy', async () => {
    const other = await emulated({ deniedOperations: ['getKey'] })
    const { keyTag, signer } = await keyAndSigner(other, 'ECDSA')
    expect((await signer.sign(message)).verified).toBe(true)
    other.ncp.setKeyStatus(keyTag, 'DISABLE')
    expect((await failureOf(signer.sign(message))).code).toBe('KMS_KEY_STATE')
  })
})
