// The tools of the rehearsal: what tooling/rehearsal locks, and the Node versions of the matrix from the npm registry.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'
import { run } from './processes.mjs'

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** Node versions of the matrix with the hashes of their packages; the running Node stands for its own major. */
const nodes = JSON.parse(readFileSync(join(root, 'tooling/rehearsal/nodes.json'), 'utf8'))

/** A folder with the tools in its node_modules: the working copy's if it is as locked, else a fresh installation. */
export async function installTools(home, source = join(root, 'tooling/rehearsal')) {
  const locked = readFileSync(join(source, 'package-lock.json'), 'utf8')
  if (isInstalled(source, locked)) return source
  const folder = join(home, 'tools')
  mkdirSync(folder)
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(folder, file))
  await run('npm', ['ci', ...QUIET], { cwd: folder, timeoutMs: 600_000 })
  return folder
}

function isInstalled(folder, locked) {
  const marker = join(folder, 'node_modules/.package-lock.json')
  if (!existsSync(marker)) return false
  const found = JSON.parse(readFileSync(marker, 'utf8')).packages
  return Object.entries(JSON.parse(locked).packages).every(
    ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
  )
}

/** `[{ major, version, path }]` for the majors asked for; `path` is missing where this platform has no such package. */
export async function installNodes(home, majors) {
  const found = []
  for (const major of majors) found.push(await installNode(home, major))
  return found
}

async function installNode(home, major) {
  const running = process.versions.node
  if (running.split('.')[0] === major) return { major, version: running, path: process.execPath }
  const version = nodes.versions[major]
  if (version === undefined) throw new Error(`tooling/rehearsal/nodes.json has no Node ${major}`)
  const platform = `${process.platform}-${process.arch}`
  const integrity = nodes.integrity[platform]?.[major]
  if (integrity === undefined) return { major, version, missing: `no package locked for ${platform}` }
  const folder = join(home, `node-${major}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  await run('npm', ['install', ...QUIET, `node-${platform}@${version}`], { cwd: folder, timeoutMs: 600_000 })
  const installed = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const name = `node_modules/node-${platform}`
  if (installed.packages[name].integrity !== integrity) {
    throw new Error(`Node ${version} from the registry is not the one that tooling/rehearsal/nodes.json names`)
  }
  return { major, version, path: join(folder, name, 'bin/node') }
}

export const majors = Object.keys(nodes.versions)

/** The pinned pnpm of a checkout, as a folder for PATH. */
export function pnpmBinOf(checkout) {
  const { packageManager } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  return join(checkout, '.tools', packageManager.split('+')[0].replace('@', '-'), 'node_modules/.bin')
}

export function fingerprint(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
