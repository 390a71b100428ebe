// A service that runs in several clouds: the configuration picks the signer, the code below knows none of them.
import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner, isNcpAlgorithm, type NcpSignerOptions } from '@kmsign/adapter-ncp'
import { createVolcengineSigner, isVolcengineAlgorithm, type VolcengineCredentials } from '@kmsign/adapter-volcengine'
import {
  type CredentialsSource,
  createVerifier,
  isSigningAlgorithm,
  joseAlgorithm,
  type PublicKey,
  type Signer,
  type SignResult,
  subscribe,
  verifySignature,
} from '@kmsign/core'

interface Configuration {
  readonly cloud: 'ncp' | 'volcengine' | 'aws'
  readonly key: string
  readonly algorithm: string
  readonly zone?: NcpSignerOptions['zone']
}

const fromVault: CredentialsSource<VolcengineCredentials> = async ({ signal, reason }) => {
  signal.throwIfAborted()
  const secret = await Promise.resolve({ id: 'id', secret: reason })
  return { accessKeyId: secret.id, secretAccessKey: secret.secret, expiresAt: new Date(Date.now() + 3_600_000) }
}

export function openSigner(configuration: Configuration): Signer {
  const { cloud, key, algorithm } = configuration
  if (cloud === 'ncp' && isNcpAlgorithm(algorithm)) {
    const zone = configuration.zone === undefined ? {} : { zone: configuration.zone }
    return createNcpSigner({ keyTag: key, algorithm, integrity: 'require', ...zone })
  }
  if (cloud === 'volcengine' && isVolcengineAlgorithm(algorithm)) {
    return createVolcengineSigner({ keyringName: 'releases', keyName: key, algorithm, credentials: fromVault })
  }
  if (cloud === 'aws' && isSigningAlgorithm(algorithm)) {
    return createAwsSigner({ keyId: key, algorithm, region: 'ap-northeast-2', rateLimit: { perSecond: 50, burst: 10 } })
  }
  throw new TypeError(`${algorithm} is not for ${cloud}`)
}

export interface SignedRelease {
  readonly signature: string
  readonly algorithm: string
  readonly keyId: string
  readonly version: string | undefined
}

export async function signRelease(signer: Signer, archive: AsyncIterable<Uint8Array>): Promise<SignedRelease> {
  let seen = 0
  const onProgress = (progress: { bytes: number }) => {
    seen = progress.bytes
  }
  const result = signer.capabilities.digest
    ? await signer.signStream(archive, { onProgress, timeoutMs: 10_000 })
    : await signer.sign(await readAll(archive, signer.capabilities.maxMessageBytes ?? 4096))
  if (!result.verified || seen < 0) throw new Error('The signature was not checked')
  return describe(result)
}

function describe(result: SignResult): SignedRelease {
  const { signature, algorithm, keyId, keyVersion } = result
  const bytes: Uint8Array = signature
  return { signature: Buffer.from(bytes).toString('base64url'), algorithm, keyId, version: keyVersion }
}

async function readAll(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  const all = Buffer.concat(parts)
  if (all.length > limit) throw new RangeError('Too large')
  return all
}

/** What a web page shows of a key. */
export function publish(key: PublicKey): { pem: string; jwk: string; alg: string | undefined } {
  const jwk = key.toJwk()
  return { pem: key.toPem(), jwk: JSON.stringify(jwk ?? {}), alg: joseAlgorithm('ECDSA_SHA_256', key.keySpec) }
}

export async function checkDownload(pem: string, archive: Buffer, signature: Uint8Array): Promise<boolean> {
  const verifier = createVerifier({ algorithm: 'RSA_PSS_SHA_256', publicKey: pem, pssSaltLength: 'any' })
  const again = await verifySignature({ algorithm: 'RSA_PSS_SHA_256', publicKey: pem, signature, message: archive })
  return again && (await verifier.verify(archive, signature))
}

/** The literal algorithm survives, so a JWT library can be told at compile time. */
export async function signToken(keyTag: string, payload: string): Promise<'ECDSA_SHA_256'> {
  const signer = createNcpSigner({ keyTag, keySpec: 'EC_P256', algorithm: 'ECDSA_SHA_256' })
  const result = await signer.sign(Buffer.from(payload, 'utf8'), {
    encoding: 'p1363',
    signal: new AbortController().signal,
  })
  await signer.close({ timeoutMs: 1000 })
  return result.algorithm
}

export const stopListening = subscribe('kmsign:attempt', (event) => {
  const status: number | undefined = event.httpStatus
  process.stdout.write(`${event.provider} ${event.attempt} ${status ?? event.code ?? ''} ${event.durationMs}\n`)
})
