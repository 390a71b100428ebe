import {
  createSigner,
  type Field,
  flag,
  group,
  isKeySpec,
  type KeySpec,
  KMS_ERRORS,
  type KmsErrorCode,
  oneOf,
  optional,
  parseOptions,
  rowsForAlgorithm,
  SIGNING_ALGORITHMS,
  type Signer,
  type SignerCapabilities,
  type SigningAlgorithm,
  text,
  wholeNumber,
  withDefault,
} from './internal.ts'
import { localDriver, type TestSignerSettings } from './local-driver.ts'
import { createLocalKey } from './local-key.ts'

/** Options of {@link createTestSigner}. */
export interface TestSignerOptions<A extends SigningAlgorithm = 'ECDSA_SHA_256'> {
  /** Default `ECDSA_SHA_256`. */
  readonly algorithm?: A
  /** Default: the first that fits the algorithm. */
  readonly keySpec?: KeySpec
  /** PKCS#8 PEM; left out: a fresh key. */
  readonly privateKey?: string
  /** Outcomes of the next sign requests, oldest first; undefined is a success. After the last all succeed. */
  readonly fail?: readonly (KmsErrorCode | undefined)[]
  /** Takes away what the provider to be imitated lacks, or sets its message limit in bytes. */
  readonly capabilities?: Partial<SignerCapabilities>
  /** Label in events, errors and metrics. */
  readonly name?: string
}

/** A signer whose key lives in this process. */
export interface TestSigner<A extends SigningAlgorithm = SigningAlgorithm> extends Signer<A> {
  /** The requests so far, oldest first. */
  readonly calls: readonly { readonly operation: string; readonly bytes: number }[]
  /** Makes a new version of the key and returns its name. Earlier versions go on verifying. */
  rotate(): string
}

const outcomes: Field<readonly (KmsErrorCode | undefined)[]> = (value, path, report) => {
  const known = (code: unknown) => code === undefined || (typeof code === 'string' && Object.hasOwn(KMS_ERRORS, code))
  if (Array.isArray(value) && value.every(known)) return [...value]
  report(path, 'expected an array of error codes and undefined')
}

const keySpec: Field<KeySpec> = (value, path, report) => {
  if (isKeySpec(value)) return value
  report(path, 'expected a key spec')
}

const FIELDS = {
  algorithm: withDefault(oneOf<SigningAlgorithm>(SIGNING_ALGORITHMS), 'ECDSA_SHA_256'),
  keySpec: optional(keySpec),
  privateKey: optional(text({ max: 65_536, pattern: /^[\s\S]*$/, expected: 'a PKCS#8 PEM' })),
  fail: withDefault(outcomes, []),
  capabilities: withDefault(
    group({
      digest: optional(flag),
      maxMessageBytes: optional(wholeNumber(1, 2 ** 31)),
      remoteVerify: optional(flag),
      publicKey: optional(flag),
    }),
    { digest: undefined, maxMessageBytes: undefined, remoteVerify: undefined, publicKey: undefined },
  ),
  name: optional(text({ max: 128 })),
} as const

/**
 * A key in this process behind the real `createSigner`, for tests and local development: retries, verification, events
 * and errors are those of production. `provider` is `local`. Never use it for signatures that matter.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` for wrong options or a private key that does not fit.
 */
export function createTestSigner<A extends SigningAlgorithm = 'ECDSA_SHA_256'>(
  options: TestSignerOptions<A> = {},
): TestSigner<A> {
  const parsed = parseOptions('local', options, FIELDS)
  const algorithm = parsed.algorithm as A
  // Every algorithm has a key spec.
  const spec = parsed.keySpec ?? (rowsForAlgorithm(algorithm)[0]?.keySpec as KeySpec)
  const settings: TestSignerSettings = { ...parsed, algorithm, keySpec: spec }
  const driver = localDriver(settings, createLocalKey(algorithm, spec, parsed.privateKey))
  const name = parsed.name === undefined ? {} : { name: parsed.name }
  const signer = createSigner(driver, algorithm, { ...name, keySpec: spec, credentials: undefined })
  return Object.freeze({ ...signer, calls: driver.calls, rotate: driver.rotate })
}
