import { execFile } from 'node:child_process'
import type { SigningAlgorithm } from '@kmsign/core'
import { opensslRow } from './openssl-commands.ts'

export type OpensslVerdict = 'ok' | 'failed' | 'too old' | 'not installed'

/** The openssl of this machine, if it has one. */
export interface Openssl {
  /** As it calls itself; undefined where there is none. */
  readonly version: string | undefined
  /** Runs one check; anything but a clear success is a failure. */
  check(algorithm: SigningAlgorithm, args: readonly string[]): Promise<OpensslVerdict>
}

const TIMEOUT_MS = 120_000

/** @param root where the commands are run, so that they work there for others too */
export async function findOpenssl(root: string): Promise<Openssl> {
  const { output } = await run(['version'], root)
  const version = /^(?:Open|Libre|Boring)SSL [\w.-]+/.exec(output)?.[0]
  const [major = 0, minor = 0] = numbersOf(version)
  return {
    version,
    async check(algorithm, args) {
      if (version === undefined) return 'not installed'
      const [sinceMajor, sinceMinor] = opensslRow(algorithm).since
      if (major < sinceMajor || (major === sinceMajor && minor < sinceMinor)) return 'too old'
      const { ended, output: said } = await run(args, root)
      return ended === 0 && /Verified OK|Verified Successfully/.test(said) ? 'ok' : 'failed'
    },
  }
}

/** LibreSSL counts otherwise; it can do what OpenSSL 1.1 could. */
function numbersOf(version: string | undefined): readonly number[] {
  if (version?.startsWith('OpenSSL ') !== true) return [1, 1]
  return (/\d+\.\d+/.exec(version)?.[0] ?? '').split('.').map(Number)
}

async function run(args: readonly string[], cwd: string): Promise<{ readonly ended: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile('openssl', args, { cwd, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 1
      resolve({ ended: error ? code : 0, output: `${stdout}${stderr}` })
    })
  })
}
