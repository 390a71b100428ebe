import { verifySignature } from '@kmsign/core'
import { type Emulator, startEmulator } from '@kmsign/emulator'
import { Service, Signer } from '@volcengine/openapi'
import { buildRequestConfigFromMetaPath, Client, Command } from '@volcengine/sdk-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { canonicalQuery, createRequestSigner } from '../src/request-signing.ts'
import { emulated, signerOf } from './emulated.ts'

const message = Buffer.from('signed by one, verified by the other', 'utf8')

type Call = <T>(action: string, parameters: Record<string, unknown>) => Promise<T>
interface Answer {
  readonly ResponseMetadata: { readonly Error?: unknown }
  readonly Result?: unknown
}

/** The vendor's older client; it has no KMS of its own, only calls by name. */
function openapiClient(emulator: Emulator, secret?: string): Call {
  const { credentials, region } = emulator.volcengine
  const { accessKeyId, secretAccessKey } = credentials
  const secretKey = secret ?? secretAccessKey
  const place = { host: new URL(emulator.url).host, protocol: 'http:', region, serviceName: 'kms' }
  const service = new Service({ ...place, defaultVersion: '2021-02-18', accessKeyId, secretKey })
  return async (action, parameters) => resultOf(await service.createJSONAPI(action)(parameters))
}

/** The core of the vendor's newer clients, of which the one for KMS cannot be had. */
function sdkCoreClient(emulator: Emulator, secret?: string): Call {
  const { region } = emulator.volcengine
  const given = emulator.volcengine.credentials
  const credentials = { ...given, secretAccessKey: secret ?? given.secretAccessKey }
  const client = new Client({ ...credentials, host: new URL(emulator.url).host, protocol: 'http', region })
  return async (action, parameters) => {
    const command = new Command(parameters)
    command.requestConfig = buildRequestConfigFromMetaPath(`/${action}/2021-02-18/kms/post/application_json/`)
    return resultOf(await client.send(command))
  }
}

function resultOf<T>(answer: unknown): T {
  const { ResponseMetadata, Result } = answer as Answer
  if (ResponseMetadata.Error !== undefined) throw { data: answer }
  return Result as T
}

/** The provider's code in a refusal; one client resolves with it, the other hides it in what it throws. */
async function refusalOf(answer: Promise<unknown>): Promise<string | undefined> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason as { readonly data?: Answer },
  )
  const { Code } = (error?.data?.ResponseMetadata.Error ?? {}) as { readonly Code?: string }
  return Code
}

describe.each([
  ['@volcengine/openapi', openapiClient],
  ['@volcengine/sdk-core', sdkCoreClient],
] as const)('%s', (client, clientOf) => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await emulated()
  })

  it.each([
    ['EC_P256', 'ECDSA_SHA_256'],
    ['RSA_2048', 'RSA_PKCS1_SHA_256'],
  ] as const)('makes a %s key that this adapter signs with, and the other way round', async (KeySpec, Algorithm) => {
    const call = clientOf(emulator)
    const ring = { KeyringName: `${client.slice(12)}-${KeySpec}` }
    await call('CreateKeyring', ring)
    const made = { ...ring, KeyName: 'key', KeySpec, KeyUsage: 'SIGN_VERIFY' }
    const { Key } = await call<{ Key: { ID: string } }>('CreateKey', made)

    const signer = signerOf(emulator, Key.ID, { algorithm: Algorithm })
    const ours = await signer.sign(message)
    const [Message, Signature] = [message, ours.signature].map((bytes) => Buffer.from(bytes).toString('base64'))
    const asked = { KeyID: Key.ID, Message, MessageType: 'RAW', Algorithm }
    const verdict = await call<{ SignatureValid: boolean }>('AsymmetricVerify', { ...asked, Signature })
    expect(verdict.SignatureValid).toBe(true)

    const theirs = await call<{ Signature: string }>('AsymmetricSign', asked)
    const { PublicKey } = await call<{ PublicKey: string }>('GetPublicKey', { KeyID: Key.ID })
    const signature = Buffer.from(theirs.Signature, 'base64')
    expect(await verifySignature({ algorithm: Algorithm, publicKey: PublicKey, signature, message })).toBe(true)
    expect(await signer.verify(message, signature)).toBe(true)
  })

  it('is refused with a wrong secret, a wrong clock and a disabled key', async () => {
    const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
    const asked = { KeyID: keyId, Message: 'aGk=', MessageType: 'RAW', Algorithm: 'ECDSA_SHA_256' }
    expect(await refusalOf(clientOf(emulator, 'wrong')('AsymmetricSign', asked))).toBe('SignatureDoesNotMatch')
    const { credentials } = emulator.volcengine
    const later = await startEmulator({ clock: () => Date.now() + 3_600_000, volcengine: { credentials } })
    expect(await refusalOf(clientOf(later)('AsymmetricSign', asked))).toBe('InvalidTimestamp')
    await later.close()
    emulator.volcengine.setKeyState(keyId, 'Disable')
    expect(await refusalOf(clientOf(emulator)('AsymmetricSign', asked))).toBe('InvalidKeyStatus')
  })
})

describe('the signer of @volcengine/openapi', () => {
  it('signs requests exactly as this adapter does, whatever is in them', () => {
    const credentials = { accessKeyId: 'AKLTEXAMPLE', secretAccessKey: 'c2VjcmV0LWV4YW1wbGU=', sessionToken: 'STS+/==' }
    const cases = ['', 'a b', "~*'()!", '50%/+&=', '密钥-é', '"[{}]', 'x'.repeat(300)]
    cases.forEach((value, index) => {
      const time = Date.UTC(2024, 6, 8 + index, 23, 59, 59, 999)
      const query = { Action: 'AsymmetricSign', Version: '2021-02-18', Value: value, B: '', 'a.1': value }
      const body = JSON.stringify({ value })
      const { sessionToken, secretAccessKey: secretKey, accessKeyId } = credentials
      const [host, region] = ['127.0.0.1:8080', 'ap-southeast-1']
      const request = { region, method: 'POST', params: query, pathname: '/', headers: { Host: host } as object, body }
      const temporary = index % 2 === 0 ? { sessionToken } : {}
      new Signer(request, 'kms').addAuthorization({ accessKeyId, secretKey, ...temporary }, new Date(time))
      const theirs = Object.fromEntries(
        Object.entries(request.headers).map(([name, text]) => [name.toLowerCase(), text]),
      )

      const ours = createRequestSigner({ accessKeyId, secretAccessKey: secretKey, ...temporary }, { host, region })
      const signed = ours({ method: 'POST', query: canonicalQuery(query), body }, time)
      const { headers } = signed
      const names = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
      expect({ host, ...Object.fromEntries(names) }).toEqual(theirs)
    })
  })
})
