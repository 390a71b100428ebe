// The front door: runs the pinned pnpm, fetched into .tools on first use, so that Node and npm are all a machine needs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [pin, hash] = packageManager.split('+sha512.')
const home = join(root, '.tools', pin.replace('@', '-'))
const cli = join(home, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')

try {
  if (!existsSync(cli)) fetchPnpm()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
process.exitCode = run(process.execPath, [cli, ...process.argv.slice(2)], {
  cwd: root,
  env: {
    ...process.env,
    // turbo starts pnpm by name, so the pinned one must be found first.
    PATH: join(home, 'node_modules', '.bin') + delimiter + process.env.PATH,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  },
})

/** Into a folder of its own first, so that a broken or a second download leaves nothing half done. */
function fetchPnpm() {
  const folder = `${home}.${process.pid}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  try {
    console.error(`Fetching ${pin}`)
    const options = [
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--fetch-retry-maxtimeout=15000',
    ]
    const status = run('npm', ['install', '--prefix', folder, ...options, pin], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0)
      throw new Error(`Could not fetch ${pin}. The first run needs the npm registry; later ones do not.`)
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    const received = packages['node_modules/pnpm'].integrity.replace('sha512-', '')
    if (Buffer.from(received, 'base64').toString('hex') !== hash) {
      throw new Error(`The ${pin} that npm fetched is not the one that package.json names by its hash.`)
    }
    if (!existsSync(cli)) renameSync(folder, home)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(command, args, options) {
  const shell = process.platform === 'win32' && command === 'npm'
  const { error, signal, status } = spawnSync(command, args, { stdio: 'inherit', shell, ...options })
  if (error) console.error(`Cannot start ${command}: ${error.message}`)
  return status ?? (signal ? 128 + constants.signals[signal] : 1)
}
