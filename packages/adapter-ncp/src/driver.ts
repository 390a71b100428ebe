import type { Attempt, Cancellation, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient, type HttpClient } from '@kmsign/http'
import { createAccessTokens, type Waiter } from './access-tokens.ts'
import { offeredAlgorithms } from './algorithms.ts'
import { assertCredentials, type NcpCredentials } from './credentials.ts'
import { failureOf, type WireReply } from './envelope.ts'
import { mapError, type Place } from './errors.ts'
import type { Authentication } from './failure.ts'
import type { NcpConfig } from './options.ts'
import { createRequestSigner, type RequestSigner, SIGNATURE_HEADER } from './request-signing.ts'
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

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const

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
    signPayload: async ({ payload }, attempt) =>
      fromSignResponse(await ask(toSignRequest(config, payload), attempt), signaturePrefix),
    verifyPayload: async ({ payload, signature, keyVersion }, attempt) => {
      // Nothing is no signature of any key; whether the service calls that invalid or an error is not documented.
      if (signature.length === 0) return false
      const input = { message: payload, signature, ...(keyVersion !== undefined && { keyVersion }) }
      return fromVerifyResponse(await ask(toVerifyRequest(config, input, signaturePrefix), attempt))
    },
    ...(apiVersion === '2.0' && {
      fetchPublicKey: async ({ keyVersion }, attempt) => {
        const { pem, requestId } = fromPublicKeyResponse(await ask(toPublicKeyRequest(config, keyVersion), attempt))
        return {
          spki: pem,
          ...(keyVersion !== undefined && { keyVersion }),
          ...(requestId !== undefined && { requestId }),
        }
      },
      // Tokens are for the key's own operations alone.
      describeKey: async (attempt) =>
        'accessKey' in attempt.credentials ? fromKeyResponse(await ask(toKeyRequest(config), attempt), config) : {},
    }),
    mapError: (error) => mapError(error, place),
    close,
  }
}

/** Sends requests with whatever authenticates them. */
interface Channel {
  ask(request: WireRequest, attempt: Attempt<NcpCredentials>): Promise<WireReply>
  close(): Promise<void>
}

function createChannel(config: NcpConfig, client: HttpClient, place: Place): Channel {
  const known = new WeakMap<NcpCredentials, Authenticated>()

  const tokens = createAccessTokens(async (refreshToken, common) => {
    const by = byToken(refreshToken, 'refresh-token')
    // The exchange serves several attempts: it has the time that one attempt has, not what is left of the first one's.
    const attempt = { ...common, timeoutMs: config.attemptTimeoutMs }
    return fromAccessTokenResponse(await send(client, toAccessTokenRequest(config), by, attempt))
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

  return {
    async ask(request, attempt) {
      const by = known.get(attempt.credentials) ?? (await authenticate(attempt))
      const reply = await send(client, request, by, attempt)
      const [token] = by.secrets
      if (by.authentication === 'renewed-token' && token !== undefined && isRejected(reply, place)) tokens.drop(token)
      return reply
    },
    async close() {
      tokens.close()
      await client.close()
    },
  }
}

async function send(
  client: HttpClient,
  request: WireRequest,
  by: Authenticated,
  attempt: Waiter & { readonly timeoutMs: number; readonly cancellation?: Cancellation },
): Promise<WireReply> {
  const { method, path, body } = request
  const { cancellation } = attempt
  const signal = cancellation ?? attempt.signal
  // Who gives a cancellation ends it in time: a second timer would only cost.
  const timeoutMs = cancellation === undefined ? attempt.timeoutMs : undefined
  const sentAt = attempt.now()
  const proof = by.sign(request, sentAt)
  const reply = await client.send({
    method,
    path,
    headers: Object.assign({}, proof, JSON_HEADERS),
    body,
    signal,
    timeoutMs,
  })
  const hidden = () => by.secrets.concat(proof[SIGNATURE_HEADER] ?? [], request.hidden)
  const { status, headers, body: text } = reply
  return { status, headers, body: text, authentication: by.authentication, sentAt, hidden }
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
