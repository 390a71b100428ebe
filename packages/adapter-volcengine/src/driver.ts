import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient } from '@kmsign/http'
import { OFFERED_ALGORITHMS } from './algorithms.ts'
import { assertCredentials, type VolcengineCredentials } from './credentials.ts'
import type { WireReply } from './envelope.ts'
import { mapError } from './errors.ts'
import type { VolcengineConfig } from './options.ts'
import { createRequestSigner, type RequestSigner } from './request-signing.ts'
import {
  fromPublicKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  isVerifiable,
  toPublicKeyRequest,
  toSignRequest,
  toVerifyRequest,
  type WireRequest,
} from './wire.ts'

const BODY_HEADERS = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' } as const
const NO_BODY_HEADERS = { accept: 'application/json' } as const

/**
 * Speaks Volcengine KMS, version 2021-02-18, for one key. Every attempt is signed anew. Holds no policy and catches
 * nothing.
 */
export function createVolcengineDriver(config: VolcengineConfig): SignerDriver<VolcengineCredentials> {
  const client = createHttpClient(config.http)
  const { region } = config
  const scope = Object.freeze({ host: client.host, region })
  const place = Object.freeze({ origin: client.origin, region })
  const signers = new WeakMap<VolcengineCredentials, RequestSigner>()

  const signerOf = (credentials: VolcengineCredentials): RequestSigner => {
    const prepared = signers.get(credentials)
    if (prepared !== undefined) return prepared
    assertCredentials(credentials)
    const signer = createRequestSigner(credentials, scope)
    signers.set(credentials, signer)
    return signer
  }

  const ask = async (request: WireRequest, attempt: Attempt<VolcengineCredentials>): Promise<WireReply> => {
    const { method, query, body } = request
    const { credentials, timeoutMs } = attempt
    const sentAt = attempt.now()
    const proof = signerOf(credentials)(request, sentAt)
    const headers = Object.assign({}, body === undefined ? NO_BODY_HEADERS : BODY_HEADERS, proof)
    const signal = attempt.cancellation ?? attempt.signal
    const reply = await client.send({ method, path: `/?${query}`, headers, body, signal, timeoutMs })
    const hidden = () => [...secretsOf(credentials, proof), ...request.hidden]
    return { status: reply.status, headers: reply.headers, body: reply.body, sentAt, hidden }
  }

  return {
    apiVersion: 1,
    provider: 'volcengine',
    keyId: config.keyId,
    quotaScope: `volcengine:${client.origin}:${region}`,
    publicKeyBy: 'key',
    algorithms: OFFERED_ALGORITHMS,
    signPayload: async (input, attempt) => fromSignResponse(await ask(toSignRequest(config, input), attempt), config),
    verifyPayload: async (input, attempt) =>
      isVerifiable(input.signature) && fromVerifyResponse(await ask(toVerifyRequest(config, input), attempt), config),
    // Asymmetric keys do not rotate: one key id has one public key for life.
    fetchPublicKey: async (_request, attempt) => {
      const { publicKey, ...identity } = fromPublicKeyResponse(await ask(toPublicKeyRequest(config), attempt), config)
      return { spki: publicKey, ...identity }
    },
    mapError: (error) => mapError(error, place),
    close: async () => client.close(),
  }
}

function secretsOf(credentials: VolcengineCredentials, proof: Readonly<Record<string, string>>): readonly string[] {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = credentials
  const authorization = proof['authorization'] ?? ''
  // The signature alone as well: it is the last part of the header.
  return [secretAccessKey, sessionToken, authorization, authorization.slice(-64), accessKeyId]
}
