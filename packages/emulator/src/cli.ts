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
import { type EmulatorOptions, startEmulator } from './index.ts'

const BAD_OPTIONS = 2
const FAILED = 1

const program = new Command('kmsign-emulator')
  .description('Speaks the KMS protocols of NAVER Cloud, Volcengine and AWS with real keys, for tests and development.')
  .option('--host <address>', 'address to listen on; anything but loopback is reachable by others', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 takes a free one', '0')
  .option('--tls', 'serve HTTPS under a certificate authority made for this run')
  .option('--data-directory <path>', 'keep keys there and load them on start')
  .option(
    '--key <provider:spec[:name]>',
    'create a key, e.g. ncp:RSA2048, volcengine:EC_P256, aws:ECC_NIST_P256:my-alias',
    collect,
    [],
  )
  .option('--fault <kind[:name=value,…]>', 'script a fault, e.g. throttle:provider=ncp,times=3', collect, [])
  .option('--setting <provider.name=value>', 'change a setting, e.g. ncp.padding=pkcs1', collect, [])
  .option('--profile <name>', 'default, or random to draw every undocumented setting', 'default')
  .option('--seed <number>', 'makes a random profile repeatable')
  .option('--ncp-access-key <id>', 'with --ncp-secret-key; environment NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY')
  .option('--ncp-secret-key <secret>')
  .option('--volcengine-access-key <id>', 'with --volcengine-secret-key; environment VOLC_ACCESSKEY, VOLC_SECRETKEY')
  .option('--volcengine-secret-key <secret>')
  .option('--volcengine-session-token <token>', 'environment VOLC_SESSION_TOKEN')
  .option('--volcengine-region <region>')
  .option('--aws-access-key <id>', 'with --aws-secret-key; environment AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY')
  .option('--aws-secret-key <secret>')
  .option('--aws-session-token <token>', 'environment AWS_SESSION_TOKEN')
  .option('--aws-region <region>')
  .option('--json', 'print one line of JSON when ready')
  .exitOverride()
  .action(run)

program.parseAsync().catch((error: unknown) => {
  // Commander has printed its own message, and help or version are no failure.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : BAD_OPTIONS)
  fail(error)
})

async function run(line: CommandLine): Promise<void> {
  const { given, generated } = readCredentialOptions(line, process.env)
  const settings = readSettings(line.setting)
  const options: EmulatorOptions = {
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
  const wanted = line.key.map(parseKeyText)
  const faults = line.fault.map(parseFaultText)
  const emulator = await startEmulator(options)
  const stop = (): void => {
    void emulator.close().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    for (const fault of faults) emulator.faults.add(fault)
    const keys = await createKeys(emulator, wanted)
    process.stdout.write(describeStart(emulator, keys, generated, line.json === true))
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/** A TypeError is a wrong option; anything else, such as a port in use, went wrong while starting. */
function fail(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException
  const text = code === 'EADDRINUSE' ? 'the port is in use; choose another with --port' : message
  process.stderr.write(`kmsign-emulator: ${text}\n`)
  process.exit(error instanceof TypeError ? BAD_OPTIONS : FAILED)
}
