import { constants, createHash, verify } from 'node:crypto'
import type { AlgorithmRow, PayloadKind, SignatureEncoding, SignatureScheme } from './algorithms.ts'
import { type Bytes, copyBytes } from './bytes.ts'
import { createKmsError } from './errors.ts'
import { runtimeHasMlDsa } from './key-object.ts'
import { loadSpecialChecks, specialChecksAtHand } from './on-demand.ts'
import { keyObjectOf, type PublicKey } from './public-key.ts'
import { convertSignature, isLowS, normalizeSignature } from './signature-encoding.ts'
import { parseSm2UserId, sm2Za } from './sm2.ts'
import type { Sm2Signed } from './sm2-check.ts'

/** Exactly which signatures are right. */
export interface SignatureRule {
  readonly row: AlgorithmRow
  readonly encoding: SignatureEncoding
  /** RSA-PSS: bytes of salt. Default: the digest length, and no other. */
  readonly pssSaltLength?: number | 'any' | undefined
  /** SM2. Default `1234567812345678`. */
  readonly sm2UserId?: Uint8Array | undefined
  /** EC_P256K only: s at most half of the order. Default false: cloud KMS do not normalise. */
  readonly lowS?: boolean | undefined
}

/** What was signed. */
export interface Payload {
  readonly kind: PayloadKind
  readonly bytes: Uint8Array
}

/** Checks a signature that is in its one exact form already. */
type Engine = (
  key: PublicKey,
  payload: Uint8Array,
  signature: Uint8Array,
  rule: SignatureRule,
) => boolean | Promise<boolean>

/** A kind that is absent cannot be checked here. */
const ENGINES: { readonly [S in SignatureScheme]: { readonly [K in PayloadKind]?: Engine } } = {
  'rsa-pkcs1': { message: natively, digest: pkcs1FromDigest },
  'rsa-pss': { message: natively, digest: pssFromDigest },
  ecdsa: { message: natively, digest: ecdsaFromDigest },
  eddsa: { message: natively },
  sm2: { message: sm2FromMessage, digest: sm2FromDigest },
  'ml-dsa': { message: natively },
}

/**
 * Whether a signature is right by a rule. Exact: one encoding, one salt length, nothing after the end. A malformed
 * signature, a digest of the wrong length or a key of another spec than the rule's is `false`.
 *
 * @throws KmsError `KMS_UNSUPPORTED` where {@link supportsVerification} says no.
 */
export async function checkSignature(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  rule: SignatureRule,
): Promise<boolean> {
  const { row } = rule
  const engine = ENGINES[row.scheme][payload.kind]
  if (engine === undefined) throw cannotVerify(row, payload.kind)
  const exact = normalizeSignature(signature, rule.encoding, row)
  if (exact === undefined || key.keySpec !== row.keySpec) return false
  if (payload.kind !== 'message' && payload.bytes.length !== row.digestBytes) return false
  if (rule.lowS === true && !hasLowS(exact, rule)) return false
  return engine(key, payload.bytes, exact, rule)
}

/**
 * As {@link checkSignature}, without a promise: the signature in its exact form. Undefined when it is wrong, or when it
 * takes a wait to tell.
 */
export function exactAtOnce(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  rule: SignatureRule,
): Bytes | undefined {
  const { row, encoding } = rule
  if (ENGINES[row.scheme][payload.kind] !== natively || key.keySpec !== row.keySpec) return undefined
  const exact = normalizeSignature(signature, encoding, row)
  return exact !== undefined && natively(key, payload.bytes, exact, rule) ? exact : undefined
}

/** Whether {@link checkSignature} can answer for this row and payload on this runtime. */
export function supportsVerification(row: AlgorithmRow, kind: PayloadKind): boolean {
  return ENGINES[row.scheme][kind] !== undefined && (row.scheme !== 'ml-dsa' || runtimeHasMlDsa())
}

/** Bytes of salt in a valid RSA-PSS signature; undefined when it is not one of this row, key and payload. */
export async function measurePssSalt(
  key: PublicKey,
  payload: Payload,
  signature: Uint8Array,
  row: AlgorithmRow,
): Promise<number | undefined> {
  if (row.scheme !== 'rsa-pss' || row.hash === undefined || key.keySpec !== row.keySpec) return undefined
  const digest = payload.kind === 'message' ? createHash(row.hash).update(payload.bytes).digest() : payload.bytes
  const exact = normalizeSignature(signature, 'raw', row)
  if (exact === undefined || digest.length !== row.digestBytes) return undefined
  const { openSignature, readPssSalt } = await loadSpecialChecks()
  const opened = openSignature(keyObjectOf(key), exact)
  return opened && readPssSalt(row.hash, digest, opened)
}

