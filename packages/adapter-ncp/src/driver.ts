import type { Attempt, Cancellation, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient, type HttpClient, type HttpResponse } from '@kmsign/http'
import { createAccessTokens, type Waiter } from './access-tokens.ts'
import { offeredAlgorithms } from './algorithms.ts'
import { assertCredentials, type NcpCredentials } from './credentials.ts'
import { failureOf, TRACE_HEADER, type WireReply } from './envelope.ts'
import { mapError, type Place } from './errors.ts'
import type { Authentication } from './failure.ts'
import type { NcpConfig } from './options.ts'
import { createRequestSigner, type Proof, type RequestSigner } from './request-signing.ts'
import {
  fromAccessTokenResponse,
  fromKeyResponse,
  fromPublicKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  toAccessTokenRequest,
  toKeyRequest,
  toPublicKeyRequest,
  toSignRequest,
  toVerifyRequest,
  type WireRequest,
} from './wire.ts'

/** How one request is authenticated. */
interface Authenticated {
  readonly sign: RequestSigner
  readonly authentication: Authentication
  /** Secrets, for the eyes of {@link WireReply.hidden} alone. */
  readonly secrets: readonly string[]
}

/** The list begins so that it needs no other. */
const HEADERS = ['accept-encoding', 'identity', 'accept', 'application/json', 'content-type', 'application/json']

/**
 * Speaks NCP KMS for one key: API 2.0 as described in the API guide of 2026-10-08, or API 1.0. Every attempt is signed
 * anew. Holds no policy and catches nothing.
 */
export function createNcpDriver(config: NcpConfig): SignerDriver<NcpCredentials> {
  const { keyTag, zone, apiVersion, signaturePrefix } = config
  const client = createHttpClient(config.http)
  const place = Object.freeze({ origin: client.origin, zone })
  const { ask, close } = createChannel(config, client, place)
  return {
    apiVersion: 1,
    provider: 'ncp',
    keyId: keyTag,
    // API 2.0 grants its rate to each key, API 1.0 to the system for all keys together.
    quotaScope: apiVersion === '2.0' ? `ncp:${client.origin}:${keyTag}` : `ncp:${client.origin}`,
    publicKeyBy: apiVersion === '2.0' ? 'version' : 'none',
    algorithms: offeredAlgorithms(config.messageLimit),
    signPayload: ({ payload }, attempt) =>
      ask(toSignRequest(config, payload), attempt, (reply) => fromSignResponse(reply, signaturePrefix)),
    verifyPayload: async ({ payload, signature, keyVersion }, attempt) => {
      // Nothing is no signature of any key; whether the service calls that invalid or an error is not documented.
      if (signature.length === 0) return false
      const input = { message: payload, signature, ...(keyVersion !== undefined && { keyVersion }) }
      return ask(toVerifyRequest(config, input, signaturePrefix), attempt, fromVerifyResponse)
    },
    ...(apiVersion === '2.0' && {
      fetchPublicKey: async ({ keyVersion }, attempt) => {
        const { pem, requestId } = await ask(toPublicKeyRequest(config, keyVersion), attempt, fromPublicKeyResponse)
        return {
          spki: pem,
          ...(keyVersion !== undefined && { keyVersion }),
          ...(requestId !== undefined && { requestId }),
        }
      },
      // Tokens are for the key's own operations alone.
      describeKey: async (attempt) =>
        'accessKey' in attempt.credentials
          ? ask(toKeyRequest(config), attempt, (reply) => fromKeyResponse(reply, config))
          : {},
    }),
    mapError: (error) => mapError(error, place),
    close,
  }
}

/** Sends requests with whatever authenticates them. */
interface Channel {
  ask<T>(request: WireRequest, attempt: Attempt<NcpCredentials>, read: (reply: WireReply) => T): Promise<T>
  close(): Promise<void>
}

