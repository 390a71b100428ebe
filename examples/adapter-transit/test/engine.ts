import { constants, createHash, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { checkEcDigest, checkRsaDigest, type Hash, type Padding, signEcDigest, signRsaDigest } from './prehashed.ts'

// A transit engine in memory, from the pages of its API and without a line of the adapter.

/** A request as the server received it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly token: string | undefined
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a test may have the engine do wrong with one signature. */
export type Spoil = 'corrupt-signature' | 'swapped-signature' | 'double-hash' | 'wrong-key-id' | keyof typeof LOOSE

interface Key {
  readonly type: string
  readonly versions: KeyObject[]
}

interface Input {
  readonly bytes: Buffer
  readonly prehashed: boolean
  readonly hash: Hash
  readonly padding: Padding
}

const HASHES: Readonly<Record<string, Hash>> = { 'sha2-256': 'sha256', 'sha2-384': 'sha384', 'sha2-512': 'sha512' }
const DIGEST_BYTES: Readonly<Record<Hash, number>> = { sha256: 32, sha384: 48, sha512: 64 }
const CURVES = new Map([
  ['ecdsa-p256', 'P-256'],
  ['ecdsa-p384', 'P-384'],
  ['ecdsa-p521', 'P-521'],
])
/** Base64 that Go's decoder refuses, and Node's takes. */
const LOOSE = {
  'base64-whitespace': (text: string) => `${text}\n`,
  'base64-unpadded': (text: string) => text.replace(/=+$/, ''),
  'base64-url': (text: string) => text.replaceAll('+', '-').replaceAll('/', '_'),
  'base64-trailing': (text: string) => `${text}....`,
}
const make = promisify(generateKeyPair)

/** A private key of a type of the engine. */
export async function newKey(type: string): Promise<KeyObject> {
  const namedCurve = CURVES.get(type)
  if (namedCurve !== undefined) return (await make('ec', { namedCurve })).privateKey
  if (type === 'ed25519') return (await make('ed25519', {})).privateKey
  return (await make('rsa', { modulusLength: Number(type.slice('rsa-'.length)) })).privateKey
}

export function failure(status: number, ...errors: readonly string[]): Answer {
  return { status, body: JSON.stringify({ errors }) }
}

export class Engine {
  readonly #keys = new Map<string, Key>()
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  addKey(name: string, type: string, first: KeyObject): void {
    this.#keys.set(name, { type, versions: [first] })
  }

  async rotate(name: string): Promise<string> {
    const key = this.#key(name)
    return String(key.versions.push(await newKey(key.type)))
  }

  /** PEM, of the newest version unless one is named. */
  publicKey(name: string, version?: string): string {
    const { versions } = this.#key(name)
    const found = version === undefined ? versions.at(-1) : versions[Number(version) - 1]
    if (found === undefined) throw new Error('no such version')
    return createPublicKey(found).export({ type: 'spki', format: 'pem' }).toString()
  }

  handle(request: Received, spoil?: Spoil): Answer {
    const { method, path, token } = request
    const [, root, mount, operation, name = '', algorithm = 'sha2-256'] = path.split('/').map(decodeURIComponent)
    if (token !== this.#token) return failure(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n')
    if (root !== 'v1' || mount !== 'transit')
      return failure(404, `no handler for route "${mount}/". route entry not found.`)
    const key = this.#keys.get(name)
    if (method === 'GET' && operation === 'keys') return key === undefined ? failure(404) : readKey(name, key)
    if (method !== 'POST') return failure(405)
    if (operation !== 'sign' && operation !== 'verify') return failure(404, 'unsupported path')
    const hash = HASHES[algorithm]
    if (hash === undefined) return failure(400, `invalid hash algorithm "${algorithm}"`)
    if (key === undefined)
      return failure(400, `${operation === 'sign' ? 'signing' : 'signature verification'} key not found`)
    const fields = JSON.parse(request.body) as Readonly<Record<string, unknown>>
    const input = readInput(fields, hash, key)
    if (typeof input === 'string') return failure(400, input)
    return operation === 'sign' ? this.#sign(key, input, spoil) : this.#verify(key, input, String(fields['signature']))
  }

  #sign(key: Key, given: Input, spoil: Spoil | undefined): Answer {
    const other = [...this.#keys.values()].find((one) => one !== key && one.type === key.type)
    const material = (spoil === 'swapped-signature' && other ? other : key).versions.at(-1)
    if (material === undefined) return failure(500, 'internal error')
    const input = spoil === 'double-hash' ? { ...given, bytes: hashed(given) } : given
    const signature = signInput(material, input)
    if (spoil === 'corrupt-signature') signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
    const version = spoil === 'wrong-key-id' ? 99 : key.versions.length
    const base64 = signature.toString('base64')
    const loose = spoil !== undefined && spoil in LOOSE ? LOOSE[spoil as keyof typeof LOOSE](base64) : undefined
    // Not every signature has padding, or a character that alphabets write differently.
    if (loose === base64) return this.#sign(key, given, spoil)
    return success({ signature: `vault:v${version}:${loose ?? base64}`, key_version: version })
  }

  #verify(key: Key, input: Input, text: string): Answer {
    const [word, version = '', base64 = ''] = text.split(':')
    if (word !== 'vault' || !/^v\d+$/.test(version)) return failure(400, 'invalid signature: no prefix')
    const material = key.versions[Number(version.slice(1)) - 1]
    if (material === undefined) return failure(400, 'invalid signature: version is too new')
    return success({ valid: checkInput(material, input, Buffer.from(base64, 'base64')) })
  }

  #key(name: string): Key {
    const key = this.#keys.get(name)
    if (key === undefined) throw new Error('no such key')
    return key
  }
}

