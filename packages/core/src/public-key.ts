import { createHash, type KeyObject } from 'node:crypto'
import { isUint8Array } from 'node:util/types'
import type { KeySpec } from './algorithms.ts'
import { type Bytes, describeType } from './bytes.ts'
import { createKmsError } from './errors.ts'
import { type Jwk, readJwk, writeJwk } from './jwk.ts'
import { importKey } from './key-object.ts'
import { privateKeyError, readKeyText, writePem } from './pem.ts'
import { isPrivateDer, readSpki, type Spki, unusableKey } from './spki.ts'

export type { Jwk } from './jwk.ts'

interface KeyObjectLike {
  readonly type: string
  export(options: { type: 'spki'; format: 'der' }): Uint8Array
}

/**
 * DER SubjectPublicKeyInfo, text (PEM `PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE`, or base64 of the DER), a JWK, a
 * `KeyObject` of node:crypto, or a {@link PublicKey}. Anything private is a `TypeError`.
 */
export type PublicKeyInput = PublicKey | Uint8Array | string | Jwk | KeyObjectLike

/** A public key that was parsed and checked: its point is on its curve, its size is supported. Frozen. */
export interface PublicKey {
  /** The key as the provider resolved it; absent for keys that did not come from a provider. */
  readonly keyId?: string
  /** Where the provider versions keys. */
  readonly keyVersion?: string
  /** Read from the key itself. */
  readonly keySpec: KeySpec
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Bytes
  /** SHA-256 of {@link spki}, lower-case hexadecimal: the key's fingerprint. */
  readonly spkiSha256: string
  /** PEM `PUBLIC KEY`, lines of 64 columns ending in LF. */
  toPem(): string
  /** Undefined for key specs JOSE does not know (SM2). */
  toJwk(): Jwk | undefined
}

/** The identity a provider gives to a key. */
export interface KeyIdentity {
  readonly keyId?: string | undefined
  readonly keyVersion?: string | undefined
}

/** Null: this runtime cannot use the key (ML-DSA on older Node). */
const KEY_OBJECTS = new WeakMap<PublicKey, KeyObject | null>()

class ParsedPublicKey implements PublicKey {
  declare readonly keyId?: string
  declare readonly keyVersion?: string
  readonly keySpec: KeySpec
  readonly spki: Bytes
  readonly spkiSha256: string

  constructor(facts: Pick<PublicKey, 'keySpec' | 'spki' | 'spkiSha256'>, identity: KeyIdentity) {
    if (identity.keyId !== undefined) this.keyId = identity.keyId
    if (identity.keyVersion !== undefined) this.keyVersion = identity.keyVersion
    this.keySpec = facts.keySpec
    this.spki = facts.spki
    this.spkiSha256 = facts.spkiSha256
    Object.freeze(this)
  }

  toPem(): string {
    return writePem(this.spki)
  }

  toJwk(): Jwk | undefined {
    return writeJwk(readSpki(this.spki))
  }
}

/**
 * Parses and checks a public key once; what it returns can be passed wherever a key is taken, and is not parsed again.
 *
 * @throws TypeError for anything private, and for values that are no key at all. Never shows what it was given.
 * @throws KmsError `KMS_INVALID_ARGUMENT` for keys that cannot be read, are not on their curve, or are not supported:
 *   RSA of other sizes than 2048, 3072 and 4096 bits, other curves.
 */
export function parsePublicKey(input: PublicKeyInput): PublicKey {
  if (isUint8Array(input)) return fromBytes(input)
  if (typeof input === 'string') return create(readKeyText(input))
  if (typeof input === 'object' && input !== null) {
    if (KEY_OBJECTS.has(input as PublicKey)) return input as PublicKey
    const { type, export: exporter, spki, kty } = input as unknown as Readonly<Record<string, unknown>>
    if (typeof type === 'string' && typeof exporter === 'function') return fromKeyObject(input as KeyObjectLike)
    if (isUint8Array(spki)) return fromOtherCopy(input as PublicKey)
    if (typeof kty === 'string') return create(readJwk(input as Jwk))
  }
  throw new TypeError(
    `A public key must be DER bytes, PEM text, a JWK, a KeyObject or a PublicKey, got ${describeType(input)}.`,
  )
}

/**
 * The key as node:crypto takes it, made once per key.
 *
 * @throws KmsError `KMS_UNSUPPORTED` where this runtime lacks the key's type.
 */
export function keyObjectOf(key: PublicKey): KeyObject {
  const known = KEY_OBJECTS.get(key)
  if (known === null) {
    const detail = `this version of Node.js cannot use ${key.keySpec} keys`
    throw createKmsError('KMS_UNSUPPORTED', { operation: 'verify', detail })
  }
  if (known !== undefined) return known
  // A key that another copy of this package parsed.
  KEY_OBJECTS.set(key, importKey(readSpki(key.spki)))
  return keyObjectOf(key)
}

/** The same key with the identity given; what is not given stays as it was. Nothing is parsed again. */
export function withIdentity(key: PublicKey, identity: KeyIdentity): PublicKey {
  const keyId = identity.keyId ?? key.keyId
  const keyVersion = identity.keyVersion ?? key.keyVersion
  if (keyId === key.keyId && keyVersion === key.keyVersion) return key
  const named = new ParsedPublicKey(key, { keyId, keyVersion })
  const known = KEY_OBJECTS.get(key)
  if (known !== undefined) KEY_OBJECTS.set(named, known)
  return named
}

function create(parsed: Spki, identity: KeyIdentity = {}): PublicKey {
  const keyObject = importKey(parsed)
  const spkiSha256 = createHash('sha256').update(parsed.spki).digest('hex')
  const key = new ParsedPublicKey({ keySpec: parsed.keySpec, spki: parsed.spki, spkiSha256 }, identity)
  KEY_OBJECTS.set(key, keyObject)
  return key
}

function fromBytes(bytes: Uint8Array): PublicKey {
  // A PEM file read without an encoding. DER begins with 0x30.
  if (bytes[0] === 0x2d) return create(readKeyText(Buffer.from(bytes).toString('latin1')))
  if (isPrivateDer(bytes)) throw privateKeyError()
  return create(readSpki(bytes))
}

function fromKeyObject(input: KeyObjectLike): PublicKey {
  if (input.type === 'private' || input.type === 'secret') throw privateKeyError()
  const spki = input.type === 'public' ? exportSpki(input) : undefined
  if (!isUint8Array(spki)) throw unusableKey('is an object that gives no SPKI')
  return fromBytes(spki)
}

function exportSpki(input: KeyObjectLike): unknown {
  try {
    return input.export({ type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}

function fromOtherCopy({ spki, keyId, keyVersion }: PublicKey): PublicKey {
  if (isPrivateDer(spki)) throw privateKeyError()
  return create(readSpki(spki), {
    keyId: typeof keyId === 'string' ? keyId : undefined,
    keyVersion: typeof keyVersion === 'string' ? keyVersion : undefined,
  })
}
