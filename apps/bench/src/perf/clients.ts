import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner } from '@kmsign/adapter-ncp'
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'

/** One address per kind of key, with the public key of what it signs. */
export interface Target {
  readonly rsa: { readonly url: string; readonly publicKey: string }
  readonly ec: { readonly url: string; readonly publicKey: string }
}

export type ClientName = keyof typeof CLIENTS

type Sign = () => Promise<Uint8Array>

/** What everybody signs. */
export const MESSAGE = Buffer.alloc(32, 7)

const KEY_ID = '39a0e7c6-b7dd-4c83-b400-3449bb95403a'
const REGION = 'cn-beijing'
const CREDENTIALS = {
  accessKeyId: 'AKLTexampleexampleexampleexample',
  secretAccessKey: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==',
}
const ALGORITHM = 'RSA_PKCS1_SHA_256'
const QUERY = {
  Action: 'AsymmetricSign',
  Algorithm: ALGORITHM,
  KeyID: KEY_ID,
  MessageType: 'RAW',
  Version: '2021-02-18',
}
const PATH = `/?${new URLSearchParams(QUERY)}`
/** Headers of realistic length: the bare clients sign nothing, which is the least a request can cost. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-date': '20240708T150011Z',
  'x-content-sha256': 'a'.repeat(64),
  authorization: `HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20240708/${REGION}/kms/request, SignedHeaders=host;x-content-sha256;x-date, Signature=${'b'.repeat(64)}`,
}

/** Bare clients do the least that is of use: build the body, read the answer, decode the signature. */
const bodyOf = () => JSON.stringify({ Message: MESSAGE.toString('base64') })
const signatureOf = (text: string): Uint8Array =>
  Buffer.from((JSON.parse(text) as { Result: { Signature: string } }).Result.Signature, 'base64')

const CLIENTS = {
  async bare(target) {
    const { Pool } = await import('undici')
    const pool = new Pool(target.rsa.url, { connections: 256 })
    return async () => {
      const { body } = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body: bodyOf() })
      return signatureOf(await body.text())
    }
  },
  async fetch(target) {
    const url = target.rsa.url + PATH
    return async () =>
      signatureOf(await (await fetch(url, { method: 'POST', headers: HEADERS, body: bodyOf() })).text())
  },
  async openapi(target) {
    const { Service } = (await import('@volcengine/openapi')).default
    const service = new Service({
      ...{ host: new URL(target.rsa.url).host, protocol: 'http:', serviceName: 'kms', region: REGION },
      ...{
        accessKeyId: CREDENTIALS.accessKeyId,
        secretKey: CREDENTIALS.secretAccessKey,
        defaultVersion: QUERY.Version,
      },
    })
    const call = service.createJSONAPI('AsymmetricSign', { Version: QUERY.Version })
    return async () => {
      const answer = (await call({ Message: MESSAGE.toString('base64') }, { query: QUERY } as never)) as {
        Result: { Signature: string }
      }
      return Buffer.from(answer.Result.Signature, 'base64')
    }
  },
  async sdkCore(target) {
    const { Client, Command } = await import('@volcengine/sdk-core')
    class AsymmetricSign extends Command<object, { Result: { Signature: string } }> {
      constructor(input: object) {
        super(input)
        this.requestConfig = {
          ...{ params: QUERY, method: 'POST', serviceName: 'kms', pathname: '/' },
          contentType: 'application/json; charset=utf-8',
        }
      }
    }
    const host = new URL(target.rsa.url).host
    const client = new Client({ host, protocol: 'http', region: REGION, ...CREDENTIALS })
    return async () => {
      const answer = await client.send(new AsymmetricSign({ Message: MESSAGE.toString('base64') }))
      return Buffer.from((answer as { Result: { Signature: string } }).Result.Signature, 'base64')
    }
  },
  async awsSdk(target) {
    const { KMSClient, SignCommand } = await import('@aws-sdk/client-kms')
    const client = new KMSClient({ region: 'us-east-1', endpoint: target.rsa.url, credentials: CREDENTIALS })
    const input = { KeyId: KEY_ID, Message: MESSAGE, MessageType: 'RAW', SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }
    return async () => {
      const { Signature = new Uint8Array() } = await client.send(new SignCommand(input as never))
      return Signature
    }
  },
  async aws(target) {
    const place = { baseUrl: target.rsa.url, region: 'us-east-1', keyId: KEY_ID, credentials: CREDENTIALS }
    const signer = createAwsSigner({ algorithm: ALGORITHM, keySpec: 'RSA_2048', integrity: 'off', ...place })
    return async () => (await signer.sign(MESSAGE)).signature
  },
  volcengine: (target) => volcengine(target.rsa.url, { algorithm: ALGORITHM, integrity: 'off', keySpec: 'RSA_2048' }),
  volcengineChecked: ({ rsa }) =>
    volcengine(rsa.url, { algorithm: ALGORITHM, integrity: 'auto', publicKey: rsa.publicKey }),
  volcengineEc: (target) =>
    volcengine(target.ec.url, { algorithm: 'ECDSA_SHA_256', integrity: 'off', keySpec: 'EC_P256' }),
  volcengineEcChecked: ({ ec }) =>
    volcengine(ec.url, { algorithm: 'ECDSA_SHA_256', integrity: 'auto', publicKey: ec.publicKey }),
  async ncp(target) {
    const credentials = { accessKey: CREDENTIALS.accessKeyId, secretKey: CREDENTIALS.secretAccessKey }
    const place = { baseUrl: target.rsa.url, keyTag: KEY_ID.replaceAll('-', ''), credentials }
    const signer = createNcpSigner({ algorithm: ALGORITHM, keySpec: 'RSA_2048', integrity: 'off', ...place })
    return async () => (await signer.sign(MESSAGE)).signature
  },
} satisfies Record<string, (target: Target) => Promise<Sign>>

/** The clients that cost ten times as much as ours and need fewer calls to show it. */
export const HEAVY: ReadonlySet<ClientName> = new Set(['fetch', 'openapi', 'sdkCore', 'awsSdk', 'aws'])

export function createClient(name: ClientName, target: Target): Promise<Sign> {
  return CLIENTS[name](target)
}

type VolcengineOptions = Parameters<typeof createVolcengineSigner>[0]

async function volcengine(
  baseUrl: string,
  options: Pick<VolcengineOptions, 'algorithm' | 'integrity' | 'keySpec' | 'publicKey'>,
): Promise<Sign> {
  const signer = createVolcengineSigner({
    baseUrl,
    keyId: KEY_ID,
    region: REGION,
    credentials: CREDENTIALS,
    ...options,
  })
  return async () => (await signer.sign(MESSAGE)).signature
}
