// An adapter for a KMS that kmsign does not know, by someone else.
import type { PublicKeyInput, Signer, SignerOptions } from '@kmsign/core'
import {
  type Attempt,
  createSigner,
  type DriverPublicKey,
  type DriverSignature,
  type MappedError,
  type OfferedAlgorithm,
  type PayloadKind,
  type SignerDriver,
  type SignRequest,
} from '@kmsign/core/driver'

interface HouseCredentials {
  readonly token: string
}
export interface HouseSignerOptions extends SignerOptions<HouseCredentials> {
  readonly keyName: string
}
type Send = (path: string, body: string, signal: AbortSignal) => Promise<Record<string, string>>

const bounds = { minBytes: 0, maxBytes: 4096 }
const ecdsa: OfferedAlgorithm = { payloads: { message: bounds, digest: bounds }, encodings: ['der', 'p1363'] }
const kinds: Record<PayloadKind, string> = { message: 'RAW', digest: 'DIGEST', mu: 'MU' }

export function createHouseSigner(options: HouseSignerOptions, send: Send): Signer<'ECDSA_SHA_256'> {
  const { keyName, ...rest } = options
  return createSigner(houseDriver(keyName, send), 'ECDSA_SHA_256', rest)
}

function houseDriver(keyName: string, send: Send): SignerDriver<HouseCredentials> {
  const call = (
    path: string,
    body: object,
    { signal, credentials, number, timeoutMs, now }: Attempt<HouseCredentials>,
  ) => send(path, JSON.stringify({ ...body, token: credentials.token, number, timeoutMs, at: now() }), signal)
  return {
    apiVersion: 1,
    provider: 'house',
    keyId: keyName,
    quotaScope: 'house',
    publicKeyBy: 'key',
    algorithms: { ECDSA_SHA_256: ecdsa },
    async signPayload(request: SignRequest, attempt): Promise<DriverSignature> {
      const body = { kind: kinds[request.kind], payload: Buffer.from(request.payload).toString('base64') }
      const answer = await call('/sign', body, attempt)
      return { signature: Buffer.from(answer['signature'] ?? '', 'base64'), keyVersion: answer['version'] ?? '1' }
    },
    async verifyPayload(request, attempt): Promise<boolean> {
      return (await call('/verify', { version: request.keyVersion }, attempt))['valid'] === 'yes'
    },
    async fetchPublicKey(request, attempt): Promise<DriverPublicKey> {
      const answer = await call('/key', request, attempt)
      const spki: PublicKeyInput = answer['pem'] ?? ''
      return { spki, keySpec: 'EC_P256' }
    },
    mapError(error): MappedError {
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      return { code: timedOut ? 'KMS_TIMEOUT' : 'KMS_UNKNOWN', phase: 'request', retry: 'never' }
    },
    async close() {},
  }
}
