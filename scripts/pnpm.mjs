// The front door: runs the pinned pnpm, fetched into .tools on first use, so that Node and npm are all a machine needs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pin = packageManager.split('+')[0]
const home = join(root, '.tools', pin.replace('@', '-'))
const cli = join(home, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs')

function run(command, args, options) {
  const onWindows = process.platform === 'win32' && command === 'npm'
  const result = spawnSync(command, args, { stdio: 'inherit', shell: onWindows, ...options })
  if (result.error) console.error(`Cannot start ${command}: ${result.error.message}`)
  if (result.signal) process.kill(process.pid, result.signal)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

if (!existsSync(cli)) {
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{"private":true}\n')
  run('npm', ['install', '--prefix', home, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', pin], {
    cwd: home,
  })
}

run(process.execPath, [cli, ...process.argv.slice(2)], {
  cwd: root,
  env: {
    ...process.env,
    // turbo starts pnpm by name, so the pinned one must be found first.
    PATH: join(home, 'node_modules', '.bin') + delimiter + process.env.PATH,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  },
})
