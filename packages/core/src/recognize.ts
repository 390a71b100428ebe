import type { SignatureEncoding } from './algorithms.ts'
import { type AlgorithmRow, rowsForKeySpec, type SigningAlgorithm } from './algorithms.ts'
import type { Bytes } from './bytes.ts'
import { checkSignature, measurePssSalt, type Payload } from './check-signature.ts'
import type { OfferedAlgorithm } from './driver-contract.ts'
import type { PublicKey } from './public-key.ts'
import { normalizeSignature } from './signature-encoding.ts'

/** How a signature is really written, found out with the public key or documented. */
export interface WireForm {
  readonly encoding: SignatureEncoding
  /** RSA-PSS only; undefined when it is neither documented nor measured. */
  readonly pssSaltLength?: number
}

/** What a signature is held against. */
export interface Expectation {
  readonly row: AlgorithmRow
  readonly offered: OfferedAlgorithm
  readonly sm2UserId: Uint8Array
}

/**
 * Finds the form in which a signature verifies, the one learned before first. Undefined: under none that the provider's
 * documents leave open.
 */
export async function recognize(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  expected: Expectation,
  learned: WireForm | undefined,
): Promise<WireForm | undefined> {
  if (learned !== undefined && (await fits(key, payload, signature, expected, learned))) return learned
  for (const encoding of expected.offered.encodings) {
    const form = { encoding, ...(await saltOf(key, payload, signature, expected)) }
    if (await fits(key, payload, signature, expected, form)) return form
  }
  return undefined
}

/**
 * What a signature that does not fit its declaration really is: another algorithm that the same key can use. Undefined
 * when it is none of them.
 */
export async function diagnose(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  expected: Expectation,
): Promise<SigningAlgorithm | undefined> {
  const { row: declared, sm2UserId } = expected
  for (const row of rowsForKeySpec(key.keySpec)) {
    if (row === declared || !canCarry(row, payload)) continue
    const pssSaltLength = row.scheme === 'rsa-pss' ? ('any' as const) : undefined
    for (const encoding of row.encodings) {
      const rule = { row, encoding, sm2UserId, ...(pssSaltLength && { pssSaltLength }) }
      if (await checkSignature(key, payload, signature, rule)) return row.algorithm
    }
  }
  return undefined
}

/**
 * The form of a signature that cannot be checked: exactly one of the encodings left open must parse strictly for a key
 * that the algorithm can use.
 */
export function onlyPossibleForm(
  rows: readonly AlgorithmRow[],
  signature: Uint8Array,
  offered: OfferedAlgorithm,
): { readonly form: WireForm; readonly row: AlgorithmRow; readonly signature: Bytes } | undefined {
  for (const row of rows) {
    let found: { readonly encoding: SignatureEncoding; readonly signature: Bytes } | undefined
    for (const encoding of offered.encodings) {
      const strict = normalizeSignature(signature, encoding, row)
      if (strict !== undefined && found !== undefined) return undefined
      if (strict !== undefined) found = { encoding, signature: strict }
    }
    if (found === undefined) continue
    const { encoding, signature: exact } = found
    const pssSaltLength = documentedSalt(row, offered)
    return { form: pssSaltLength === undefined ? { encoding } : { encoding, pssSaltLength }, row, signature: exact }
  }
  return undefined
}

/** The salt that the provider's documents promise, in bytes. */
function documentedSalt(row: AlgorithmRow, offered: OfferedAlgorithm): number | undefined {
  if (row.scheme !== 'rsa-pss' || row.digestBytes === undefined || row.modulusBytes === undefined) return undefined
  if (offered.pssSalt === 'digest') return row.digestBytes
  return offered.pssSalt === 'max' ? row.modulusBytes - row.digestBytes - 2 : undefined
}

async function saltOf(key: PublicKey, payload: Payload, signature: Uint8Array, expected: Expectation) {
  const { row, offered } = expected
  if (row.scheme !== 'rsa-pss') return {}
  const pssSaltLength = documentedSalt(row, offered) ?? (await measurePssSalt(key, payload, signature, row))
  return pssSaltLength === undefined ? {} : { pssSaltLength }
}

async function fits(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  { row, sm2UserId }: Expectation,
  form: WireForm,
): Promise<boolean> {
  return checkSignature(key, payload, signature, { row, sm2UserId, ...form })
}

function canCarry(row: AlgorithmRow, payload: Payload): boolean {
  return payload.kind === 'message' || (row.payloads.includes(payload.kind) && row.digestBytes === payload.bytes.length)
}