function createChannel(config: NcpConfig, client: HttpClient, place: Place): Channel {
  const known = new WeakMap<NcpCredentials, Authenticated>()

  const tokens = createAccessTokens(async (refreshToken, common) => {
    const by = byToken(refreshToken, 'refresh-token')
    // The exchange serves several attempts: it has the time that one attempt has, not what is left of the first one's.
    const attempt = { ...common, timeoutMs: config.attemptTimeoutMs }
    return send(client, toAccessTokenRequest(config), by, attempt, fromAccessTokenResponse)
  })

  const authenticate = async (attempt: Attempt<NcpCredentials>): Promise<Authenticated> => {
    const { credentials } = attempt
    assertCredentials(credentials, config.apiVersion)
    if ('refreshToken' in credentials) {
      return byToken(await tokens.get(credentials.refreshToken, attempt), 'renewed-token')
    }
    const by = 'accessToken' in credentials ? byToken(credentials.accessToken, 'access-token') : byAccount(credentials)
    known.set(credentials, by)
    return by
  }

  const dropRejected = (reply: WireReply, [token]: readonly string[]) => {
    if (reply.authentication === 'renewed-token' && token !== undefined && isRejected(reply, place)) tokens.drop(token)
  }

  return {
    ask(request, attempt, read) {
      const by = known.get(attempt.credentials)
      if (by !== undefined) return send(client, request, by, attempt, read)
      return authenticate(attempt).then((made) =>
        send(client, request, made, attempt, (reply) => {
          dropRejected(reply, made.secrets)
          return read(reply)
        }),
      )
    },
    async close() {
      tokens.close()
      await client.close()
    },
  }
}

/** Not `async`, which would add a promise to every signature. */
function send<T>(
  client: HttpClient,
  request: WireRequest,
  by: Authenticated,
  attempt: Waiter & { readonly timeoutMs: number; readonly cancellation?: Cancellation },
  read: (reply: WireReply) => T,
): Promise<T> {
  const { method, path, body } = request
  const { cancellation } = attempt
  const sentAt = attempt.now()
  const proof = by.sign(request, sentAt)
  const sending = client.send({
    method,
    path,
    headers: HEADERS.concat(proof.headers),
    body,
    signal: cancellation ?? attempt.signal,
    // Who gives a cancellation ends it in time: a second timer would only cost.
    timeoutMs: cancellation === undefined ? attempt.timeoutMs : undefined,
  })
  return sending.then((response) => read(new Reply(response, sentAt, by, proof, request)))
}

/** An answer with what it is read with; its headers become text where they are looked at. */
class Reply implements WireReply {
  readonly status: number
  readonly body: string
  readonly sentAt: number
  readonly #response: HttpResponse
  readonly #by: Authenticated
  readonly #proof: Proof
  readonly #request: WireRequest

  constructor(response: HttpResponse, sentAt: number, by: Authenticated, proof: Proof, request: WireRequest) {
    this.status = response.status
    this.body = response.body
    this.sentAt = sentAt
    this.#response = response
    this.#by = by
    this.#proof = proof
    this.#request = request
  }

  get authentication(): Authentication {
    return this.#by.authentication
  }

  get headers(): HttpResponse['headers'] {
    return this.#response.headers
  }

  get traceId(): string | undefined {
    return this.#response.header(TRACE_HEADER)
  }

  hidden(): readonly string[] {
    return this.#by.secrets.concat(this.#proof.signature, this.#request.hidden)
  }
}

function isRejected(reply: WireReply, place: Place): boolean {
  const failure = failureOf(reply)
  return failure !== undefined && mapError(failure, place).code === 'KMS_UNAUTHENTICATED'
}

function byToken(token: string, authentication: Authentication): Authenticated {
  return { sign: createRequestSigner({ token }), authentication, secrets: [token] }
}

function byAccount(credentials: { readonly accessKey: string; readonly secretKey: string }): Authenticated {
  const { accessKey, secretKey } = credentials
  return { sign: createRequestSigner(credentials), authentication: 'account', secrets: [secretKey, accessKey] }
}
