import { createPublicKey, verify } from 'node:crypto'
import { Service } from '@volcengine/openapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64 } from './harness.ts'

/** The AWS client has a file of its own. */
describe('@volcengine/openapi', () => {
  let emulator: Emulator
  let service: Service
  const sessionToken = 'STS-token'

  beforeAll(async () => {
    const credentials = { accessKeyId: 'AKLTofficial', secretAccessKey: 'c2VjcmV0LWV4YW1wbGU=', sessionToken }
    emulator = await startEmulator({ volcengine: { credentials } })
    service = new Service({
      serviceName: 'kms',
      host: new URL(emulator.url).host,
      protocol: 'http:',
      region: emulator.volcengine.region,
      accessKeyId: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      sessionToken,
      defaultVersion: '2021-02-18',
    })
  })
  afterAll(() => emulator.close())

  const call = async (action: string, input: object, method: 'GET' | 'POST' = 'POST') => {
    const made = method === 'GET' ? service.createAPI(action, { method }) : service.createJSONAPI(action)
    const { ResponseMetadata, Result } = await made(input as Record<string, string>)
    // biome-ignore lint/suspicious/noExplicitAny: the client types no results
    return { error: ResponseMetadata.Error?.Code, result: Result as any }
  }

  it.each(['GET', 'POST'] as const)('creates a key by %s, signs and verifies', async (method) => {
    const names = { KeyringName: `ring-${method}`, KeyName: 'key' }
    await call('CreateKeyring', { KeyringName: names.KeyringName, Description: "it's (a) ring*!" }, method)
    const { result } = await call('CreateKey', { ...names, KeySpec: 'EC_P256', KeyUsage: 'SIGN_VERIFY' }, method)
    expect(result.Key.KeyState).toBe('Enable')
    const message = Buffer.from('signed by an independent client')
    const input = { ...names, Algorithm: 'ECDSA_SHA_256', Message: base64(message) }
    const signed = (await call('AsymmetricSign', input)).result
    expect(signed.KeyID).toBe(result.Key.ID)
    const key = createPublicKey((await call('GetPublicKey', names, method)).result.PublicKey)
    expect(verify('sha256', message, key, Buffer.from(signed.Signature, 'base64'))).toBe(true)
    const verified = await call('AsymmetricVerify', { ...input, Signature: signed.Signature })
    expect(verified.result.SignatureValid).toBe(true)
  })

  it('gets the provider’s errors', async () => {
    expect((await call('DescribeKey', { KeyID: 'none' })).error).toBe('Not Found')
    service.setSecretKey('wrong')
    expect((await call('DescribeRegions', {})).error).toBe('SignatureDoesNotMatch')
  })
})
