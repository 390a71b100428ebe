// What a user of each published package gets besides our own code: a bill of materials (CycloneDX 1.6) and the licences.
// Dependencies are those of the lockfile; what is bundled is read from the source maps of the build.
//
//   node scripts/sbom.mjs                  prints the licences
//   node scripts/sbom.mjs --check          fails on a licence that is not allowed, or on a notice that is missing
//   node scripts/sbom.mjs --output=folder  writes one .cdx.json for each package
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from './lib/processes.mjs'
import { publishedPackages, requireBuild, root, stop } from './lib/workspace.mjs'

/** Licences that may reach a user of an MIT library without a word to anybody. */
const ALLOWED = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']

const args = process.argv.slice(2)
const check = args.includes('--check')
const output = args.find((argument) => argument.startsWith('--output='))?.slice('--output='.length)
const unknown = args.find((argument) => argument !== '--check' && !/^--output=./.test(argument))
if (unknown !== undefined) stop(`Unknown argument ${unknown}; there are --check and --output=<folder>`)

requireBuild()
const listed = await dependencyTrees()
const bills = publishedPackages().map((found) => ({
  ...found,
  components: [...dependenciesOf(listed.get(found.name)), ...bundledIn(found)],
}))
if (output) write(bills)
const problems = bills.flatMap(problemsOf)
printLicences(bills)
for (const problem of problems) console.error(problem)
console.log(`${bills.length} packages, ${problems.length} problems`)
if (check && problems.length > 0) process.exitCode = 1

async function dependencyTrees() {
  const args = ['-r', '--filter', './packages/*', 'list', '--prod', '--depth', 'Infinity', '--json']
  const { status, output: said } = await attempt(process.execPath, ['scripts/pnpm.mjs', ...args], { cwd: root })
  if (status !== 0) throw new Error(`pnpm list failed:\n${said}`)
  return new Map(JSON.parse(said.slice(said.indexOf('['))).map((entry) => [entry.name, entry]))
}

/** Everything below a package, once; ours with what is below it. */
function dependenciesOf(entry, found = new Map()) {
  for (const [name, { version, path, dependencies }] of Object.entries(entry?.dependencies ?? {})) {
    const own = name.startsWith('@kmsign/')
    const key = own ? name : `${name}@${version}`
    if (found.has(key)) continue
    found.set(key, componentAt(path, 'required'))
    dependenciesOf({ dependencies: own ? listed.get(name)?.dependencies : dependencies }, found)
  }
  return [...found.values()]
}

/** Packages whose code is in ours, by their place in pnpm's store. */
function bundledIn({ folder }) {
  const found = new Map()
  for (const source of sourcesOf(join(folder, 'dist'))) {
    const [, place] = /(node_modules\/\.pnpm\/.+?\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(source) ?? []
    if (place !== undefined) found.set(place, componentAt(join(root, place), 'bundled'))
  }
  return [...found.values()]
}

/** The files that a build was made of: source maps name them, and the metafile of a chunk that has no map. */
function sourcesOf(dist) {
  const read = (file) => JSON.parse(readFileSync(join(dist, file), 'utf8'))
  return readdirSync(dist).flatMap((file) => {
    if (file.endsWith('.map')) return read(file).sources
    return /^metafile-\w+\.json$/.test(file) ? Object.keys(read(file).inputs) : []
  })
}

function componentAt(path, how) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  return { name, version, license: typeof license === 'string' ? license : 'unknown', how }
}

function problemsOf({ name, folder, components }) {
  const refused = components
    .filter(({ license }) => !ALLOWED.includes(license))
    .map((component) => `${name}: ${component.name} has the licence ${component.license}`)
  const file = join(folder, 'THIRD-PARTY-NOTICES.md')
  const notices = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const unnamed = components
    .filter((component) => component.how === 'bundled' && !notices.includes(component.name))
    .map((component) => `${name}: carries ${component.name} and does not name it in THIRD-PARTY-NOTICES.md`)
  return [...refused, ...unnamed]
}

function write(all) {
  mkdirSync(output, { recursive: true })
  for (const { name, manifest, components } of all) {
    const file = join(output, `${name.replace('@', '').replace('/', '-')}.cdx.json`)
    writeFileSync(file, `${JSON.stringify(billOf(manifest, components), undefined, 2)}\n`)
  }
}

function billOf({ name, version, license }, components) {
  const describe = (component, type) => {
    const purl = `pkg:npm/${component.name.replace('@', '%40')}@${component.version}`
    const licenses = [{ license: { id: component.license } }]
    return { type, 'bom-ref': purl, name: component.name, version: component.version, purl, licenses }
  }
  const main = describe({ name, version, license }, 'library')
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: main },
    components: components.map((component) => ({
      ...describe(component, 'library'),
      properties: [{ name: 'kmsign:how', value: component.how }],
    })),
    dependencies: [{ ref: main['bom-ref'], dependsOn: components.map((component) => describe(component)['bom-ref']) }],
  }
}

function printLicences(all) {
  for (const { name, components } of all) {
    console.log(`${name}`)
    const others = components.filter((component) => !component.name.startsWith('@kmsign/'))
    for (const { name: other, version, license, how } of others) {
      console.log(`  ${license.padEnd(12)} ${`${other}@${version}`.padEnd(36)} ${how}`)
    }
    if (others.length === 0) console.log('  nothing')
  }
}
