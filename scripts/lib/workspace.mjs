// What the scripts know about this repository: its published packages, their entry points, and how they are packed.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './processes.mjs'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Published packages of this checkout or another, each with its folder, name, version and manifest. */
export function publishedPackages(checkout = root) {
  return readdirSync(join(checkout, 'packages'))
    .map((name) => join(checkout, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ folder, manifest, name: manifest.name, version: manifest.version }))
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

/** Whether commits are missing here, as a CI checkout has them unless it asks for all. */
export function isShallow() {
  const args = ['rev-parse', '--is-shallow-repository']
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim() !== 'false'
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

/** Packs every published package as a release would and gives the tarballs by package name. */
export async function packAll(destination) {
  const args = ['scripts/pnpm.mjs', '-r', '--filter', './packages/*', 'pack', '--pack-destination', destination]
  await run(process.execPath, args, { cwd: root })
  const tarballs = publishedPackages().map(({ name, version }) => [
    name,
    join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
  ])
  const missing = tarballs.filter(([, path]) => !existsSync(path)).map(([name]) => name)
  if (missing.length > 0) throw new Error(`pnpm pack made no tarball of ${missing.join(', ')}`)
  return new Map(tarballs)
}
