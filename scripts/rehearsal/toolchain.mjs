// The tools of the rehearsal: what tooling/rehearsal locks, and the Node versions of the matrix from the npm registry.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/processes.mjs'
import { root } from '../lib/workspace.mjs'

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

const BEFORE = { bun: [], deno: ['run', '--allow-all', '--no-prompt'] }

/** Node versions of the matrix with the hashes of their packages; the running Node stands for its own major. */
const nodes = JSON.parse(readFileSync(join(root, 'tooling/rehearsal/nodes.json'), 'utf8'))
const platform = `${process.platform}-${process.arch}`

/**
 * A folder with the tools in its node_modules: the working copy's if it is as locked, else a fresh installation. Not by
 * `npm ci`, which gives up on a registry that lacks optional packages of other platforms; so what came is compared.
 */
export async function installTools(home, source = join(root, 'tooling/rehearsal')) {
  const locked = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8')).packages
  if (isAsLocked(source, locked)) return source
  const folder = join(home, 'tools')
  mkdirSync(folder)
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(folder, file))
  await run('npm', ['install', ...QUIET], { cwd: folder, timeoutMs: 600_000 })
  if (!isAsLocked(folder, locked)) throw new Error('npm installed other tools than tooling/rehearsal locks')
  return folder
}

function isAsLocked(folder, locked) {
  const marker = join(folder, 'node_modules/.package-lock.json')
  if (!existsSync(marker)) return false
  const found = JSON.parse(readFileSync(marker, 'utf8')).packages
  const wanted = Object.entries(locked).filter(([path, { optional }]) => path !== '' && (!optional || path in found))
  return wanted.every(
    ([path, { version, integrity }]) => found[path]?.version === version && found[path].integrity === integrity,
  )
}

/** `[{ name, version, path, before, jest }]` of what was asked for; what has no `path` is `missing`, and skipped by name. */
export async function installRuntimes(home, asked) {
  const found = []
  for (const name of asked)
    found.push(name in nodes.others ? await installOther(home, name) : await installNode(home, name))
  return found
}

async function installNode(home, major) {
  const running = process.versions.node
  const here = running.split('.')[0] === major
  const version = here ? running : nodes.versions[major]
  const runtime = { name: `Node ${version}`, version, before: [], jest: true }
  if (here) return { ...runtime, path: process.execPath }
  const { package: name, integrity } = nodes.platforms[platform] ?? { integrity: {} }
  const binary = major in integrity && { package: name, bin: 'bin/node', integrity: integrity[major] }
  return installBinary(home, runtime, binary)
}

/** Runtimes that we do not promise: what they do is shown and is no failure. */
async function installOther(home, name) {
  const { version, ...binaries } = nodes.others[name]
  const runtime = { name: `${name} ${version}`, version, before: BEFORE[name], jest: false, promised: false }
  return installBinary(home, runtime, binaries[platform])
}

async function installBinary(home, runtime, binary) {
  if (!binary) return { ...runtime, missing: `no package locked for ${platform}` }
  const folder = join(home, runtime.name.replace(' ', '-').toLowerCase())
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const spec = `${binary.package}@${runtime.version}`
  await run('npm', ['install', ...QUIET, spec], { cwd: folder, timeoutMs: 600_000 })
  const installed = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const place = `node_modules/${binary.package}`
  if (installed.packages[place].integrity !== binary.integrity) {
    throw new Error(`${spec} from the registry is not the one that tooling/rehearsal/nodes.json names`)
  }
  return { ...runtime, path: join(folder, place, binary.bin) }
}

export const majors = Object.keys(nodes.versions)
export const others = Object.keys(nodes.others)

/** The pinned pnpm of a checkout, as a folder for PATH. */
export function pnpmBinOf(checkout) {
  const { packageManager } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  return join(checkout, '.tools', packageManager.split('+')[0].replace('@', '-'), 'node_modules/.bin')
}
