import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient, type HttpResponse } from '@kmsign/http'
import { OFFERED_ALGORITHMS } from './algorithms.ts'
import { assertCredentials, type VolcengineCredentials } from './credentials.ts'
import type { WireReply } from './envelope.ts'
import { mapError } from './errors.ts'
import type { VolcengineConfig } from './options.ts'
import { createRequestSigner, type RequestSigner } from './request-signing.ts'
import {
  fromKeyResponse,
  fromPublicKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  isVerifiable,
  toKeyRequest,
  toPublicKeyRequest,
  toSignRequest,
  toVerifyRequest,
  type WireRequest,
} from './wire.ts'

const BODY_HEADERS = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' } as const
const NO_BODY_HEADERS = { accept: 'application/json' } as const

/** A request under way, with what its answer is read with. */
interface Exchange {
  readonly credentials: VolcengineCredentials
  readonly request: WireRequest
  readonly proof: Readonly<Record<string, string>>
  readonly sentAt: number
  readonly response: Promise<HttpResponse>
}

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

  const begin = (request: WireRequest, attempt: Attempt<VolcengineCredentials>): Exchange => {
    const { credentials, cancellation } = attempt
    const { method, query, body } = request
    const sentAt = attempt.now()
    const proof = signerOf(credentials)(request, sentAt)
    const response = client.send({
      method,
      path: `/?${query}`,
      headers: Object.assign({}, body === undefined ? NO_BODY_HEADERS : BODY_HEADERS, proof),
      body,
      signal: cancellation ?? attempt.signal,
      // Who gives a cancellation ends it in time: a second timer would only cost.
      timeoutMs: cancellation === undefined ? attempt.timeoutMs : undefined,
    })
    return { credentials, request, proof, sentAt, response }
  }

  const ask = async (request: WireRequest, attempt: Attempt<VolcengineCredentials>): Promise<WireReply> => {
    const exchange = begin(request, attempt)
    return toReply(exchange, await exchange.response)
  }

  return {
    apiVersion: 1,
    provider: 'volcengine',
    keyId: config.keyId,
    quotaScope: `volcengine:${client.origin}:${region}`,
    publicKeyBy: 'key',
    algorithms: OFFERED_ALGORITHMS,
    // Without `ask` between: one promise less for every signature.
    signPayload: async (input, attempt) => {
      const exchange = begin(toSignRequest(config, input), attempt)
      return fromSignResponse(toReply(exchange, await exchange.response), config)
    },
    verifyPayload: async (input, attempt) =>
      isVerifiable(input.signature) && fromVerifyResponse(await ask(toVerifyRequest(config, input), attempt), config),
    // Asymmetric keys do not rotate: one key id has one public key for life.
    fetchPublicKey: async (_request, attempt) => {
      const { publicKey, ...identity } = fromPublicKeyResponse(await ask(toPublicKeyRequest(config), attempt), config)
      return { spki: publicKey, ...identity }
    },
    describeKey: async (attempt) => fromKeyResponse(await ask(toKeyRequest(config), attempt), config),
    mapError: (error) => mapError(error, place),
    close: async () => client.close(),
  }
}

function toReply(exchange: Exchange, { status, headers, body }: HttpResponse): WireReply {
  const { credentials, proof, request, sentAt } = exchange
  return { status, headers, body, sentAt, hidden: () => secretsOf(credentials, proof).concat(request.hidden) }
}

function secretsOf(credentials: VolcengineCredentials, proof: Readonly<Record<string, string>>): readonly string[] {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = credentials
  // The signature is the last part of the header; what is before it names the region and the like, as an honest text may.
  const signature = proof['authorization']?.slice(-64) ?? ''
  // The digest of the body confirms a message that somebody guessed.
  return [secretAccessKey, sessionToken, signature, proof['x-content-sha256'] ?? '', accessKeyId]
}
