import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AlgorithmRow, algorithmRow, KEY_SPECS, type KeySpec, type SigningAlgorithm } from '../src/algorithms.ts'
import { DER, derElement } from '../src/der.ts'
import { type PublicKey, parsePublicKey } from '../src/public-key.ts'

/** A key pair of the tests, made by node:crypto. */
export interface TestKey {
  readonly keySpec: KeySpec
  readonly publicKey: PublicKey
  readonly publicPem: string
  readonly privatePem: string
  readonly privateKey: KeyObject
}

/** Whether this runtime makes ML-DSA keys: asked of it, and not of the code that is tested. */
export const HAS_ML_DSA = (() => {
  try {
    generateKeyPairSync('ml-dsa-44' as 'ed25519')
    return true
  } catch {
    return false
  }
})()

/** Key specs that this runtime can make keys for. */
export const TESTABLE_SPECS = KEY_SPECS.filter((spec) => !spec.startsWith('ML_DSA') || HAS_ML_DSA)

const CURVES = { EC_P256: 'P-256', EC_P384: 'P-384', EC_P521: 'P-521', EC_P256K: 'secp256k1', EC_SM2: 'SM2' }
const made = new Map<KeySpec, TestKey>()

/** The one test key of a spec; RSA keys take seconds, so each is made once per file of tests. */
export function testKey(keySpec: KeySpec): TestKey {
  const known = made.get(keySpec)
  if (known !== undefined) return known
  const pair = generate(keySpec)
  const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  let parsed: PublicKey | undefined
  const key = {
    keySpec,
    // Parsed when it is asked for: what is wrong with parsing is then told by a test and not by the file of tests.
    get publicKey() {
      parsed ??= parsePublicKey(publicPem)
      return parsed
    },
    publicPem,
    privatePem,
    privateKey: pair.privateKey,
  }
  made.set(keySpec, key)
  return key
}

export function rowOf(algorithm: SigningAlgorithm, keySpec: KeySpec): AlgorithmRow {
  const row = algorithmRow(algorithm, keySpec)
  if (row === undefined) throw new Error(`${algorithm} does not fit ${keySpec}`)
  return row
}

function generate(keySpec: KeySpec): { publicKey: KeyObject; privateKey: KeyObject } {
  if (keySpec.startsWith('RSA')) return keptRsaKey(keySpec)
  if (keySpec in CURVES) return generateKeyPairSync('ec', { namedCurve: CURVES[keySpec as keyof typeof CURVES] })
  return generateKeyPairSync(keySpec.toLowerCase().replaceAll('_', '-') as 'ed25519')
}

/** Where the tests are run thousands of times over, KMSIGN_TEST_KEYS names a folder that keeps RSA keys between runs. */
function keptRsaKey(keySpec: KeySpec): { publicKey: KeyObject; privateKey: KeyObject } {
  const folder = process.env['KMSIGN_TEST_KEYS']
  const file = join(folder ?? '', `${keySpec}.pem`)
  if (folder !== undefined && existsSync(file)) {
    const privateKey = createPrivateKey(readFileSync(file))
    return { privateKey, publicKey: createPublicKey(privateKey) }
  }
  const pair = generateKeyPairSync('rsa', { modulusLength: Number(keySpec.slice(4)) })
  if (folder === undefined) return pair
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return pair
}

/** The same AlgorithmIdentifier with another key. */
export function spkiWith(spki: Uint8Array, key: Uint8Array): Uint8Array {
  const start = spki[1] === 0x81 ? 3 : 2
  const algorithm = spki.subarray(start, start + 2 + (spki[start + 1] ?? 0))
  return derElement(DER.SEQUENCE, algorithm, derElement(DER.BIT_STRING, Uint8Array.of(0), key))
}
