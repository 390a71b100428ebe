import type { MeasuredClient, Target } from './client.ts'

const VERSION = '2021-02-18'
const ALGORITHM = { MessageType: 'RAW', Algorithm: 'ECDSA_SHA_256' } as const

/** Volcengine's client of many years: signs, sends, and hands over what came. */
export async function volcengineOpenapi({ url, keyId, region, credentials }: Target): Promise<MeasuredClient> {
  const { Service } = await import('@volcengine/openapi')
  const { accessKeyId, secretAccessKey: secretKey, sessionToken } = credentials
  const service = new Service({
    ...{ host: new URL(url).host, protocol: 'http:', serviceName: 'kms', defaultVersion: VERSION, region },
    ...{ accessKeyId, secretKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  })
  const send = service.createJSONAPI('AsymmetricSign', { Version: VERSION })
  return {
    async sign(message) {
      const answer: unknown = await send({
        KeyID: keyId,
        ...ALGORITHM,
        Message: Buffer.from(message).toString('base64'),
      })
      return (answer as VolcengineAnswer)?.Result?.Signature
    },
    async close() {},
  }
}

/** The core of Volcengine's newer clients. */
export async function volcengineSdkCore({ url, keyId, region, credentials }: Target): Promise<MeasuredClient> {
  const { buildRequestConfigFromMetaPath, Client, Command } = await import('@volcengine/sdk-core')
  const client = new Client({ ...credentials, host: new URL(url).host, protocol: 'http', region })
  return {
    async sign(message) {
      const command = new Command({ KeyID: keyId, ...ALGORITHM, Message: Buffer.from(message).toString('base64') })
      command.requestConfig = buildRequestConfigFromMetaPath(`/AsymmetricSign/${VERSION}/kms/post/application_json/`)
      return ((await client.send(command)) as VolcengineAnswer)?.Result?.Signature
    },
    async close() {
      client.destroy()
    },
  }
}

/** The AWS SDK with its own request handler, timeouts and retries. */
export async function awsSdk({ url, keyId, region, credentials }: Target): Promise<MeasuredClient> {
  const { KMSClient, SignCommand } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ endpoint: url, region, credentials })
  const fixed = { KeyId: keyId, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' } as const
  return {
    sign: async (message) => (await client.send(new SignCommand({ ...fixed, Message: message }))).Signature,
    async close() {
      client.destroy()
    },
  }
}

/** As far as it is there at all. */
export type VolcengineAnswer = { readonly Result?: { readonly Signature?: unknown } } | null | undefined
