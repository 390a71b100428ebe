import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
  sign,
} from 'node:crypto'
import { type Bytes, copyBytes } from './bytes.ts'
import { readSequence } from './der.ts'
import {
  type AlgorithmRow,
  algorithmRow,
  createKmsError,
  ecdsaSignatureToDer,
  type KeySpec,
  type KmsError,
  loadSpecialChecks,
  type PayloadKind,
  type PublicKey,
  parsePublicKey,
  runtimeHasMlDsa,
  type SigningAlgorithm,
  sm2Digest,
} from './internal.ts'

/** A private key in this process: for tests and development, never for production. */
export interface LocalKey {
  readonly keySpec: KeySpec
  readonly spki: Bytes
  /**
   * Signs as a KMS would: DER for ECDSA and SM2, PSS with a salt as long as the digest.
   *
   * @throws KmsError `KMS_UNSUPPORTED` for ML-DSA from mu.
   */
  sign(kind: PayloadKind, payload: Uint8Array, sm2UserId: Uint8Array): Promise<Bytes>
}

type Generator = () => KeyObject

const rsa =
  (modulusLength: number): Generator =>
  () =>
    generateKeyPairSync('rsa', { modulusLength }).privateKey
const ec =
  (namedCurve: string): Generator =>
  () =>
    generateKeyPairSync('ec', { namedCurve }).privateKey
// Newer than the types, and than the oldest Node that is supported.
const mlDsa =
  (name: string): Generator =>
  () =>
    generateKeyPairSync(name as 'ed25519').privateKey

const GENERATORS: { readonly [K in KeySpec]: Generator } = {
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  EC_P256: ec('prime256v1'),
  EC_P384: ec('secp384r1'),
  EC_P521: ec('secp521r1'),
  EC_P256K: ec('secp256k1'),
  EC_SM2: ec('SM2'),
  ED25519: () => generateKeyPairSync('ed25519').privateKey,
  ML_DSA_44: mlDsa('ml-dsa-44'),
  ML_DSA_65: mlDsa('ml-dsa-65'),
  ML_DSA_87: mlDsa('ml-dsa-87'),
}

/**
 * A key of a spec, generated or from PEM (PKCS #8, SEC 1 or PKCS #1; not encrypted).
 *
 * @throws KmsError `KMS_INVALID_CONFIG` for a pair that does not go together and for PEM that is not such a key, without
 *   showing it; `KMS_UNSUPPORTED` for ML-DSA on a Node without it.
 */
export function createLocalKey(algorithm: SigningAlgorithm, keySpec: KeySpec, privateKeyPem?: string): LocalKey {
  const row = algorithmRow(algorithm, keySpec)
  if (row === undefined) throw wrongOption('algorithm', `${algorithm} does not fit a ${keySpec} key`)
  if (row.scheme === 'ml-dsa' && !runtimeHasMlDsa()) throw unsupported('this version of Node.js has no ML-DSA')
  const secret = privateKeyPem === undefined ? GENERATORS[keySpec]() : readPrivateKey(privateKeyPem)
  const publicKey = publicKeyOf(secret)
  if (publicKey?.keySpec !== keySpec) throw wrongOption('privateKey', `expected PEM of a ${keySpec} private key`)
  return Object.freeze({
    keySpec,
    spki: publicKey.spki,
    sign: async (kind: PayloadKind, payload: Uint8Array, sm2UserId: Uint8Array) => {
      if (row.scheme === 'sm2') return signWithSm2(secret, publicKey, kind, payload, sm2UserId)
      if (kind === 'message') return signMessage(secret, row, payload)
      return signDigest(secret, row, payload)
    },
  })
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw wrongOption('privateKey', 'expected PEM of a private key that is not encrypted')
  }
}

function publicKeyOf(secret: KeyObject): PublicKey | undefined {
  try {
    return parsePublicKey(createPublicKey(secret))
  } catch {
    return undefined
  }
}

function signMessage(secret: KeyObject, { hash, scheme, digestBytes = 0 }: AlgorithmRow, message: Uint8Array): Bytes {
  if (hash === undefined) return copyBytes(sign(null, message, secret))
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: digestBytes }
  return copyBytes(sign(hash, message, { key: secret, dsaEncoding: 'der', ...(scheme === 'rsa-pss' && pss) }))
}

async function signDigest(secret: KeyObject, row: AlgorithmRow, digest: Uint8Array): Promise<Bytes> {
  const { scheme, hash, modulusBytes, coordinateBytes = 0, keySpec } = row
  if (scheme === 'ecdsa') {
    const { signEcdsaDigest } = await import('./curves.ts')
    return ecdsaSignatureToDer(signEcdsaDigest(keySpec, digest, secretScalar(secret, coordinateBytes)), keySpec)
  }
  if (hash === undefined || modulusBytes === undefined) {
    throw unsupported(`${row.algorithm} signs messages only on this runtime`)
  }
  const { encodePkcs1, encodePss } = await loadSpecialChecks()
  const encoded =
    scheme === 'rsa-pss'
      ? encodePss(hash, digest, randomBytes(digest.length), modulusBytes)
      : encodePkcs1(hash, digest, modulusBytes)
  return copyBytes(privateEncrypt({ key: secret, padding: constants.RSA_NO_PADDING }, encoded))
}

async function signWithSm2(
  secret: KeyObject,
  publicKey: PublicKey,
  kind: PayloadKind,
  payload: Uint8Array,
  userId: Uint8Array,
): Promise<Bytes> {
  const { signSm2 } = await import('./curves.ts')
  const e = kind === 'message' ? sm2Digest(publicKey, payload, userId) : payload
  return ecdsaSignatureToDer(signSm2(e, secretScalar(secret, 32)), 'EC_SM2')
}

/**
 * The secret number of an EC key, from PKCS #8 (RFC 5915 inside RFC 5958). Not through SEC 1: Node aborts the process
 * when it exports an imported SM2 key so; and JWK does not know SM2.
 */
function secretScalar(secret: KeyObject, width: number): Uint8Array {
  const pkcs8 = secret.export({ type: 'pkcs8', format: 'der' })
  const inner = readSequence(pkcs8)?.[2]
  const sec1 = pkcs8.subarray(inner?.start, inner?.end)
  const scalar = readSequence(sec1)?.[1]
  return new Uint8Array(Buffer.concat([Buffer.alloc(width), sec1.subarray(scalar?.start, scalar?.end)])).slice(-width)
}

function wrongOption(path: string, message: string): KmsError {
  return createKmsError('KMS_INVALID_CONFIG', { operation: 'configure', issues: [{ path, message }] })
}

function unsupported(detail: string): KmsError {
  return createKmsError('KMS_UNSUPPORTED', { operation: 'sign', detail })
}
