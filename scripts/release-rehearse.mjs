// Rehearses a release for real, on this machine alone: a clean copy of what is committed is versioned, built and published
// into a registry on loopback, and installed from there as users would. Nothing reaches another registry, the working copy
// is not touched, and nothing is left running or lying about. See docs/versioning.md.
//
//   npm run release:rehearse                     all of it
//   npm run release:rehearse -- --node=20,bun    these runtimes
//   npm run release:rehearse -- --adapters=ncp   these adapters
//   npm run release:rehearse -- --managers=npm --typescript=5.4,6.0
//   npm run release:rehearse -- --skip=types     leaves out programs, types or upgrades
//   npm run release:rehearse -- --keep           keeps the temporary folder for a look at it
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, keepFolders, run, temporaryFolder } from './lib/processes.mjs'
import { root, stop } from './lib/workspace.mjs'
import { buildClone, cloneRepository } from './rehearsal/clone.mjs'
import { installConsumers, MANAGERS, runPrograms, startTarget } from './rehearsal/consumers.mjs'
import { startRegistry } from './rehearsal/registry.mjs'
import { assertRegistryRefuses, fixHttp, release, releaseSnapshot, writeChangeset } from './rehearsal/release.mjs'
import { programsTable, typesTable, upgradesTable } from './rehearsal/report.mjs'
import { installRuntimes, installTools, majors, others, pnpmBinOf } from './rehearsal/toolchain.mjs'
import { COMPILERS, compileAndRun } from './rehearsal/types.mjs'
import { adaptersFollowHttp, installOlder, markIn, moveConsumers } from './rehearsal/upgrades.mjs'

const PARTS = ['programs', 'types', 'upgrades']
const known = readdirSync(join(root, 'packages')).filter((name) => name.startsWith('adapter-'))
const options = parse(process.argv.slice(2))
const failures = []
const skipped = []
const began = performance.now()

try {
  await rehearse()
} catch (error) {
  fail('the rehearsal', error.stack ?? String(error))
}
if (options.keep) keepFolders()
cleanUp()
for (const { what, output } of failures) console.error(`\nFAILED: ${what}\n${output.replace(/^(?=.)/gm, '  | ')}`)
const took = `${Math.round((performance.now() - began) / 1000)} s`
const rest = skipped.length > 0 ? `, ${skipped.length} skipped: ${skipped.join(', ')}` : ''
console.log(
  failures.length > 0 ? `\n${failures.length} failures in ${took}` : `\nRehearsed in ${took}: all green${rest}`,
)
process.exitCode = failures.length === 0 ? 0 : 1

async function rehearse() {
  const home = temporaryFolder('rehearsal')
  const { clone, commit, changed } = await step('clean copy', () => cloneRepository(home))
  console.log(`  ${commit}`)
  if (changed > 0) console.log(`  ${changed} uncommitted files of the working copy are not part of it`)
  await step('install and build', () => buildClone(clone))
  const tools = await step('tools', () => installTools(home, join(root, 'tooling/rehearsal')))
  const asked = options.nodes.map((name) => (others.includes(name) ? name : `Node ${name}`))
  const nodes = await step(asked.join(', '), () => installRuntimes(home, options.nodes))
  for (const { name, missing } of nodes) if (missing) skip(name, missing)

  await step('old signatures', () => verifyCorpora(clone, nodes))

  const registry = await step('registry', () => startRegistry({ home, tools, pnpmBin: pnpmBinOf(clone) }))
  console.log(`  ${registry.url}`)
  const { environment } = registry
  await assertRegistryRefuses(registry, home)
  const first = await step('first release', () => release({ clone, registry, kind: 'first' }))
  console.log(`  ${first.packages.length} packages, ${first.version}`)

  const targets = await step('emulator', () => startTarget({ home, environment }))
  const shared = { home, environment, tools, managers: options.managers, targets, node: { path: process.execPath } }
  const installed = await step('consumers', () => installConsumers({ ...shared, adapters: options.adapters }))
  const consumers = installed.filter(({ target }) => target !== undefined)
  for (const adapter of options.adapters) if (!(adapter in targets)) skip(adapter, 'the rehearsal has no key for it')
  const tables = []
  if (!options.skip.includes('programs')) tables.push(await programs(shared, consumers, nodes))
  if (!options.skip.includes('types')) tables.push(await types(shared, consumers))
  if (!options.skip.includes('upgrades')) tables.push(await upgrades(shared, { clone, registry, first: first.version }))
  for (const text of tables) console.log(`\n${text}`)
}

/** With what is about to be published, on the newest Node that is there: from 24 on it can verify everything. */
async function verifyCorpora(clone, nodes) {
  const running = { path: process.execPath, version: process.versions.node }
  const { path, version } = nodes.findLast((node) => node.jest && node.path) ?? running
  const all = Number.parseInt(version, 10) >= 24 ? ['--all'] : []
  await run(path, ['scripts/corpus.mjs', ...all], { cwd: clone })
}

