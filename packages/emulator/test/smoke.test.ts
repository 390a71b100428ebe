import { createHmac, createPublicKey, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { startEmulator } from '../src/index.ts'

it('signs with an NCP key over http', async () => {
  const emulator = await startEmulator()
  const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
  const call = async (path: string, body: object) => {
    const target = `/kms/v1/keys/${keyTag}/${path}`
    const t = String(Date.now())
    const { accessKey, secretKey } = emulator.ncp.credentials
    const mac = createHmac('sha256', secretKey).update(`POST ${target}\n${t}\n${accessKey}`).digest('base64')
    const r = await fetch(emulator.url + target, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-ncp-apigw-timestamp': t, 'x-ncp-iam-access-key': accessKey, 'x-ncp-apigw-signature-v2': mac },
    })
    return (await r.json()) as any
  }
  const s = await call('sign', { data: Buffer.from('hi').toString('base64') })
  const p = await call('get-pub-key', {})
  expect(
    verify(
      'sha256',
      Buffer.from('hi'),
      createPublicKey(p.data.publicKey),
      Buffer.from(s.data.signature.split(':')[2], 'base64'),
    ),
  ).toBe(true)
  expect(await call('verify', { data: Buffer.from('hi').toString('base64'), signature: s.data.signature })).toEqual({
    code: 'SUCCESS',
    data: { valid: true },
  })
  await emulator.volcengine.createKey({ keySpec: 'EC_SM2' })
  await emulator.aws.createKey({ keySpec: 'ML_DSA_44', alias: 'x' })
  await emulator.close()
  const secure = await startEmulator({ tls: true, profile: 'random', seed: 4 })
  expect(secure.ca).toContain('BEGIN CERTIFICATE')
  console.log(secure.profile)
  await secure.close()
})
