import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type KeySpec, rowsForKeySpec, type SignatureEncoding, type SigningAlgorithm } from '../src/algorithms.ts'
import { isKmsError } from '../src/errors.ts'
import { type Jwk, type PublicKey, parsePublicKey } from '../src/public-key.ts'
import { verifySignature } from '../src/verifier.ts'

// The published vectors of github.com/C2SP/wycheproof. They are not ours to hold: a checkout is used where
// KMSIGN_WYCHEPROOF names its folder.
const CHECKOUT = process.env['KMSIGN_WYCHEPROOF'] || undefined
const REASON = CHECKOUT === undefined ? ', skipped since KMSIGN_WYCHEPROOF names no checkout' : ''

/** Every file with a group that the algorithm table has a row for. */
const FILES = [
  'ecdsa_secp256k1_sha256_bitcoin_test.json',
  'ecdsa_secp256k1_sha256_p1363_test.json',
  'ecdsa_secp256k1_sha256_test.json',
  'ecdsa_secp256r1_sha256_p1363_test.json',
  'ecdsa_secp256r1_sha256_test.json',
  'ecdsa_secp384r1_sha384_p1363_test.json',
  'ecdsa_secp384r1_sha384_test.json',
  'ecdsa_secp521r1_sha512_p1363_test.json',
  'ecdsa_secp521r1_sha512_test.json',
  'ed25519_test.json',
  'rsa_pkcs1_2048_sig_gen_test.json',
  'rsa_pkcs1_3072_sig_gen_test.json',
  'rsa_pkcs1_4096_sig_gen_test.json',
  'rsa_pss_2048_sha256_mgf1_0_params_test.json',
  'rsa_pss_2048_sha256_mgf1_0_test.json',
  'rsa_pss_2048_sha256_mgf1_32_params_test.json',
  'rsa_pss_2048_sha256_mgf1_32_test.json',
  'rsa_pss_2048_sha384_mgf1_48_test.json',
  'rsa_pss_3072_sha256_mgf1_32_params_test.json',
  'rsa_pss_3072_sha256_mgf1_32_test.json',
  'rsa_pss_4096_sha256_mgf1_32_test.json',
  'rsa_pss_4096_sha384_mgf1_48_test.json',
  'rsa_pss_4096_sha512_mgf1_32_params_test.json',
  'rsa_pss_4096_sha512_mgf1_32_test.json',
  'rsa_pss_4096_sha512_mgf1_64_params_test.json',
  'rsa_pss_4096_sha512_mgf1_64_test.json',
  'rsa_pss_misc_params_test.json',
  'rsa_pss_misc_test.json',
  'rsa_signature_2048_sha256_test.json',
  'rsa_signature_2048_sha384_test.json',
  'rsa_signature_2048_sha512_test.json',
  'rsa_signature_3072_sha256_test.json',
  'rsa_signature_3072_sha384_test.json',
  'rsa_signature_3072_sha512_test.json',
  'rsa_signature_4096_sha256_test.json',
  'rsa_signature_4096_sha384_test.json',
  'rsa_signature_4096_sha512_test.json',
]

/** What an `acceptable` case is to us: a small exponent is the key's owner's choice, a lax encoding is never taken. */
const ACCEPTABLE: Readonly<Record<string, boolean>> = { MissingNull: false, SmallPublicKey: true }

const HASHES: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' }
const CURVES: Readonly<Record<string, KeySpec>> = {
  secp256r1: 'EC_P256',
  secp384r1: 'EC_P384',
  secp521r1: 'EC_P521',
  secp256k1: 'EC_P256K',
  edwards25519: 'ED25519',
}
const TYPES: Readonly<Record<string, { scheme: string; encoding: SignatureEncoding; lowS?: boolean }>> = {
  EcdsaVerify: { scheme: 'ecdsa', encoding: 'der' },
  EcdsaBitcoinVerify: { scheme: 'ecdsa', encoding: 'der', lowS: true },
  EcdsaP1363Verify: { scheme: 'ecdsa', encoding: 'p1363' },
  EddsaVerify: { scheme: 'eddsa', encoding: 'raw' },
  RsassaPkcs1Verify: { scheme: 'rsa-pkcs1', encoding: 'raw' },
  RsassaPkcs1Generate: { scheme: 'rsa-pkcs1', encoding: 'raw' },
  RsassaPssVerify: { scheme: 'rsa-pss', encoding: 'raw' },
  RsassaPssWithParametersVerify: { scheme: 'rsa-pss', encoding: 'raw' },
}

