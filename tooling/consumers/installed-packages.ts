import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attempt, temporaryFolder } from '../../scripts/lib/processes.mjs'
import { missingBuild, type PublishedPackage, packAll, publishedPackages, root } from '../../scripts/lib/workspace.mjs'

/** A user's project outside the workspace, with the packed packages in its node_modules. */
export interface Project {
  readonly folder: string
  /** The unpacked packages, by name. */
  readonly packages: ReadonlyMap<string, string>
  /** Another copy of one package, as a second version in a dependency tree would be. */
  copyOf(name: string): string
  /** Copies a program of `programs/` or `contract/` into the project, under another name if given. */
  add(program: string, as?: string): string
  write(file: string, text: string): void
  remove(): void
}

/**
 * Packs everything as a release would and installs it the strict way: each package sees itself and what its manifest
 * declares, nothing else, so that a dependency it forgot to declare is missing here as it would be at a user's.
 */
export async function installPackages(): Promise<Project> {
  const missing = missingBuild()
  if (missing.length > 0) throw new Error(`Not built: ${missing.join(', ')}. Run: npm run build`)
  const home = temporaryFolder('consumer')
  try {
    const tarballs = await packAll(mkdir(join(home, 'tarballs')))
    const found = publishedPackages()
    const packages = new Map(found.map(({ name }) => [name, join(home, 'store', name, 'node_modules', name)]))
    for (const [name, folder] of packages) await unpack(tarballs.get(name) ?? '', mkdir(folder))
    for (const entry of found) linkDependencies(entry, packages)
    return projectIn(home, packages)
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

function projectIn(home: string, packages: ReadonlyMap<string, string>): Project {
  const folder = mkdir(join(home, 'project'))
  const modules = join(folder, 'node_modules')
  for (const [name, target] of packages) link(target, join(modules, name))
  link(join(root, 'node_modules/@types/node'), join(modules, '@types/node'))
  const write = (file: string, text: string) => {
    mkdir(dirname(join(folder, file)))
    writeFileSync(join(folder, file), text)
  }
  write('package.json', '{ "name": "consumer", "version": "1.0.0", "private": true }\n')
  return {
    folder,
    packages,
    write,
    copyOf: (name) => {
      const copy = join(home, 'second', 'node_modules', name)
      cpSync(packages.get(name) ?? '', copy, { recursive: true })
      return copy
    },
    add: (program, as = program.split('/').at(-1) ?? '') => {
      write(as, readFileSync(join(import.meta.dirname, program), 'utf8'))
      return join(folder, as)
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

async function unpack(tarball: string, folder: string): Promise<void> {
  const { status, output } = await attempt('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder])
  if (status !== 0) throw new Error(`Could not unpack ${tarball}:\n${output}`)
}

function linkDependencies({ folder, name, manifest }: PublishedPackage, packages: ReadonlyMap<string, string>): void {
  const beside = join(packages.get(name) ?? '', '../..')
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const target = packages.get(dependency) ?? realpathSync(join(folder, 'node_modules', dependency))
    link(target, join(beside, dependency))
  }
}

function link(target: string, path: string): void {
  mkdir(dirname(path))
  symlinkSync(target, path, 'dir')
}

function mkdir(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}
