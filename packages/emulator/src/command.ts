import { Command, CommanderError } from 'commander'
import {
  type CommandLine,
  collect,
  parseFaultText,
  parseKeyText,
  readCredentialOptions,
  readSettings,
} from './cli-options.ts'
import { createKeys, describeStart } from './cli-start.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from './index.ts'

/** What a run of the command comes to: a running emulator, or an exit code. */
export interface CommandOutcome {
  readonly output: string
  readonly errors: string
  readonly emulator?: Emulator
  readonly exitCode: number
}

const BAD_OPTIONS = 2
const FAILED = 1

type Environment = Readonly<Record<string, string | undefined>>

/** The command without its process: arguments in, texts and an exit code out. */
export async function runCommand(words: readonly string[], environment: Environment): Promise<CommandOutcome> {
  const said = { output: '', errors: '' }
  const command = createCommand()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        said.output += text
      },
      writeErr: (text) => {
        said.errors += text
      },
    })
  try {
    command.parse([...words], { from: 'user' })
    const line = command.opts<CommandLine>()
    const { emulator, text } = await start(line, environment)
    return { output: text, errors: '', emulator, exitCode: 0 }
  } catch (error) {
    // Commander has said its own message by now; help and version are no failure.
    if (error instanceof CommanderError) return { ...said, exitCode: error.exitCode === 0 ? 0 : BAD_OPTIONS }
    return { output: '', ...failure(error) }
  }
}

async function start(line: CommandLine, environment: Environment): Promise<{ emulator: Emulator; text: string }> {
  const { given, generated } = readCredentialOptions(line, environment)
  const wanted = line.key.map(parseKeyText)
  const faults = line.fault.map(parseFaultText)
  const emulator = await startEmulator(toOptions(line, given))
  try {
    for (const fault of faults) emulator.faults.add(fault)
    const keys = await createKeys(emulator, wanted)
    return { emulator, text: describeStart(emulator, keys, generated, line.json === true) }
  } catch (error) {
    await emulator.close()
    throw error
  }
}

function toOptions(line: CommandLine, given: ReturnType<typeof readCredentialOptions>['given']): EmulatorOptions {
  const settings = readSettings(line.setting)
  return {
    host: line.host,
    port: Number(line.port),
    tls: line.tls === true,
    ...(line.dataDirectory === undefined ? {} : { dataDirectory: line.dataDirectory }),
    profile: line.profile as 'default' | 'random',
    ...(line.seed === undefined ? {} : { seed: Number(line.seed) }),
    ncp: { ...settings.ncp, ...given.ncp },
    volcengine: { ...settings.volcengine, ...given.volcengine },
    aws: { ...settings.aws, ...given.aws },
  }
}

/** A TypeError is a wrong option; anything else, such as a port in use, went wrong while starting. */
function failure(error: unknown): { errors: string; exitCode: number } {
  const { code, message } = error as NodeJS.ErrnoException
  const text = code === 'EADDRINUSE' ? 'the port is in use; choose another with --port' : message
  return { errors: `kmsign-emulator: ${text}\n`, exitCode: error instanceof TypeError ? BAD_OPTIONS : FAILED }
}

function createCommand(): Command {
  return new Command('kmsign-emulator')
    .description(
      'Speaks the KMS protocols of NAVER Cloud, Volcengine and AWS with real keys, for tests and development.',
    )
    .option('--host <address>', 'address to listen on; anything but loopback is reachable by others', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', '0')
    .option('--tls', 'serve HTTPS under a certificate authority made for this run')
    .option('--data-directory <path>', 'keep keys there and load them on start')
    .option('--key <provider:spec[:name]>', 'create a key: ncp:RSA2048, volcengine:EC_P256:ring/key, …', collect, [])
    .option('--fault <kind[:name=value,…]>', 'script a fault, e.g. throttle:provider=ncp,times=3', collect, [])
    .option('--setting <provider.name=value>', 'change a setting, e.g. ncp.padding=pkcs1', collect, [])
    .option('--profile <name>', 'default, or random to draw every undocumented setting', 'default')
    .option('--seed <number>', 'makes a random profile repeatable')
    .option('--ncp-access-key <id>', 'or NCLOUD_ACCESS_KEY')
    .option('--ncp-secret-key <secret>', 'or NCLOUD_SECRET_KEY')
    .option('--volcengine-access-key <id>', 'or VOLC_ACCESSKEY')
    .option('--volcengine-secret-key <secret>', 'or VOLC_SECRETKEY')
    .option('--volcengine-session-token <token>', 'or VOLC_SESSION_TOKEN')
    .option('--volcengine-region <region>', 'where keys are made; default cn-beijing')
    .option('--aws-access-key <id>', 'or AWS_ACCESS_KEY_ID')
    .option('--aws-secret-key <secret>', 'or AWS_SECRET_ACCESS_KEY')
    .option('--aws-session-token <token>', 'or AWS_SESSION_TOKEN')
    .option('--aws-region <region>', 'default us-east-1')
    .option('--json', 'print one line of JSON when ready')
    .allowExcessArguments(false)
}
