import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AlgorithmRow } from '../src/algorithms.ts'

/** Whether the openssl command is here and knows SM2 (3.0 and later). */
export const hasOpenssl = (() => {
  try {
    return /^OpenSSL [3-9]\./.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }))
  } catch {
    return false
  }
})()

const DEFAULT_ID = '1234567812345678'

/** Options of one signature: PSS salt in bytes, SM2 id. */
export interface OpensslOptions {
  readonly salt?: number
  readonly sm2UserId?: Uint8Array
}

/** A signature over a message by the openssl command, DER for ECDSA and SM2. */
export function opensslSign(
  row: AlgorithmRow,
  privatePem: string,
  message: Uint8Array,
  options: OpensslOptions = {},
): Buffer {
  return inFolder({ key: Buffer.from(privatePem), message }, (path) => {
    const args = row.scheme === 'sm2' || row.scheme === 'eddsa' ? pkeyutl(row, options) : dgst(row, options)
    const input =
      args[0] === 'dgst'
        ? ['-sign', path('key'), '-out', path('out'), path('message')]
        : ['-sign', '-inkey', path('key'), '-in', path('message'), '-out', path('out')]
    execFileSync('openssl', [...args, ...input], { stdio: 'pipe' })
    return readFileSync(path('out'))
  })
}

/** Whether the openssl command accepts a signature, DER for ECDSA and SM2. */
export function opensslVerify(
  row: AlgorithmRow,
  publicPem: string,
  message: Uint8Array,
  signature: Uint8Array,
  options: OpensslOptions = {},
): boolean {
  return inFolder({ key: Buffer.from(publicPem), message, signature }, (path) => {
    const args = row.scheme === 'sm2' || row.scheme === 'eddsa' ? pkeyutl(row, options) : dgst(row, options)
    const input =
      args[0] === 'dgst'
        ? ['-verify', path('key'), '-signature', path('signature'), path('message')]
        : ['-verify', '-pubin', '-inkey', path('key'), '-in', path('message'), '-sigfile', path('signature')]
    try {
      execFileSync('openssl', [...args, ...input], { stdio: 'pipe' })
      return true
    } catch {
      return false
    }
  })
}

/** A self-signed certificate, PEM. */
export function opensslCertificate(privatePem: string): string {
  return inFolder({ key: Buffer.from(privatePem) }, (path) =>
    execFileSync('openssl', ['req', '-x509', '-new', '-key', path('key'), '-subj', '/CN=kmsign test', '-days', '1'], {
      stdio: 'pipe',
      encoding: 'utf8',
    }),
  )
}

function dgst({ hash, scheme, digestBytes }: AlgorithmRow, { salt }: OpensslOptions): string[] {
  const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', `rsa_pss_saltlen:${salt ?? digestBytes}`]
  return ['dgst', `-${hash}`, ...(scheme === 'rsa-pss' ? pss : [])]
}

function pkeyutl({ scheme }: AlgorithmRow, { sm2UserId }: OpensslOptions): string[] {
  const id = Buffer.from(sm2UserId ?? Buffer.from(DEFAULT_ID)).toString('hex')
  // The command knows no empty hexadecimal id; without any it uses the empty one.
  const sm2 = ['-digest', 'sm3', ...(id === '' ? [] : ['-pkeyopt', `hexdistid:${id}`])]
  return ['pkeyutl', '-rawin', ...(scheme === 'sm2' ? sm2 : [])]
}

function inFolder<T>(files: Readonly<Record<string, Uint8Array>>, run: (path: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-openssl-'))
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    return run((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
