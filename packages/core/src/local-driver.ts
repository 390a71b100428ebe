import {
  algorithmFacts,
  type DriverSignature,
  type KeySpec,
  type KmsErrorCode,
  type MappedError,
  type OfferedAlgorithm,
  parseSm2UserId,
  type SignerCapabilities,
  type SignerDriver,
  type SigningAlgorithm,
  type SignRequest,
  verifySignature,
} from './internal.ts'
import { createLocalKey, type LocalKey } from './local-key.ts'

/** What the test signer was asked to be. */
export interface TestSignerSettings {
  readonly algorithm: SigningAlgorithm
  readonly keySpec: KeySpec
  readonly fail: readonly (KmsErrorCode | undefined)[]
  readonly capabilities: { readonly [K in keyof SignerCapabilities]?: SignerCapabilities[K] | undefined }
}

/** A driver over keys in this process, one per version. */
export interface LocalDriver extends SignerDriver<undefined> {
  readonly calls: readonly { readonly operation: string; readonly bytes: number }[]
  rotate(): string
}

const MAX_MESSAGE_BYTES = 4_096
let made = 0

export function localDriver(settings: TestSignerSettings, first: LocalKey): LocalDriver {
  const { algorithm, keySpec, capabilities } = settings
  const keys = [first]
  let latest = first
  const calls: { readonly operation: string; readonly bytes: number }[] = []
  const outcomes = [...settings.fail]
  made += 1
  const keyId = `test-key-${made}`
  const keyOf = (version: string | undefined) => keys[(version === undefined ? keys.length : Number(version)) - 1]

  const signPayload = async ({ kind, payload }: SignRequest): Promise<DriverSignature> => {
    calls.push({ operation: 'sign', bytes: payload.length })
    const code = outcomes.shift()
    if (code !== undefined) throw { code } satisfies Failure
    const [key, keyVersion, requestId] = [latest, String(keys.length), `test-${calls.length}`]
    return { signature: await key.sign(kind, payload, parseSm2UserId(undefined)), keyId, keyVersion, requestId }
  }

  const verifyPayload: SignerDriver['verifyPayload'] = async ({ kind, payload, signature, keyVersion }) => {
    calls.push({ operation: 'verify', bytes: payload.length })
    const key = keyOf(keyVersion)
    if (key === undefined) throw { code: 'KMS_KEY_NOT_FOUND' } satisfies Failure
    const signed = kind === 'message' ? { message: payload } : { digest: payload }
    return verifySignature({ algorithm, publicKey: key.spki, signature, ...signed })
  }

  const fetchPublicKey: SignerDriver['fetchPublicKey'] = async ({ keyVersion }) => {
    calls.push({ operation: 'getPublicKey', bytes: 0 })
    const key = keyOf(keyVersion)
    if (key === undefined) throw { code: 'KMS_KEY_NOT_FOUND' } satisfies Failure
    return { spki: key.spki, keyId, keyVersion: keyVersion ?? String(keys.length), keySpec }
  }

  return {
    apiVersion: 1,
    provider: 'local',
    keyId,
    quotaScope: `local:${keyId}`,
    publicKeyBy: capabilities.publicKey === false ? 'none' : 'version',
    algorithms: { [algorithm]: offerOf(settings) },
    signPayload,
    ...(capabilities.remoteVerify === false ? {} : { verifyPayload }),
    ...(capabilities.publicKey === false ? {} : { fetchPublicKey }),
    mapError: (error): MappedError => ({ code: (error as Failure).code, phase: 'response' }),
    calls,
    rotate() {
      latest = createLocalKey(algorithm, keySpec)
      return String(keys.push(latest))
    },
  }
}

interface Failure {
  readonly code: KmsErrorCode
}

function offerOf({ algorithm, capabilities }: TestSignerSettings): OfferedAlgorithm {
  const { digestBytes, encodings, payloads } = algorithmFacts(algorithm)
  const kinds = payloads.filter((kind) => kind !== 'message' && capabilities.digest !== false)
  const digest = kinds.map((kind) => [kind, { minBytes: digestBytes, maxBytes: digestBytes }])
  const message = { minBytes: 0, maxBytes: capabilities.maxMessageBytes ?? MAX_MESSAGE_BYTES }
  return {
    payloads: { message, ...Object.fromEntries(digest) },
    encodings: [encodings[0]],
    pssSalt: 'digest',
  }
}
