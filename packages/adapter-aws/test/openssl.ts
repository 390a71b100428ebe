import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeySpec, SigningAlgorithm } from '@kmsign/core'
import { HASHES, isPss, saltLength } from './judges.ts'

/** Release of the openssl command, such as 3.5; 0 where there is none, or another program of that name. */
const RELEASE = (() => {
  try {
    return Number(/^OpenSSL (\d+\.\d+)/.exec(execFileSync('openssl', ['version'], { encoding: 'utf8' }))?.[1] ?? 0)
  } catch {
    return 0
  }
})()

/** Whether the command is here and knows an algorithm: SM2 since 3.0, ML-DSA since 3.5. */
export function opensslKnows(algorithm: SigningAlgorithm): boolean {
  return RELEASE >= (algorithm === 'ML_DSA' ? 3.5 : 3)
}

const KEY_OPTIONS: Readonly<Record<KeySpec, readonly string[]>> = {
  RSA_2048: ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  RSA_3072: ['RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  RSA_4096: ['RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  EC_P256: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  EC_P384: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  EC_P521: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  EC_P256K: ['EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  EC_SM2: ['EC', '-pkeyopt', 'ec_paramgen_curve:SM2'],
  ED25519: ['ED25519'],
  ML_DSA_44: ['ML-DSA-44'],
  ML_DSA_65: ['ML-DSA-65'],
  ML_DSA_87: ['ML-DSA-87'],
}

/** What the openssl command says of a signature: it shares no line with us or the emulator. */
export function opensslAccepts(
  algorithm: SigningAlgorithm,
  pem: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return inFolder({ pem, message, signature }, (path) => {
    const files = ['-inkey', path('pem'), '-in', path('message'), '-sigfile', path('signature')]
    try {
      openssl('pkeyutl', '-verify', '-pubin', '-rawin', ...files, ...optionsOf(algorithm))
      return true
    } catch {
      return false
    }
  })
}

/** A private key (PEM) that the openssl command made; RSA keys take their time. */
export function opensslKey(keySpec: KeySpec): string {
  return openssl('genpkey', '-algorithm', ...KEY_OPTIONS[keySpec]).toString()
}

/** A signature by the openssl command over a message, and the public key (PEM) to it. */
export function opensslSign(algorithm: SigningAlgorithm, privatePem: string, message: Uint8Array) {
  return inFolder({ key: privatePem, message }, (path) => {
    const files = ['-inkey', path('key'), '-in', path('message'), '-out', path('signature')]
    openssl('pkeyutl', '-sign', '-rawin', ...files, ...optionsOf(algorithm))
    const publicKey = openssl('pkey', '-in', path('key'), '-pubout').toString()
    return { publicKey, signature: new Uint8Array(readFileSync(path('signature'))) }
  })
}

function optionsOf(algorithm: SigningAlgorithm): readonly string[] {
  if (algorithm === 'ML_DSA') return []
  const hash = HASHES[algorithm]
  const salt = `rsa_pss_saltlen:${saltLength(algorithm)}`
  return [
    ...(hash === undefined ? [] : ['-digest', hash]),
    ...(isPss(algorithm) ? ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', salt] : []),
    ...(algorithm === 'SM2_DSA' ? ['-pkeyopt', 'distid:1234567812345678'] : []),
  ]
}

function openssl(...args: readonly string[]): Buffer {
  return execFileSync('openssl', args, { stdio: 'pipe' })
}

function inFolder<T>(files: Readonly<Record<string, string | Uint8Array>>, run: (path: (name: string) => string) => T) {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-aws-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 })
    return run((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
