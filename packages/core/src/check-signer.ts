import { randomBytes } from 'node:crypto'
import { describeType } from './bytes.ts'
import type { CallOptions, Signer } from './contract.ts'
import { isKmsError, type KmsError } from './errors.ts'

/** What {@link checkSigner} found. Frozen. */
export type SignerCheck =
  | {
      readonly ready: true
      /** Whether the signature was checked against the public key, as in a `SignResult`. */
      readonly verified: boolean
      /** Milliseconds for the whole check. */
      readonly durationMs: number
      /** Sign requests that were sent. */
      readonly attempts: number
      /** The version of the key that signed, where the provider has versions. */
      readonly keyVersion?: string
    }
  | {
      readonly ready: false
      /** Why; `error.retryable` tells what may pass from what somebody has to fix. */
      readonly error: KmsError
      /** Milliseconds for the whole check. */
      readonly durationMs: number
    }

/**
 * What every probe begins with, before 32 random bytes: a signature over it can stand for nothing else, as long as no
 * message of the application begins so.
 */
const PREFIX = 'kmsign readiness probe v1\n'
const RANDOM_BYTES = 32

/**
 * Whether a signer can sign at this moment, for readiness probes: key, permission, credentials, connection and integrity
 * are all tried by one real signature over the fixed text `kmsign readiness probe v1`, a line feed and 32 random bytes.
 * Never a message of the caller; probe and signature are dropped.
 *
 * Every check costs what a signature costs: one sign request that the provider bills and counts against its rate limit,
 * repeats included, and the first one the request for the public key. Ask every half a minute, not for every visitor,
 * and set `timeoutMs` below the timeout of whoever asks.
 *
 * @param options `signal` and `timeoutMs` (milliseconds; default: the signer's own) as for `signer.sign`
 * @returns what was found; a `KmsError` of any code is a finding and not thrown, `KMS_SIGNER_CLOSED` included
 * @throws TypeError for something that is not a signer or for wrong options; the reason of the caller's own signal,
 *   unchanged.
 * @example
 * const check = await checkSigner(signer, { timeoutMs: 2_000 })
 * response.writeHead(check.ready ? 200 : 503).end(check.ready ? 'ready' : check.error.code)
 */
export async function checkSigner(signer: Signer, options?: CallOptions): Promise<SignerCheck> {
  if (typeof (signer as Signer | null | undefined)?.sign !== 'function') {
    throw new TypeError(`signer must be a signer, got ${describeType(signer)}.`)
  }
  // What is in them is checked by `sign`.
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new TypeError(`options must be an object, got ${describeType(options)}.`)
  }
  const { signal, timeoutMs } = options ?? {}
  const given = { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  const startedAt = performance.now()
  try {
    const { verified, attempts, keyVersion } = await signer.sign(makeProbe(), given)
    const durationMs = performance.now() - startedAt
    return Object.freeze({ ready: true, verified, durationMs, attempts, ...(keyVersion && { keyVersion }) })
  } catch (error) {
    // The reason may be a KmsError of another call: it is the caller's own all the same.
    const aborted = signal?.aborted === true && error === signal.reason
    if (aborted || !isKmsError(error)) throw error
    return Object.freeze({ ready: false, error, durationMs: performance.now() - startedAt })
  }
}

function makeProbe(): Uint8Array {
  return Buffer.concat([Buffer.from(PREFIX, 'utf8'), randomBytes(RANDOM_BYTES)])
}
