import { relative, sep } from 'node:path'
import { isKmsError, type Signer } from '@kmsign/core'
import type { InputFile } from './input-file.ts'
import type { Openssl, OpensslVerdict } from './openssl.ts'
import { opensslRow, toCommandLine } from './openssl-commands.ts'
import type { OutFolder } from './out-folder.ts'
import { type SignedFile, signFile } from './sign.ts'

/** What every row is signed and checked with. */
export interface Bench {
  readonly file: InputFile
  readonly out: OutFolder
  readonly openssl: Openssl
  /** The repository: commands are written to be pasted there. */
  readonly root: string
}

export type SigningOutcome =
  | { readonly kind: 'signed'; readonly signed: SignedFile; readonly openssl: OpensslVerdict; readonly command: string }
  /** The provider has no way to sign a file of this size: expected, and no failure. */
  | { readonly kind: 'too large'; readonly code: string; readonly limit: number | undefined }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** Signs the file, writes what a stranger needs to check it, and lets openssl be that stranger. */
export async function signAndCheck(signer: Signer, bench: Bench): Promise<SigningOutcome> {
  try {
    const signed = await signFile(signer, bench.file.bytes)
    const { result, publicKey } = signed
    const name = `${result.provider}-${publicKey.keySpec}-${result.algorithm}`
    const files = {
      message: fromRoot(bench.file.path, bench.root),
      signature: fromRoot(await bench.out.write(`${name}.sig`, result.signature), bench.root),
      publicKey: fromRoot(await bench.out.write(`${name}.pem`, publicKey.toPem()), bench.root),
    }
    const args = opensslRow(result.algorithm).toArguments(files, result)
    const openssl = await bench.openssl.check(result.algorithm, args)
    return { kind: 'signed', signed, openssl, command: toCommandLine(args) }
  } catch (error) {
    if (!isKmsError(error)) throw error
    const { code, message } = error
    if (code === 'KMS_MESSAGE_TOO_LARGE') return { kind: 'too large', code, limit: signer.capabilities.maxMessageBytes }
    return { kind: 'failed', code, message }
  } finally {
    await signer.close()
  }
}

/** Whether a row is as it must be. */
export function isGood(outcome: SigningOutcome): boolean {
  if (outcome.kind !== 'signed') return outcome.kind === 'too large'
  const { result, remote, local, offline } = outcome.signed
  const verdicts: readonly string[] = [remote, local, offline, outcome.openssl]
  return !verdicts.includes('failed') && (result.verified || local === 'unsupported')
}

/** A path as it is typed in the repository; never taken for an option. */
function fromRoot(path: string, root: string): string {
  const short = relative(root, path)
  if (short === '..' || short.startsWith(`..${sep}`) || short === path) return path
  return short.startsWith('-') ? `.${sep}${short}` : short
}
