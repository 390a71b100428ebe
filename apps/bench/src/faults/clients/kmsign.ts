import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner } from '@kmsign/adapter-ncp'
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
import type { PublicKeyInput, Signer } from '@kmsign/core'
import type { Credentials, MeasuredClient, OurClient, Target } from './client.ts'

/** What a section changes; left out, everything is as a user gets it. */
export interface SignerChange {
  readonly timeoutMs?: number
  readonly attemptTimeoutMs?: number
  readonly maxAttempts?: number
  readonly publicKey?: PublicKeyInput
  /** Credentials that change; in place of those of the target. */
  readonly rotate?: () => Promise<Credentials & { readonly expiresAt: Date }>
}

/** One of our three signers, with integrity `auto` as it is by default. */
export function createSigner(name: OurClient, target: Target, change: SignerChange = {}): Signer {
  const { rotate, ...options } = change
  const common = { algorithm: 'ECDSA_SHA_256' as const, baseUrl: target.url, ...options }
  const { credentials, keyId, region } = target
  if (name === 'kmsign ncp') {
    const source = rotate === undefined ? ncpCredentials(credentials) : async () => ncpCredentials(await rotate())
    return createNcpSigner({ ...common, keyTag: keyId, credentials: source })
  }
  const source = rotate ?? credentials
  if (name === 'kmsign aws') return createAwsSigner({ ...common, keyId, region, credentials: source })
  return createVolcengineSigner({ ...common, keyId, region, credentials: source })
}

export function kmsignClient(name: OurClient, target: Target, change: SignerChange = {}): MeasuredClient {
  const signer = createSigner(name, target, change)
  return {
    sign: async (message) => (await signer.sign(message)).signature,
    close: () => signer.close({ timeoutMs: 1 }),
  }
}

function ncpCredentials<C extends Credentials & { readonly expiresAt?: Date }>(credentials: C) {
  const { accessKeyId: accessKey, secretAccessKey: secretKey, expiresAt } = credentials
  return { accessKey, secretKey, ...(expiresAt === undefined ? {} : { expiresAt }) }
}
