import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import { createHttpClient } from '@kmsign/http'
import { offeredAlgorithms } from './algorithms.ts'
import { mapError } from './errors.ts'
import type { TransitConfig } from './options.ts'
import {
  assertCredentials,
  createRequestSigner,
  type RequestSigner,
  type TransitCredentials,
} from './request-signing.ts'
import {
  fromKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  toKeyRequest,
  toSignRequest,
  toVerifyRequest,
  type WireReply,
  type WireRequest,
} from './wire.ts'

/** Speaks to a transit engine for one key. Holds no policy and catches nothing. */
export function createTransitDriver(config: TransitConfig): SignerDriver<TransitCredentials> {
  const client = createHttpClient(config.http)
  const place = Object.freeze({ origin: client.origin, mount: config.mount })
  const signerOf = rememberSigners()

  const ask = async (request: WireRequest, attempt: Attempt<TransitCredentials>): Promise<WireReply> => {
    const proof = signerOf(attempt.credentials)()
    const { status, headers, body } = await client.send({
      method: request.method,
      path: request.path,
      headers: { ...proof, 'x-vault-request': 'true', 'content-type': 'application/json' },
      body: request.body,
      signal: attempt.cancellation ?? attempt.signal,
      timeoutMs: attempt.timeoutMs,
    })
    const hidden = () => [...Object.values(proof), ...request.hidden]
    return { status, headers, body, receivedAt: attempt.now(), hidden }
  }

  return {
    apiVersion: 1,
    provider: 'transit',
    keyId: config.keyName,
    // Operators set rate limits for the server, a namespace or a mount.
    quotaScope: `transit:${client.origin}:${config.mount}`,
    // Keys rotate, and only the prefix of a signature says which version made it.
    publicKeyBy: 'version',
    algorithms: offeredAlgorithms(config.maxMessageBytes),
    signPayload: async (request, attempt) => fromSignResponse(await ask(toSignRequest(config, request), attempt)),
    verifyPayload: async (request, attempt) => fromVerifyResponse(await ask(toVerifyRequest(config, request), attempt)),
    fetchPublicKey: async ({ keyVersion }, attempt) =>
      fromKeyResponse(await ask(toKeyRequest(config), attempt), keyVersion),
    mapError: (error) => mapError(error, place),
    close: () => client.close(),
  }
}

/** Core gives the same object for the same credentials, so each is checked and prepared once. */
function rememberSigners(): (credentials: TransitCredentials) => RequestSigner {
  const known = new WeakMap<TransitCredentials, RequestSigner>()
  return (credentials) => {
    const prepared = known.get(credentials)
    if (prepared !== undefined) return prepared
    assertCredentials(credentials)
    const signer = createRequestSigner(credentials)
    known.set(credentials, signer)
    return signer
  }
}
