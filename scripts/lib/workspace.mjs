// What the scripts know about this repository: its published packages, their entry points, and how to start a tool.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Published packages, each with its folder, name and manifest. */
export function publishedPackages() {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ folder, manifest, name: manifest.name }))
}

/** The typed entry points of a package: `{ name: 'driver', types: '…/dist/driver.d.ts' }`; the main one is `index`. */
export function entryPoints({ folder, manifest }) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, target]) => ({
      name: path === '.' ? 'index' : basename(path),
      types: join(folder, target.import.types),
    }))
}

/** Stops with a message that says what to do, without a stack. */
export function stop(message, status = 1) {
  console.error(message)
  process.exit(status)
}

/** Built declarations that are not there, relative to the root. */
export function missingBuild() {
  return publishedPackages()
    .flatMap(entryPoints)
    .filter(({ types }) => !existsSync(types))
    .map(({ types }) => types.slice(root.length))
}

/** Stops unless every published package has been built. */
export function requireBuild() {
  const missing = missingBuild()
  if (missing.length > 0) stop(`Not built: ${missing.join(', ')}\nRun: npm run build`)
}

/** Runs a command to its end, or until `timeoutMs` or `signal` end it; gives `{ status, signal, output }`. */
export function run(command, args, { cwd = root, env = process.env, timeoutMs, signal: stopping } = {}) {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: timeoutMs, signal: stopping, stdio: ['ignore', 'pipe', 'pipe'] }
    const child = spawn(command, args, options)
    const parts = []
    child.stdout.on('data', (part) => parts.push(part))
    child.stderr.on('data', (part) => parts.push(part))
    child.on('error', (error) => {
      if (error.name !== 'AbortError') parts.push(Buffer.from(`Cannot start ${command}: ${error.message}\n`))
    })
    child.on('close', (status, signal) => resolve({ status, signal, output: Buffer.concat(parts).toString('utf8') }))
  })
}

/** Packs every published package as a release would and gives the tarballs by package name. */
export async function packAll(destination) {
  const args = ['scripts/pnpm.mjs', '-r', '--filter', './packages/*', 'pack', '--pack-destination', destination]
  const { status, output } = await run(process.execPath, args)
  if (status !== 0) throw new Error(`pnpm pack failed:\n${output}`)
  const tarballs = publishedPackages().map(({ name, manifest }) => [
    name,
    join(destination, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`),
  ])
  const missing = tarballs.filter(([, path]) => !existsSync(path)).map(([name]) => name)
  if (missing.length > 0) throw new Error(`pnpm pack made no tarball of ${missing.join(', ')}`)
  return new Map(tarballs)
}
