// verdaccio on loopback: our scope is published into it and never asked for elsewhere, the rest is passed on.
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attempt, run, start } from '../lib/processes.mjs'

const loopbackOnly = fileURLToPath(new URL('./loopback-only.cjs', import.meta.url))

/** The one rule that everything here rests on. */
export function assertLoopback(address) {
  const { protocol, hostname, username, password } = new URL(address)
  if (protocol === 'http:' && hostname === '127.0.0.1' && username === '' && password === '') return address
  throw new Error(`${hostname} is not 127.0.0.1: the rehearsal publishes nowhere else`)
}

/** For a request to a registry that may hang. */
const patience = () => ({ signal: AbortSignal.timeout(10_000) })

/** `{ url, environment, packument }`; `environment` is all that npm, pnpm and changesets get to see. */
export async function startRegistry({ home, tools, pnpmBin }) {
  const port = await freePort()
  const url = assertLoopback(`http://127.0.0.1:${port}/`)
  const verdaccio = startVerdaccio({ home, tools, port, upstream: await upstreamRegistry() })
  await untilItAnswers(new URL('-/ping', url), verdaccio, join(home, 'registry', 'log.txt'))
  const token = await register(url)
  const environment = environmentFor({ home, url, token, pnpmBin })
  await assertConfined(environment, url)
  return { url, environment, packument: (name) => packument(url, name) }
}

/** Where packages of others come from: the registry of this machine, read and never written down. */
async function upstreamRegistry() {
  const found = (await run('npm', ['config', 'get', 'registry'])).trim()
  if (!URL.canParse(found)) throw new Error('npm config get registry gave no address')
  return found
}

function startVerdaccio({ home, tools, port, upstream }) {
  const folder = join(home, 'registry')
  mkdirSync(folder)
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: { upstream: { url: upstream, timeout: '60s', maxage: '2h', max_fails: 10 } },
    packages: {
      // No proxy: a package of this name that lies elsewhere can never answer.
      '@kmsign/*': { access: '$all', publish: '$authenticated', unpublish: 'nobody' },
      '**': { access: '$all', publish: 'nobody', unpublish: 'nobody', proxy: 'upstream' },
    },
    max_body_size: '50mb',
    web: { enable: false },
    log: { type: 'file', path: join(folder, 'log.txt'), format: 'pretty', colors: false, level: 'warn' },
  }
  const file = join(folder, 'config.yaml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config, undefined, 2))
  writeFileSync(join(folder, 'log.txt'), '')
  const cli = join(tools, 'node_modules/verdaccio/bin/verdaccio')
  const output = openSync(join(folder, 'log.txt'), 'a')
  return start(process.execPath, [cli, '--config', file, '--listen', `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ['ignore', output, output],
  })
}

async function untilItAnswers(ping, verdaccio, log) {
  const until = performance.now() + 60_000
  while (performance.now() < until && verdaccio.exitCode === null && verdaccio.signalCode === null) {
    try {
      if ((await fetch(ping, patience())).ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`verdaccio did not start:\n${readFileSync(log, 'utf8').slice(-3000)}`)
}

async function register(url) {
  const response = await fetch(new URL('-/user/org.couchdb.user:rehearsal', url), {
    ...patience(),
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'rehearsal', password: crypto.randomUUID(), type: 'user', roles: [] }),
  })
  const { token } = await response.json()
  if (typeof token !== 'string' || token === '') throw new Error(`verdaccio gave no token (${response.status})`)
  return token
}

/** Made from nothing: no token, no npmrc and no registry of this machine gets in. */
function environmentFor({ home, url, token, pnpmBin }) {
  const user = join(home, 'user')
  for (const folder of ['', '.config', 'npm-cache', 'pnpm-store', 'pnpm-cache', 'tmp']) {
    mkdirSync(join(user, folder), { recursive: true })
  }
  const npmrc = join(user, 'npmrc')
  const host = url.replace(/^http:/, '')
  writeFileSync(
    npmrc,
    `registry=${url}
@kmsign:registry=${url}
${host}:_authToken=${token}
fetch-retries=0
audit=false
fund=false
update-notifier=false
cache=${join(user, 'npm-cache')}
store-dir=${join(user, 'pnpm-store')}
cache-dir=${join(user, 'pnpm-cache')}
`,
    { mode: 0o600 },
  )
  writeFileSync(join(user, 'empty-npmrc'), '')
  return {
    PATH: [pnpmBin, dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: user,
    XDG_CONFIG_HOME: join(user, '.config'),
    TMPDIR: join(user, 'tmp'),
    CI: 'true',
    NO_COLOR: '1',
    NODE_OPTIONS: `--require=${JSON.stringify(loopbackOnly)}`,
    NPM_CONFIG_USERCONFIG: npmrc,
    NPM_CONFIG_GLOBALCONFIG: join(user, 'empty-npmrc'),
    // changesets reads this one and no npmrc; without it, it would go for the public registry.
    npm_config_registry: url,
    GIT_CONFIG_GLOBAL: join(user, 'empty-npmrc'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'rehearsal',
    GIT_AUTHOR_EMAIL: 'rehearsal@localhost',
    GIT_COMMITTER_NAME: 'rehearsal',
    GIT_COMMITTER_EMAIL: 'rehearsal@localhost',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
}

/** Asks the environment itself before anything is published: npm's registry, pnpm's registry, and a way out. */
async function assertConfined(env, url) {
  for (const tool of ['npm', 'pnpm']) {
    for (const key of ['registry', '@kmsign:registry']) {
      const found = (await run(tool, ['config', 'get', key], { env, cwd: env.HOME })).trim()
      if (found !== url) throw new Error(`${tool} would use another ${key} than ${url}`)
      assertLoopback(found)
    }
  }
  // 192.0.2.1 is an address of documentation (RFC 5737): nobody is there, and nobody may be asked.
  const code = `require('node:net').connect(443, '192.0.2.1').on('error', ({ code }) => console.log(code))`
  const { stdout } = await attempt(process.execPath, ['-e', code], { env, timeoutMs: 20_000 })
  if (stdout.trim() !== 'EREHEARSAL')
    throw new Error('The rehearsal could reach another machine; nothing was published')
}

async function packument(url, name) {
  const response = await fetch(new URL(name.replace('/', '%2f'), url), patience())
  return response.ok ? response.json() : undefined
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
