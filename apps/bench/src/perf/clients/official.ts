import { CREDENTIALS, type CreateClient, KEY_ID, MESSAGE, QUERY, REGION, type VolcengineAnswer } from './client.ts'

export const openapi: CreateClient = async (target) => {
  const { Service } = (await import('@volcengine/openapi')).default
  const { accessKeyId, secretAccessKey: secretKey } = CREDENTIALS
  const service = new Service({
    ...{ host: new URL(target.rsa.url).host, protocol: 'http:', serviceName: 'kms', region: REGION },
    ...{ accessKeyId, secretKey, defaultVersion: QUERY.Version },
  })
  const call = service.createJSONAPI('AsymmetricSign', { Version: QUERY.Version })
  return async () => {
    const answer = await call({ Message: MESSAGE.toString('base64') }, { query: QUERY } as never)
    return Buffer.from((answer as VolcengineAnswer).Result.Signature, 'base64')
  }
}

export const sdkCore: CreateClient = async (target) => {
  const { Client, Command } = await import('@volcengine/sdk-core')
  class AsymmetricSign extends Command<object, VolcengineAnswer> {
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
    return Buffer.from((answer as VolcengineAnswer).Result.Signature, 'base64')
  }
}

/** `SignCommand` with nothing around it. */
export const awsSdk: CreateClient = async (target) => {
  const { SignCommand } = await import('@aws-sdk/client-kms')
  const client = await createKmsClient(target.rsa.url)
  const input = { KeyId: KEY_ID, Message: MESSAGE, MessageType: 'RAW', SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }
  return async () => {
    const { Signature = new Uint8Array() } = await client.send(new SignCommand(input as never))
    return Signature
  }
}

/** The client that a user of the SDK makes: everything but the endpoint is as the SDK has it. */
export async function createKmsClient(endpoint: string) {
  const { KMSClient } = await import('@aws-sdk/client-kms')
  return new KMSClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS })
}
