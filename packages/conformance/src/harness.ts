import type { KeySpec, Signer, SignerOptions, SigningAlgorithm } from '@kmsign/core'
import type { Declaration, FaultKind } from './declaration.ts'

/** One of the two keys of a harness, or one that does not exist. */
export type KeyChoice = 0 | 1 | 'unknown'

/**
 * Options of one signer, over the ones that the harness gives by itself (key, address, right credentials). All of them go
 * to the factory as they came: the kit hands in unknown names and values of the wrong type on purpose.
 */
export type SignerChange = Omit<
  SignerOptions<never>,
  'credentials' | 'baseUrl' | 'allowInsecureHttp' | 'proxy' | 'tls'
> & {
  /**
   * Whose proof of identity the signer uses. `right`, as when it is left out: the credentials that the backend knows.
   * `wrong`: the same identity with a secret (or token) that the backend does not know, so that every request is refused
   * as unauthenticated. A function, and anything else, is handed to the factory as it is.
   */
  readonly credentials?: 'right' | 'wrong' | (() => Promise<never>)
}

/** What to spoil. */
export interface FaultSettings {
  /** Requests of this kind only. Default `sign`. */
  readonly operation?: 'sign' | 'verify' | 'getPublicKey'
  /** How many of them. Default 1. */
  readonly times?: number
  /** For `slow`: milliseconds before the answer. */
  readonly ms?: number
}

/**
 * A backend with two keys, fresh for one test: no fault is pending, no request was counted, nothing is disabled. Keys may
 * be used again as long as no test has changed them.
 */
export interface Harness<A extends SigningAlgorithm = SigningAlgorithm> {
  /** A new signer. Throws what the factory throws. */
  signer(key: KeyChoice, options: SignerChange & { readonly algorithm: A }): Signer
  /** The public key (PEM), by another way than through the adapter. `version`: of that version. */
  publicKey(key: 0 | 1, version?: string): Promise<string>
  /** Texts that must never be seen: secrets, tokens, those of the wrong credentials too. */
  readonly secrets: readonly string[]
  /** Spoils the next answers. Needed when `faults` are declared. */
  fault?(kind: FaultKind, settings: Required<FaultSettings>): void
  /** `sign`, `verify`, `getPublicKey` and what else arrived for the provider, oldest first. Needed for `requests`. */
  requests?(): readonly string[]
  /** Makes a new version of a key and returns its name. Needed for `rotation`. */
  rotate?(key: 0 | 1): Promise<string>
  /** Needed for `disable`. */
  disable?(key: 0 | 1): Promise<void>
  /** Ends the backend. */
  close(): Promise<void>
}

/** What a test needs its two keys for. */
export interface KeyNeed<A extends SigningAlgorithm = SigningAlgorithm> {
  /** The scheme and hash. */
  readonly algorithm: A
  /** The type and size of both keys. */
  readonly keySpec: KeySpec
}

/** An adapter under test. */
export interface Subject<A extends SigningAlgorithm = SigningAlgorithm> {
  /** What the adapter and its provider can do. */
  readonly declaration: Declaration<A>
  /** Called once for each test; both keys fit `need`. */
  start(need: KeyNeed<A>): Promise<Harness<A>>
  /** Called once, after the last test. */
  finish?(): Promise<void>
}
