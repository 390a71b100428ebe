import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner } from '@kmsign/adapter-ncp'
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
import type { Signer } from '@kmsign/core'
import { ALGORITHM, CREDENTIALS, type CreateClient, KEY_ID, MESSAGE, REGION, type Sign } from './client.ts'
import { createKmsClient } from './official.ts'

const UNCHECKED = { algorithm: ALGORITHM, keySpec: 'RSA_2048', integrity: 'off' } as const

/** Over `@kmsign/http`. */
export const aws: CreateClient = async ({ rsa }) =>
  of(
    createAwsSigner({
      ...UNCHECKED,
      ...{ baseUrl: rsa.url, region: 'us-east-1', keyId: KEY_ID, credentials: CREDENTIALS },
    }),
  )

/** Over the client that `awsSdk` uses, with the transport of the SDK. */
export const awsInjected: CreateClient = async ({ rsa }) =>
  of(createAwsSigner({ ...UNCHECKED, keyId: KEY_ID, client: await createKmsClient(rsa.url) }))

export const ncp: CreateClient = async ({ rsa }) => {
  const credentials = { accessKey: CREDENTIALS.accessKeyId, secretKey: CREDENTIALS.secretAccessKey }
  return of(createNcpSigner({ ...UNCHECKED, baseUrl: rsa.url, keyTag: KEY_ID.replaceAll('-', ''), credentials }))
}

export const volcengine: CreateClient = async ({ rsa }) => ofVolcengine(rsa.url, UNCHECKED)

export const volcengineChecked: CreateClient = async ({ rsa: { url, publicKey } }) =>
  ofVolcengine(url, { algorithm: ALGORITHM, integrity: 'auto', publicKey })

export const volcengineEc: CreateClient = async ({ ec }) =>
  ofVolcengine(ec.url, { algorithm: 'ECDSA_SHA_256', integrity: 'off', keySpec: 'EC_P256' })

export const volcengineEcChecked: CreateClient = async ({ ec: { url, publicKey } }) =>
  ofVolcengine(url, { algorithm: 'ECDSA_SHA_256', integrity: 'auto', publicKey })

type VolcengineOptions = Parameters<typeof createVolcengineSigner>[0]

function ofVolcengine(
  baseUrl: string,
  options: Pick<VolcengineOptions, 'algorithm' | 'integrity' | 'keySpec' | 'publicKey'>,
): Sign {
  return of(createVolcengineSigner({ baseUrl, keyId: KEY_ID, region: REGION, credentials: CREDENTIALS, ...options }))
}

function of(signer: Pick<Signer, 'sign'>): Sign {
  return async () => (await signer.sign(MESSAGE)).signature
}
