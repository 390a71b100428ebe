import { execFileSync } from 'node:child_process'
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SigningAlgorithm } from '@kmsign/core'

export type Judged = Exclude<SigningAlgorithm, 'ML_DSA'>

const HASHES = {
  RSA_PSS_SHA_256: 'sha256',
  RSA_PSS_SHA_384: 'sha384',
  RSA_PSS_SHA_512: 'sha512',
  RSA_PKCS1_SHA_256: 'sha256',
  RSA_PKCS1_SHA_384: 'sha384',
  RSA_PKCS1_SHA_512: 'sha512',
  ECDSA_SHA_256: 'sha256',
  ECDSA_SHA_384: 'sha384',
  ECDSA_SHA_512: 'sha512',
  SM2_DSA: 'sm3',
  ED25519: undefined,
} as const satisfies Record<Judged, string | undefined>

export const digestOf = (algorithm: Judged, message: Uint8Array): Uint8Array =>
  new Uint8Array(
    createHash(HASHES[algorithm] ?? 'sha512')
      .update(message)
      .digest(),
  )

const isPss = (algorithm: Judged) => algorithm.startsWith('RSA_PSS')
const saltLength = (algorithm: Judged) => digestOf(algorithm, new Uint8Array()).length

/** What `node:crypto` says; it cannot judge SM2. PSS: with a salt exactly as long as the digest. */
export function nodeAccepts(algorithm: Judged, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key: KeyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength(algorithm) }
  return verify(HASHES[algorithm], message, isPss(algorithm) ? { key, ...pss } : key, signature)
}

/** What the openssl command says: it shares no line with us or the emulator. */
export function opensslAccepts(algorithm: Judged, pem: string, message: Uint8Array, signature: Uint8Array): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-aws-'))
  try {
    const file = (name: string, content: string | Uint8Array) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    }
    const hash = HASHES[algorithm]
    const pss = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', `rsa_pss_saltlen:${saltLength(algorithm)}`]
    const args = [
      ...['pkeyutl', '-verify', '-pubin', '-inkey', file('key.pem', pem), '-rawin'],
      ...['-in', file('message', message), '-sigfile', file('signature', signature)],
      ...(hash === undefined ? [] : ['-digest', hash]),
      ...(isPss(algorithm) ? pss : []),
      ...(algorithm === 'SM2_DSA' ? ['-pkeyopt', 'distid:1234567812345678'] : []),
    ]
    execFileSync('openssl', args, { stdio: 'pipe' })
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
