import { type AlgorithmFor, algorithmsFor, type KeySpec, type SigningAlgorithm } from '@kmsign/core'

/**
 * What can go wrong with one answer, in words that fit every provider. A harness turns each into whatever its backend
 * can do.
 */
export const FAULT_KINDS = Object.freeze([
  /** The provider's own rate limit answer. */
  'throttled',
  /** 503 in the provider's shape. */
  'unavailable',
  /** 500 in the provider's shape. */
  'internal',
  /** 504 of a gateway before the provider. */
  'gateway-timeout',
  /** A client error with a code that nobody has documented. */
  'unknown-code',
  /** Authenticated, but not allowed. */
  'denied',
  /** A load balancer's HTML page with status 502. */
  'page',
  /** A redirect to another address. */
  'redirect',
  /** No answer at all. */
  'hang',
  /** The right answer after `ms` milliseconds. */
  'slow',
  /** The connection is reset before any byte of the answer. */
  'reset',
  /** The connection ends inside the body. */
  'truncated',
  /** Status 200 with a text that is not JSON. */
  'not-json',
  /** Status 200 with `{}`. */
  'empty',
  /**
   * The right answer with white space behind it, in all far larger than anything sensible: whoever reads it to its end
   * has a signature, or a key.
   */
  'oversized',
  /** One bit of the signature is flipped. */
  'corrupt-signature',
  /** A valid signature over the same message by another key. */
  'swapped-signature',
  /** A signature over the hash of the hash. */
  'double-hash',
  /** A right signature under the id or version of another key. */
  'wrong-key-id',
  /** The right answer, a line break behind the signature's base64. */
  'base64-whitespace',
  /** The right answer, the signature's base64 without its padding. */
  'base64-unpadded',
  /** The right answer, the signature's base64 in the alphabet of URLs. */
  'base64-url',
  /** The right answer, something else behind the signature's base64. */
  'base64-trailing',
  /** A refusal that repeats payload, credentials and proofs of the request, as far as they were sent. */
  'echo',
] as const)

/** See {@link FAULT_KINDS}. May grow in a minor version. */
export type FaultKind = (typeof FAULT_KINDS)[number]

/** The smallest and the largest message that the provider takes as it is. */
export type MessageBytes = readonly [min: number, max: number]

/** One algorithm with one key spec. */
export interface AlgorithmDeclaration<A extends SigningAlgorithm = SigningAlgorithm> {
  /** The scheme and hash. */
  readonly algorithm: A
  /** The type and size of the key. */
  readonly keySpec: KeySpec
  /** Differs from the adapter's `digest` for this algorithm alone. */
  readonly digest?: boolean
  /** Differs from the adapter's `messageBytes` for this algorithm alone. */
  readonly messageBytes?: MessageBytes
  /** False: neither this runtime nor the harness can judge it; the adapter's own remote verification stands in. */
  readonly judged?: boolean
}

/**
 * Every algorithm of each key spec, in order. Pure Ed25519 takes no digests anywhere; ML-DSA is not judged, because not
 * every supported runtime can.
 */
export function everyAlgorithmOf<K extends KeySpec>(
  first: K,
  ...others: readonly K[]
): readonly [AlgorithmDeclaration<AlgorithmFor<K>>, ...AlgorithmDeclaration<AlgorithmFor<K>>[]] {
  const pairs = [first, ...others].flatMap((keySpec) => algorithmsFor(keySpec).map((name) => declare(name, keySpec)))
  // No key spec is without an algorithm.
  return pairs as [AlgorithmDeclaration<AlgorithmFor<K>>]
}

function declare<A extends SigningAlgorithm>(algorithm: A, keySpec: KeySpec): AlgorithmDeclaration<A> {
  if (algorithm === 'ED25519') return { algorithm, keySpec, digest: false }
  return algorithm === 'ML_DSA' ? { algorithm, keySpec, judged: false } : { algorithm, keySpec }
}

/** What an adapter and its backend can do. Whatever is declared absent is tested for its documented refusal. */
export interface Declaration<A extends SigningAlgorithm = SigningAlgorithm> {
  /** `signer.provider`. */
  readonly provider: string
  /** Every pair to be tested. The first is used wherever the algorithm does not matter: choose a fast one. */
  readonly algorithms: readonly [AlgorithmDeclaration<A>, ...AlgorithmDeclaration<A>[]]
  /** `signDigest` works. */
  readonly digest: boolean
  /** Of every algorithm that says nothing else. */
  readonly messageBytes: MessageBytes
  /** `verify` with mode `remote` works. */
  readonly remoteVerify: boolean
  /** The public key can be fetched. */
  readonly publicKey: boolean
  /** Keys have versions, and the harness can make a new one. */
  readonly rotation: boolean
  /** The harness can disable a key. */
  readonly disable: boolean
  /** The provider refuses requests whose time is an hour off, and its answers say what time it is. */
  readonly clock: boolean
  /** The harness shows which requests arrived. */
  readonly requests: boolean
  /** Faults that the harness can script; none against a real cloud. */
  readonly faults: readonly FaultKind[]
  /** A real cloud, where requests cost money: rare signatures are then not searched for. Default false. */
  readonly live?: boolean
}
