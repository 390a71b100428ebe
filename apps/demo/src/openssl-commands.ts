import type { SigningAlgorithm, SignResult } from '@kmsign/core'

/** The three files that openssl needs. */
export interface CheckFiles {
  readonly message: string
  readonly signature: string
  readonly publicKey: string
}

type Version = readonly [major: number, minor: number]

interface OpensslRow {
  /** The first version that can do it. */
  readonly since: Version
  toArguments(files: CheckFiles, result: SignResult): readonly string[]
}

type Hash = 'sha256' | 'sha384' | 'sha512'

const dgst = (hash: Hash, toOptions: (result: SignResult) => readonly string[] = () => []): OpensslRow => ({
  since: [1, 1],
  toArguments: ({ message, signature, publicKey }, result) => [
    ...['dgst', `-${hash}`, ...toOptions(result)],
    ...['-verify', publicKey, '-signature', signature, message],
  ],
})

/** The salt length is given exactly: openssl would else take any. */
const pss = (hash: Hash): OpensslRow =>
  dgst(hash, ({ pssSaltLength }) => [
    ...['-sigopt', 'rsa_padding_mode:pss'],
    ...['-sigopt', `rsa_pss_saltlen:${pssSaltLength ?? 'digest'}`],
    ...['-sigopt', `rsa_mgf1_md:${hash}`],
  ])

const pkeyutl = (since: Version, toOptions: (result: SignResult) => readonly string[] = () => []): OpensslRow => ({
  since,
  toArguments: ({ message, signature, publicKey }, result) => [
    ...['pkeyutl', '-verify', '-pubin', '-inkey', publicKey, '-rawin', ...toOptions(result)],
    ...['-in', message, '-sigfile', signature],
  ],
})

const sm2 = ({ sm2UserId = '1234567812345678' }: SignResult) => ['-digest', 'sm3', '-pkeyopt', `distid:${sm2UserId}`]

const ROWS = {
  RSA_PSS_SHA_256: pss('sha256'),
  RSA_PSS_SHA_384: pss('sha384'),
  RSA_PSS_SHA_512: pss('sha512'),
  RSA_PKCS1_SHA_256: dgst('sha256'),
  RSA_PKCS1_SHA_384: dgst('sha384'),
  RSA_PKCS1_SHA_512: dgst('sha512'),
  ECDSA_SHA_256: dgst('sha256'),
  ECDSA_SHA_384: dgst('sha384'),
  ECDSA_SHA_512: dgst('sha512'),
  SM2_DSA: pkeyutl([3, 0], sm2),
  ED25519: pkeyutl([3, 0]),
  ML_DSA: pkeyutl([3, 5]),
} satisfies Record<SigningAlgorithm, OpensslRow>

/** How openssl checks signatures of an algorithm. */
export function opensslRow(algorithm: SigningAlgorithm): OpensslRow {
  return ROWS[algorithm]
}

const PLAIN = /^[\w@%+=:,./-]+$/

/** A command as one types it; quoted for a POSIX shell where that is needed. */
export function toCommandLine(args: readonly string[]): string {
  return ['openssl', ...args].map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}