async function programs(shared, consumers, nodes) {
  const results = await step('programs', () => runPrograms({ ...shared, consumers, nodes }))
  for (const { ok, consumer, kind, node, output } of results) {
    if (ok) continue
    if (node.promised === false) console.log(`  ${consumer.id}, ${kind} on ${node.name}: ${firstLine(output)}`)
    else fail(`${consumer.id}, ${kind} on ${node.name}`, output)
  }
  return programsTable(consumers, nodes, results)
}

async function types(shared, consumers) {
  const results = await step('types', () => compileAndRun({ ...shared, consumers, compilers: options.compilers }))
  for (const { ok, consumer, compiler, resolution, output } of results) {
    if (!ok) fail(`${consumer.id}, TypeScript ${compiler} with ${resolution}`, output)
  }
  return typesTable(consumers, options.compilers, results)
}

async function upgrades(shared, { clone, registry, first }) {
  const consumers = await step('older consumers', () => installOlder({ ...shared, first }))
  const versions = [first]
  const results = []
  const publish = async (kind, name) => {
    writeChangeset(clone, { name, step: kind, text: `Rehearsed a ${kind}.` })
    versions.push((await release({ clone, registry, kind })).version)
    results.push(...(await moveConsumers({ ...shared, consumers, releases: [...versions] })))
  }

  await step('a fix in http', async () => {
    await fixHttp(clone, 'fixed')
    await publish('patch', '@kmsign/http')
  })
  const followed = await adaptersFollowHttp({ registry, adapters: known, version: versions[1] })
  for (const { adapter, asked, ok } of followed) {
    if (!ok) fail(`${adapter} after the fix`, `asks for http ${asked}, expected ^${versions[1]}`)
  }
  for (const consumer of consumers) {
    const found = await markIn(consumer, shared.environment)
    if (found !== 'fixed') fail(`${consumer.id}: the fix in http`, `has not arrived (${found})`)
  }
  await step('a minor', () => publish('minor', '@kmsign/core'))
  writeChangeset(clone, { name: '@kmsign/core', step: 'minor', text: 'Rehearsed a snapshot.' })
  const snapshot = await step('a snapshot', () => releaseSnapshot({ clone, registry, tag: 'canary' }))
  console.log(`  ${snapshot} as canary; latest stays ${versions.at(-1)}`)

  for (const { ok, consumer, release: version, expected, output } of results) {
    if (!ok) fail(`${consumer.id} after ${version}`, `expected ${JSON.stringify(expected)}\n${output}`)
  }
  const names = followed.filter(({ ok }) => ok).map(({ adapter }) => adapter)
  return `${upgradesTable(results)}\n\nThe fix in http (${versions[1]}) released ${names.join(', ')}; it arrived in ${consumers.length} consumers.`
}

async function step(name, work) {
  process.stdout.write(`${name} …`)
  const start = performance.now()
  try {
    const result = await work()
    console.log(` ${((performance.now() - start) / 1000).toFixed(1)} s`)
    return result
  } catch (error) {
    console.log(' FAILED')
    throw error
  }
}

/** What an error says, of the lines around it. */
function firstLine(output) {
  const lines = output.split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[1] ?? lines[0]
}

function fail(what, output) {
  failures.push({ what, output })
}

function skip(what, reason) {
  console.log(`  skipped: ${what}: ${reason}`)
  skipped.push(what)
}

function parse(argv) {
  const parsed = {
    nodes: [...majors, ...others],
    adapters: known,
    managers: MANAGERS,
    compilers: COMPILERS,
    skip: [],
    keep: false,
  }
  const short = (names) => names.map((name) => (name.startsWith('adapter-') ? name : `adapter-${name}`))
  const lists = {
    '--node': ['nodes', [...majors, ...others], (names) => names],
    '--adapters': ['adapters', known, short],
    '--managers': ['managers', MANAGERS, (names) => names],
    '--typescript': ['compilers', COMPILERS, (names) => names],
    '--skip': ['skip', PARTS, (names) => names],
  }
  for (const argument of argv.filter((text) => text !== '--')) {
    const [flag, value = ''] = argument.split('=')
    const [key, allowed, read] = lists[flag] ?? []
    if (flag === '--keep' && value === '') {
      parsed.keep = true
    } else if (key === undefined) {
      stop(`Unknown argument ${argument}; there are ${Object.keys(lists).join('=, ')}= and --keep`)
    } else {
      parsed[key] = read(value.split(',').filter(Boolean))
      const wrong = parsed[key].find((name) => !allowed.includes(name))
      if (wrong !== undefined || parsed[key].length === 0) stop(`${flag}: choose from ${allowed.join(', ')}`)
    }
  }
  return parsed
}
