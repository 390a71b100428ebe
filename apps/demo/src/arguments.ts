import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'

export interface Arguments {
  readonly file: string
  readonly live: boolean
  readonly out: string
}

/** The repository, seen from the built file in `apps/demo/dist`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const fromHere = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

const ENVIRONMENT = `
Environment of --live (what is missing skips the cloud, by name):
  NAVER Cloud  NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY, KMSIGN_NCP_KEY_TAG
               optional: KMSIGN_NCP_ALGORITHM, KMSIGN_NCP_ZONE, KMSIGN_NCP_BASE_URL
  Volcengine   VOLC_ACCESSKEY, VOLC_SECRETKEY, KMSIGN_VOLCENGINE_KEY_ID
               (or KMSIGN_VOLCENGINE_KEYRING_NAME and KMSIGN_VOLCENGINE_KEY_NAME)
               optional: VOLC_SESSION_TOKEN, KMSIGN_VOLCENGINE_ALGORITHM,
               KMSIGN_VOLCENGINE_REGION, KMSIGN_VOLCENGINE_BASE_URL
  AWS          KMSIGN_AWS_KEY_ID; credentials and region as for every AWS tool
               optional: KMSIGN_AWS_ALGORITHM, KMSIGN_AWS_BASE_URL
The algorithm is ECDSA_SHA_256 unless the variable says otherwise.

Exit codes: 0 all is as it must be; 1 something is not; 2 the command line is wrong.`

/** Parses the command line; an exit code when there is nothing to do, because help was asked for or it is wrong. */
export function parseArguments(words: readonly string[]): Arguments | { readonly exitCode: 0 | 2 } {
  const command = new Command('kmsign-demo')
    .description('Signs a file with every cloud, algorithm and key spec, and lets openssl judge.')
    .argument('[file]', 'the file to sign (default: the README of the demo)')
    .option('--live', 'sign with real accounts, from environment variables, instead of the emulator')
    .option('--out <dir>', 'for signatures, public keys and CHECK.txt (default: apps/demo/out)')
    .addHelpText('after', ENVIRONMENT)
    .showHelpAfterError('Run with --help for the usage.')
    .exitOverride()
  try {
    command.parse([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { exitCode: error.exitCode === 0 ? 0 : 2 }
  }
  const { live = false, out = fromHere('out') } = command.opts<{ live?: boolean; out?: string }>()
  return { file: command.args[0] ?? fromHere('README.md'), live, out }
}
