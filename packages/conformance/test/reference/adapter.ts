import { algorithmsFor, type Signer, type SigningAlgorithm } from '@kmsign/core'
import {
  type CreateSignerOptions,
  createSigner,
  type DriverSignature,
  decodeBase64,
  type Field,
  type OfferedAlgorithm,
  oneOf,
  parseOptions,
  required,
  type SignerDriver,
  signerFields,
} from '@kmsign/core/driver'
import { type Declaration, FAULT_KINDS } from '../../src/declaration.ts'
import type { Harness, KeyChoice, SignerChange, Subject } from '../../src/harness.ts'
import {
  type Backend,
  type Credentials,
  createBackend,
  type Failure,
  RIGHT,
  type SignAnswer,
  versionOf,
  WRONG,
} from './backend.ts'
import { newKey, pemOf } from './signatures.ts'

/** What a declaration of the reference may vary. */
export type Variation = Partial<Omit<Declaration, 'provider' | 'algorithms'>>

/** Everything that a bug may spoil. */
export interface Bug {
  readonly variation?: Variation
  /** Options on their way to the factory. */
  readonly options?: (change: SignerChange) => SignerChange
  readonly driver?: (driver: SignerDriver<Credentials>, world: World) => Partial<SignerDriver<Credentials>>
  readonly signer?: (signer: Signer, world: World) => Partial<Signer> | Signer
  /** Whether the spoilt signer is frozen as the right one is. Default true. */
  readonly frozen?: boolean
  readonly harness?: (harness: Harness, backend: Backend) => Partial<Harness>
}

/** Where a bug happens. */
export interface World {
  readonly backend: Backend
  readonly key: KeyChoice
  readonly change: SignerChange
  /** A signer without the bug, of the same or of another key. */
  sound(key?: KeyChoice, change?: SignerChange): Signer
}

const ALGORITHMS: Declaration['algorithms'] = [
  { algorithm: 'ECDSA_SHA_256', keySpec: 'EC_P256' },
  { algorithm: 'RSA_PSS_SHA_256', keySpec: 'RSA_2048', digest: false, messageBytes: [0, 700] },
  { algorithm: 'RSA_PKCS1_SHA_256', keySpec: 'RSA_2048' },
  { algorithm: 'ED25519', keySpec: 'ED25519', digest: false },
]

/** A real driver over keys in this process, behind core's own createSigner, with a bug or without. */
export function referenceSubject(bug: Bug = {}): Subject {
  const declaration = declare(bug.variation ?? {})
  return {
    declaration,
    async start(need) {
      const backend = createBackend(need, declaration.rotation, declaration.clock)
      return openHarness(declaration, backend, bug)
    },
  }
}

function declare(variation: Variation): Declaration {
  const abilities = { digest: true, remoteVerify: true, publicKey: true, rotation: true, disable: true, clock: true }
  const full = { ...abilities, requests: true, messageBytes: [0, 4096], faults: FAULT_KINDS } as const
  // Digests are taken by all of the first pairs, or by none.
  const algorithms = variation.digest === false ? withoutDigests() : ALGORITHMS
  return { provider: 'reference', algorithms, ...full, ...variation }
}

function withoutDigests(): Declaration['algorithms'] {
  const [first, ...others] = ALGORITHMS.map((pair) => ({ ...pair, digest: false }))
  return first === undefined ? ALGORITHMS : [first, ...others]
}

