import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient, type HttpResponse } from '@kmsign/http'
import { OFFERED_ALGORITHMS } from './algorithms.ts'
import { assertCredentials, type VolcengineCredentials } from './credentials.ts'
import type { WireReply } from './envelope.ts'
import { mapError } from './errors.ts'
import type { VolcengineConfig } from './options.ts'
import { createRequestSigner, type Proof, type RequestSigner, type SigningScope } from './request-signing.ts'
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

/** Lists begin so that they need no other. */
const NO_BODY_HEADERS = ['accept-encoding', 'identity', 'accept', 'application/json']
const BODY_HEADERS = [...NO_BODY_HEADERS, 'content-type', 'application/json; charset=utf-8']

/** How requests are proved with one set of credentials. */
interface Authentication {
  readonly sign: RequestSigner
  readonly secrets: readonly string[]
}

/**
 * Speaks Volcengine KMS, version 2021-02-18, for one key. Every attempt is signed anew. Holds no policy and catches
 * nothing.
 */
export function createVolcengineDriver(config: VolcengineConfig): SignerDriver<VolcengineCredentials> {
  const client = createHttpClient(config.http)
  const { region } = config
  const place = Object.freeze({ origin: client.origin, region })
  const authenticationBy = createAuthenticator({ host: client.host, region })
  let [lastQuery, lastPath] = ['', '/?']

  /** Joined once for the one query that is asked for again and again. */
  const pathOf = (query: string): string => {
    if (query !== lastQuery) {
      lastQuery = query
      lastPath = `/?${query}`
    }
    return lastPath
  }

  /** Not `async`, which would add a promise to every signature. */
  const ask = <T>(
    request: WireRequest,
    attempt: Attempt<VolcengineCredentials>,
    read: (reply: WireReply, config: VolcengineConfig) => T,
  ): Promise<T> => {
    const { cancellation } = attempt
    const { method, query, body } = request
    const { sign, secrets } = authenticationBy(attempt.credentials)
    const sentAt = attempt.now()
    const proof = sign(request, sentAt)
    const sending = client.send({
      method,
      path: pathOf(query),
      headers: (body === undefined ? NO_BODY_HEADERS : BODY_HEADERS).concat(proof.headers),
      body,
      signal: cancellation ?? attempt.signal,
      // Who gives a cancellation ends it in time: a second timer would only cost.
      timeoutMs: cancellation === undefined ? attempt.timeoutMs : undefined,
    })
    return sending.then((response) => read(new Reply(response, sentAt, secrets, proof, request), config))
  }

  return {
    apiVersion: 1,
    provider: 'volcengine',
    keyId: config.keyId,
    quotaScope: `volcengine:${client.origin}:${region}`,
    publicKeyBy: 'key',
    algorithms: OFFERED_ALGORITHMS,
    signPayload: (input, attempt) => ask(toSignRequest(config, input), attempt, fromSignResponse),
    verifyPayload: async (input, attempt) =>
      isVerifiable(input.signature) && ask(toVerifyRequest(config, input), attempt, fromVerifyResponse),
    // Asymmetric keys do not rotate: one key id has one public key for life.
    fetchPublicKey: async (_request, attempt) => {
      const { publicKey, ...identity } = await ask(toPublicKeyRequest(config), attempt, fromPublicKeyResponse)
      return { spki: publicKey, ...identity }
    },
    describeKey: (attempt) => ask(toKeyRequest(config), attempt, fromKeyResponse),
    mapError: (error) => mapError(error, place),
    close: async () => client.close(),
  }
}

/** Prepares each pair of credentials once. */
function createAuthenticator(scope: SigningScope): (credentials: VolcengineCredentials) => Authentication {
  const known = new WeakMap<VolcengineCredentials, Authentication>()
  return (credentials) => {
    const prepared = known.get(credentials)
    if (prepared !== undefined) return prepared
    assertCredentials(credentials)
    const { accessKeyId, secretAccessKey, sessionToken = '' } = credentials
    const sign = createRequestSigner(credentials, scope)
    const made = { sign, secrets: [secretAccessKey, sessionToken, accessKeyId] }
    known.set(credentials, made)
    return made
  }
}

/** An answer with what it is read with; its headers are looked at after a failure alone. */
class Reply implements WireReply {
  readonly status: number
  readonly body: string
  readonly sentAt: number
  readonly #response: HttpResponse
  readonly #secrets: readonly string[]
  readonly #proof: Proof
  readonly #request: WireRequest

  constructor(response: HttpResponse, sentAt: number, secrets: readonly string[], proof: Proof, request: WireRequest) {
    this.status = response.status
    this.body = response.body
    this.sentAt = sentAt
    this.#response = response
    this.#secrets = secrets
    this.#proof = proof
    this.#request = request
  }

  get headers(): HttpResponse['headers'] {
    return this.#response.headers
  }

  hidden(): readonly string[] {
    const { signature, digest } = this.#proof
    return this.#secrets.concat(signature, digest, this.#request.hidden)
  }
}