/** The input of a service that hashes once more than it should. */
function hashed({ bytes, hash }: Input): Buffer {
  return createHash(hash).update(bytes).digest()
}

let requests = 0

function success(data: object): Answer {
  requests += 1
  const request_id = `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`
  return { status: 200, body: JSON.stringify({ request_id, lease_id: '', renewable: false, data, warnings: null }) }
}

function readKey(name: string, { type, versions }: Key): Answer {
  const keys = versions.map((material, index) => [String(index + 1), { name, public_key: publicText(type, material) }])
  return success({ name, type, latest_version: versions.length, keys: Object.fromEntries(keys) })
}

/** Ed25519 keys are shown as base64 of the point, all others as PEM. */
function publicText(type: string, material: KeyObject): string {
  const key = createPublicKey(material)
  if (type !== 'ed25519') return key.export({ type: 'spki', format: 'pem' }).toString()
  return key.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')
}

function readInput(fields: Readonly<Record<string, unknown>>, hash: Hash, { type }: Key): Input | string {
  const { input = '', prehashed = false, salt_length = 'auto' } = fields
  const bytes = Buffer.from(String(input), 'base64')
  if (bytes.toString('base64') !== input) return 'unable to decode input as base64'
  if ((fields['marshaling_algorithm'] ?? 'asn1') !== 'asn1') return 'this engine knows asn1 only'
  if (prehashed === true && type.startsWith('rsa') && bytes.length !== DIGEST_BYTES[hash]) {
    return 'crypto/rsa: input must be hashed message'
  }
  const most = Number(type.slice('rsa-'.length)) / 8 - DIGEST_BYTES[hash] - 2
  const salt = salt_length === 'hash' ? DIGEST_BYTES[hash] : most
  const padding = fields['signature_algorithm'] === 'pkcs1v15' ? 'pkcs1v15' : { salt }
  return { bytes, prehashed: prehashed === true, hash, padding }
}

function signInput(key: KeyObject, { bytes, prehashed, hash, padding }: Input): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, bytes, key)
  if (key.asymmetricKeyType === 'ec') return prehashed ? signEcDigest(key, bytes) : sign(hash, bytes, key)
  if (prehashed) return signRsaDigest(key, hash, bytes, padding)
  return sign(hash, bytes, { key, ...nodePadding(padding) })
}

function checkInput(key: KeyObject, { bytes, prehashed, hash, padding }: Input, signature: Buffer): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, bytes, createPublicKey(key), signature)
  const shown = createPublicKey(key)
  if (key.asymmetricKeyType === 'ec') {
    return prehashed ? checkEcDigest(key, bytes, signature) : verify(hash, bytes, shown, signature)
  }
  if (prehashed) return checkRsaDigest(shown, hash, bytes, signature, padding)
  return verify(hash, bytes, { key: shown, ...nodePadding(padding) }, signature)
}

function nodePadding(padding: Padding) {
  if (padding === 'pkcs1v15') return { padding: constants.RSA_PKCS1_PADDING }
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: padding.salt }
}