function openHarness(declaration: Declaration, backend: Backend, bug: Bug): Harness {
  const make = (key: KeyChoice, options: SignerChange & { algorithm: SigningAlgorithm }, spoilt: Bug): Signer => {
    const change = spoilt.options?.(options) ?? options
    const sound: World['sound'] = (other = key, more = {}) => make(other, { ...options, ...more }, {})
    const world: World = { backend, key, change, sound }
    const driver = referenceDriver(declaration, backend, key)
    const { algorithm, ...parsed } = parseOptions(
      'reference',
      withCredentials({ algorithm: options.algorithm, ...change }),
      FIELDS,
    )
    const given = Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined))
    const signer = createSigner(
      { ...driver, ...spoilt.driver?.(driver, world) },
      algorithm,
      given as CreateSignerOptions<Credentials>,
    )
    if (spoilt.signer === undefined) return signer
    const changed = { ...signer, ...spoilt.signer(signer, world) }
    return spoilt.frozen === false ? changed : Object.freeze(changed)
  }
  const harness: Harness = {
    secrets: [RIGHT.secret, WRONG.secret],
    signer: (key, options) => make(key, options, bug),
    publicKey: async (key, version) => {
      const found = versionOf(backend.keys[key], version)
      if (found === undefined) throw new Error('no such version')
      return pemOf(found)
    },
    fault: (kind, settings) => backend.addFault(kind, settings),
    requests: () => backend.log,
    rotate: async (key) => {
      const { versions } = backend.keys[key]
      return String(versions.push(newKey('EC_P256', 'next')))
    },
    disable: async (key) => {
      backend.keys[key].disabled = true
    },
    close: async () => {},
  }
  return { ...harness, ...bug.harness?.(harness, backend) }
}

const credentials: Field<Credentials | (() => Promise<Credentials>)> = (value, path, report) => {
  if (typeof value === 'function' || typeof value === 'object') return value as Credentials
  report(path, 'expected credentials or a function')
}

const FIELDS = {
  ...signerFields,
  algorithm: required(oneOf(ALGORITHMS.map(({ algorithm }) => algorithm))),
  credentials: required(credentials),
}

function withCredentials<T extends SignerChange>(change: T): object {
  const choice = change.credentials ?? 'right'
  return { ...change, credentials: choice === 'right' ? RIGHT : choice === 'wrong' ? WRONG : choice }
}

function referenceDriver(declaration: Declaration, backend: Backend, key: KeyChoice): SignerDriver<Credentials> {
  const keyId = key === 'unknown' ? 'reference-none' : backend.keys[key].id
  return {
    apiVersion: 1,
    provider: 'reference',
    keyId,
    quotaScope: `reference:${backend.keys[0].id}`,
    publicKeyBy: declaration.publicKey ? (declaration.rotation ? 'version' : 'key') : 'none',
    algorithms: offered(declaration),
    signPayload: async (request, attempt) => fromAnswer(await backend.sign({ keyId, ...request }, attempt)),
    ...(declaration.remoteVerify && {
      verifyPayload: (request, attempt) => backend.verify({ keyId, ...request }, attempt),
    }),
    ...(declaration.publicKey && {
      fetchPublicKey: async ({ keyVersion }, attempt) => ({
        spki: await backend.publicKey({ keyId, ...(keyVersion && { keyVersion }) }, attempt),
        ...(keyVersion && { keyVersion }),
      }),
    }),
    mapError: (error) => (error as Failure).mapped ?? { code: 'KMS_UNKNOWN', phase: 'response' },
  }
}

/** The signature of an answer, read strictly unless a bug reads it in another way. */
export function fromAnswer(
  { base64, keyVersion }: SignAnswer,
  decode: (base64: string) => Uint8Array | undefined = decodeBase64,
): DriverSignature {
  const signature = decode(base64)
  const failure: Failure = { mapped: { code: 'KMS_INVALID_RESPONSE', phase: 'response' } }
  if (signature === undefined) throw failure
  return { signature, ...(keyVersion && { keyVersion }) }
}

function offered({ algorithms, messageBytes, digest }: Declaration): SignerDriver['algorithms'] {
  const rows = algorithms.map((pair): [SigningAlgorithm, OfferedAlgorithm] => {
    const [minBytes, maxBytes] = pair.messageBytes ?? messageBytes
    const takes = (pair.digest ?? digest) && { digest: { minBytes: 32, maxBytes: 32 } }
    const [encoding] = algorithmsFor(pair.keySpec).includes('ECDSA_SHA_256') ? (['der'] as const) : (['raw'] as const)
    const offer = { payloads: { message: { minBytes, maxBytes }, ...takes }, encodings: [encoding] as const }
    return [pair.algorithm, { ...offer, pssSalt: 'digest' }]
  })
  return Object.fromEntries(rows)
}