function cannotVerify(row: AlgorithmRow, kind: PayloadKind) {
  const detail = `a ${row.algorithm} signature cannot be checked from a ${kind}, only from the message`
  return createKmsError('KMS_UNSUPPORTED', { operation: 'verify', detail })
}

function natively(key: PublicKey, message: Uint8Array, signature: Uint8Array, rule: SignatureRule): boolean {
  const { row, encoding } = rule
  const keyObject = keyObjectOf(key)
  if (row.hash === undefined) return verify(null, message, keyObject, signature)
  if (row.scheme === 'ecdsa') {
    const dsaEncoding = encoding === 'p1363' ? 'ieee-p1363' : 'der'
    return verify(row.hash, message, { key: keyObject, dsaEncoding }, signature)
  }
  if (row.scheme === 'rsa-pkcs1') return verify(row.hash, message, keyObject, signature)
  const saltLength = nativeSaltLength(rule)
  if (saltLength === undefined) return false
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify(row.hash, message, { key: keyObject, padding, saltLength }, signature)
}

/** Negative numbers mean something else to OpenSSL, and too large ones make it throw. */
function nativeSaltLength({ pssSaltLength, row }: SignatureRule): number | undefined {
  if (pssSaltLength === 'any') return constants.RSA_PSS_SALTLEN_AUTO
  const { digestBytes = 0, modulusBytes = 0 } = row
  const length = pssSaltLength ?? digestBytes
  const longest = modulusBytes - digestBytes - 2
  return Number.isInteger(length) && length >= 0 && length <= longest ? length : undefined
}

async function pkcs1FromDigest(key: PublicKey, digest: Uint8Array, signature: Uint8Array, { row }: SignatureRule) {
  const { encodePkcs1, openSignature } = await loadSpecialChecks()
  const opened = openSignature(keyObjectOf(key), signature)
  if (opened === undefined || row.hash === undefined) return false
  return Buffer.compare(opened, encodePkcs1(row.hash, digest, signature.length)) === 0
}

async function pssFromDigest(key: PublicKey, digest: Uint8Array, signature: Uint8Array, rule: SignatureRule) {
  const salt = await measurePssSalt(key, { kind: 'digest', bytes: digest }, signature, rule.row)
  if (salt === undefined) return false
  return rule.pssSaltLength === 'any' || salt === (rule.pssSaltLength ?? rule.row.digestBytes)
}

async function ecdsaFromDigest(key: PublicKey, digest: Uint8Array, signature: Uint8Array, rule: SignatureRule) {
  const { keySpec, coordinateBytes = 0 } = rule.row
  const pair = convertSignature(signature, rule.encoding, 'p1363', keySpec)
  const { verifyEcdsaDigest } = await import('./curves.ts')
  const point = key.spki.subarray(-2 * coordinateBytes - 1)
  return pair !== undefined && verifyEcdsaDigest(keySpec, digest, pair, point)
}

async function sm2FromMessage(key: PublicKey, message: Uint8Array, signature: Uint8Array, rule: SignatureRule) {
  const za = sm2Za(key, rule.sm2UserId ?? parseSm2UserId(undefined))
  // The caller may use the buffer again while the check is loaded.
  const bytes = specialChecksAtHand() === undefined ? copyBytes(message) : message
  return verifySm2Signature(key, { za, message: bytes }, signature, rule)
}

async function sm2FromDigest(key: PublicKey, e: Uint8Array, signature: Uint8Array, rule: SignatureRule) {
  return verifySm2Signature(key, { e }, signature, rule)
}

async function verifySm2Signature(
  publicKey: PublicKey,
  signed: Sm2Signed,
  signature: Uint8Array,
  { encoding }: SignatureRule,
): Promise<boolean> {
  // Cannot fail: the signature is in its one exact form.
  const der = convertSignature(signature, encoding, 'der', 'EC_SM2') as Bytes
  const pair = convertSignature(signature, encoding, 'p1363', 'EC_SM2') as Bytes
  const checks = specialChecksAtHand() ?? (await loadSpecialChecks())
  return checks.verifySm2({ key: keyObjectOf(publicKey), point: publicKey.spki.subarray(-65), der, pair }, signed)
}

function hasLowS(signature: Uint8Array, { row, encoding }: SignatureRule): boolean {
  const pair = convertSignature(signature, encoding, 'p1363', row.keySpec)
  return pair !== undefined && isLowS(pair)
}
