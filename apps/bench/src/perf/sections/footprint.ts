import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { ProcessFailed } from '../process-run.ts'
import { atMost, type Row } from '../row.ts'
import { peerVersions } from '../versions.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** What `npm i @kmsign/adapter-volcengine` brings of ours. */
const PACKED = ['core', 'http', 'adapter-volcengine']
const SIZE = {
  what: 'Disk space of adapter-volcengine ÷ openapi, installed',
  ...{ goal: atMost(0.25), stretch: atMost(0.18) },
}
const COUNT = { what: 'Packages of third parties with adapter-volcengine', goal: atMost(2), stretch: atMost(1) }
const THEIR_COUNT = { what: 'Packages of third parties with openapi' }

/** What npm puts on a user's disk. The only figures that need a registry; without one the rows say so. */
export async function footprint(bench: Bench): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), 'kmsign-bench-'))
  try {
    const tarballs = await pack(bench, join(home, 'tarballs'))
    const ours = await install(bench, join(home, 'ours'), tarballs)
    const theirs = await install(bench, join(home, 'openapi'), [
      `@volcengine/openapi@${peerVersions()['@volcengine/openapi']}`,
    ])
    const medians = { volcengine: ours.bytes, openapi: theirs.bytes }
    return [
      { ...SIZE, value: ours.bytes / theirs.bytes, medians, medianUnit: 'bytes on disk' },
      { ...COUNT, value: countOthers(ours, '@kmsign/') },
      { ...THEIR_COUNT, value: countOthers(theirs, '@volcengine/') },
    ]
  } catch (error) {
    const missing = error instanceof ProcessFailed ? registryTrouble(error.text) : undefined
    if (missing === undefined) throw error
    return [SIZE, COUNT, THEIR_COUNT].map((row) => ({ ...row, value: Number.NaN, missing }))
  } finally {
    await rm(home, { recursive: true, maxRetries: 5 })
  }
}

/** As a release would: the pinned pnpm resolves what only a workspace understands. */
async function pack(bench: Bench, folder: string): Promise<string[]> {
  bench.progress('packing')
  await mkdir(folder)
  const filters = PACKED.flatMap((name) => ['--filter', `./packages/${name}`])
  const parameters = ['scripts/pnpm.mjs', '-r', ...filters, 'pack', '--pack-destination', folder]
  await bench.run(process.execPath, parameters, { cwd: ROOT, needsNetwork: true })
  return (await readdir(folder)).map((name) => join(folder, name))
}

interface Installed {
  readonly bytes: number
  /** Folders below `node_modules`, each one package. */
  readonly packages: readonly string[]
}

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0', '--loglevel=error']

async function install(bench: Bench, folder: string, wanted: readonly string[]): Promise<Installed> {
  bench.progress(`installing into ${folder.endsWith('ours') ? 'one' : 'another'} empty folder`)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await bench.run('npm', ['install', ...QUIET, ...wanted], { cwd: folder, needsNetwork: true })
  const lock = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Readonly<Record<string, unknown>> }
  return { bytes: await sizeOf(join(folder, 'node_modules')), packages: Object.keys(packages) }
}

function countOthers({ packages }: Installed, own: string): number {
  return packages.filter((path) => !path.slice(path.lastIndexOf('node_modules/') + 13).startsWith(own)).length
}

/** The lengths of all files, each once; what npm notes for itself is left out. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.package-lock.json')
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Codes with which npm says that it did not get through to the registry. */
const UNREACHED = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/
const REFUSED = /\b(E4\d\d|E5\d\d|ETARGET|ENOVERSIONS)\b/

function registryTrouble(text: string): string | undefined {
  const unreached = UNREACHED.exec(text)
  if (unreached !== null) return `npm cannot reach its registry (${unreached[1]})`
  const refused = REFUSED.exec(text)
  return refused === null ? undefined : `npm's registry did not give the packages (${refused[1]})`
}
