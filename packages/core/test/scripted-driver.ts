import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Attempt, DriverSignature, MappedError, SignerDriver, SignRequest } from '@kmsign/core/driver'

/** What a scripted driver does with one request: answer, fail in the terms of the error model, or anything else. */
export type Step = (attempt: Attempt<Credentials>, request: SignRequest) => Promise<DriverSignature>
export interface Credentials {
  readonly token: string
}

export const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let scopes = 0

/** A signature by `key` as the provider would make it. */
export function signatureBy(key: { privateKey: KeyObject } = KEY, extra: Partial<DriverSignature> = {}): Step {
  return async (_attempt, { kind, payload }) => {
    if (kind !== 'message') throw failure({ code: 'KMS_UNSUPPORTED', phase: 'response' })
    return { signature: new Uint8Array(sign('sha256', payload, key.privateKey)), ...extra }
  }
}

export const succeed = signatureBy()

/** A failure that `mapError` passes on as it is. */
function failure(mapped: MappedError): object {
  return { mapped }
}

export function fail(code: MappedError['code'], more: Partial<MappedError> = {}): Step {
  return async () => {
    throw failure({ code, phase: 'response', ...more })
  }
}

/** Never settles unless its attempt is aborted; or not even then. */
export function hang({ deaf = false } = {}): Step {
  return ({ signal }) =>
    new Promise((_resolve, reject) => {
      if (!deaf) signal.addEventListener('abort', () => reject(signal.reason))
    })
}

export interface ScriptedDriver extends SignerDriver<Credentials> {
  readonly attempts: Attempt<Credentials>[]
  readonly keyRequests: (string | undefined)[]
  readonly verifications: number
  closed: number
}

/** A driver that plays steps in order, the last one again and again. Everything else is the real core. */
export function scriptedDriver(
  steps: readonly Step[],
  more: Partial<SignerDriver<Credentials>> & { readonly publicKey?: KeyObject | (() => KeyObject) } = {},
): ScriptedDriver {
  scopes += 1
  const { publicKey = KEY.publicKey, ...overrides } = more
  const attempts: Attempt<Credentials>[] = []
  const keyRequests: (string | undefined)[] = []
  const driver = {
    apiVersion: 1 as const,
    provider: 'scripted',
    keyId: 'key-1',
    quotaScope: `scripted:${scopes}`,
    publicKeyBy: 'key' as const,
    algorithms: {
      ECDSA_SHA_256: { payloads: { message: { minBytes: 0, maxBytes: 100 } }, encodings: ['der'] as const },
    },
    signPayload: async (request: SignRequest, attempt: Attempt<Credentials>) => {
      attempts.push(attempt)
      const step = steps[Math.min(attempts.length, steps.length) - 1] ?? succeed
      return step(attempt, request)
    },
    fetchPublicKey: async ({ keyVersion }: { readonly keyVersion?: string }) => {
      keyRequests.push(keyVersion)
      const key = typeof publicKey === 'function' ? publicKey() : publicKey
      return { spki: key, ...(keyVersion && { keyVersion }) }
    },
    mapError: (error: unknown) =>
      (error as { mapped?: MappedError } | undefined)?.mapped ?? {
        code: 'KMS_UNKNOWN' as const,
        phase: 'response' as const,
      },
    close: async () => {
      driver.closed += 1
    },
    ...overrides,
    attempts,
    keyRequests,
    verifications: 0,
    closed: 0,
  }
  return driver
}