interface Case {
  readonly tcId: number
  readonly flags: readonly string[]
  readonly msg: string
  readonly sig: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Group {
  readonly type: string
  readonly sha?: string
  readonly mgf?: string
  readonly mgfSha?: string
  readonly sLen?: number
  readonly keySize?: number
  readonly publicKey?: { readonly curve?: string }
  readonly publicKeyPem?: string
  readonly publicKeyDer?: string
  readonly publicKeyJwk?: Jwk
  readonly keyPem?: string
  readonly tests: readonly Case[]
}

describe(`the vectors of Wycheproof${REASON}`, () => {
  test.skipIf(CHECKOUT === undefined).each(FILES)(
    '%s',
    async (file) => {
      const groups = groupsOf(file).filter((group) => algorithmOf(group) !== undefined)
      const disagreements: string[] = []
      for (const group of groups) {
        for (const vector of group.tests) {
          const wanted = expectedOf(vector)
          const answers = await answersTo(group, vector)
          if (answers.some((answer) => answer !== wanted))
            disagreements.push(`${vector.tcId}: ${wanted}, got ${answers}`)
        }
      }
      expect(groups).not.toEqual([])
      expect(disagreements).toEqual([])
    },
    240_000,
  )

  test.skipIf(CHECKOUT === undefined)('leave out no file that the algorithm table has a row for', () => {
    const fitting = readdirSync(join(CHECKOUT ?? '', 'testvectors_v1')).filter(
      (file) => /^(ecdsa|ed25519|rsa)_?.*\.json$/.test(file) && groupsOf(file).some((group) => algorithmOf(group)),
    )
    expect(fitting.sort()).toEqual([...FILES].sort())
  })

  test.skipIf(CHECKOUT === undefined)('hold keys that are the same as PEM, DER and JWK', () => {
    for (const group of FILES.flatMap(groupsOf).filter((group) => algorithmOf(group) !== undefined)) {
      const { spkiSha256 } = keyOf(group)
      const { publicKeyDer, publicKeyJwk } = group
      if (publicKeyDer) expect(parsePublicKey(Buffer.from(publicKeyDer, 'hex')).spkiSha256).toBe(spkiSha256)
      if (publicKeyJwk) expect(parsePublicKey(publicKeyJwk).spkiSha256).toBe(spkiSha256)
    }
  })
})

function groupsOf(file: string): readonly Group[] {
  const text = readFileSync(join(CHECKOUT ?? '', 'testvectors_v1', file), 'utf8')
  return (JSON.parse(text) as { testGroups: readonly Group[] }).testGroups
}

/** Undefined for a pair of hash and key that the algorithm table does not have. */
function algorithmOf({ type, sha, mgf, mgfSha, keySize, publicKey }: Group): SigningAlgorithm | undefined {
  const scheme = TYPES[type]?.scheme
  const keySpec = keySize === undefined ? CURVES[publicKey?.curve ?? ''] : (`RSA_${keySize}` as KeySpec)
  if (scheme === undefined || keySpec === undefined) return undefined
  if (scheme === 'rsa-pss' && (mgf !== 'MGF1' || mgfSha !== sha)) return undefined
  const hash = sha === undefined ? undefined : (HASHES[sha] ?? 'another')
  return rowsForKeySpec(keySpec).find((row) => row.scheme === scheme && row.hash === hash)?.algorithm
}

function keyOf({ publicKeyPem, keyPem }: Group): PublicKey {
  return parsePublicKey(publicKeyPem ?? keyPem ?? '')
}

function expectedOf({ result, flags, tcId }: Case): boolean {
  if (result !== 'acceptable') return result === 'valid'
  const rule = flags.map((flag) => ACCEPTABLE[flag]).find((verdict) => verdict !== undefined)
  if (rule === undefined) throw new Error(`no rule for case ${tcId}, which is acceptable for ${flags}`)
  return rule
}

/** From the message and, where the scheme has one, from the digest; the code where a key is refused. */
async function answersTo(group: Group, { msg, sig }: Case): Promise<readonly (boolean | string)[]> {
  const algorithm = algorithmOf(group)
  const { encoding = 'raw', lowS = false } = TYPES[group.type] ?? {}
  if (algorithm === undefined) throw new Error(`no algorithm for ${group.type}`)
  const message = Buffer.from(msg, 'hex')
  const hash = HASHES[group.sha ?? '']
  const salt = group.sLen === undefined ? {} : { pssSaltLength: group.sLen }
  try {
    const publicKey = keyOf(group)
    const options = { algorithm, publicKey, signature: Buffer.from(sig, 'hex'), encoding, lowS, ...salt }
    const fromMessage = await verifySignature({ ...options, message })
    if (hash === undefined) return [fromMessage]
    return [fromMessage, await verifySignature({ ...options, digest: createHash(hash).update(message).digest() })]
  } catch (error) {
    if (isKmsError(error)) return [error.code]
    throw error
  }
}
