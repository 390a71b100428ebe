// Mutation testing of core: changes the code that decides whether a signature is right, what an error says and what
// repeats a call, one small change at a time, and counts the changes that no test notices. Hours on a busy machine, and
// not part of the gate; results stay in temp/mutation, so that a second run tests what has changed. See
// docs/mutation-testing.md.
//
//   npm run mutation                   every group of tooling/mutation/groups.mjs
//   npm run mutation -- checks keys    these groups
//   npm run mutation -- --report       what the last runs found, as the tables of the document
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { GROUPS } from '../tooling/mutation/groups.mjs'
import { attempt } from './lib/processes.mjs'
import { root, stop } from './lib/workspace.mjs'

const LEAST = 85
const DAY_MS = 86_400_000
const home = join(root, 'tooling', 'mutation')
const asked = process.argv.slice(2).filter((argument) => argument !== '--report')
const unknown = asked.find((name) => !(name in GROUPS))
if (unknown !== undefined) stop(`Unknown group ${unknown}; there are ${Object.keys(GROUPS).join(', ')}`)
const names = asked.length > 0 ? asked : Object.keys(GROUPS)

const reports = process.argv.includes('--report')
if (!reports) {
  if (!existsSync(join(home, 'node_modules'))) await install()
  for (const name of names) await mutate(name)
}

// Of all groups that were ever run, some; of groups that were named or run just now, every one.
const without = names.filter((name) => !existsSync(reportOf(name)))
if (without.length === names.length || asked.length * without.length > 0) stop(`No results of ${without.join(', ')}`)
if (without.length > 0) console.log(`No results of ${without.join(', ')}`)

const files = names.filter((name) => !without.includes(name)).flatMap(results)
console.log('\n| File | Score | Killed | Timed out | Survived | Never run |\n|---|---|---|---|---|---|')
for (const file of [...files, sum(files)]) console.log(row(file))
const low = files.filter((file) => score(file) < LEAST)
if (low.length > 0) stop(`\nBelow ${LEAST} %: ${low.map(({ name }) => name).join(', ')}`)

async function install() {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, output } = await attempt('npm', args, { cwd: home })
  if (status !== 0) stop(`npm could not install tooling/mutation\n${output}`)
}

async function mutate(name) {
  console.log(`\n${name}: ${GROUPS[name].files.join(', ')}`)
  // So that a run that breaks off cannot pass for the one before; what spares work stands in a file of its own.
  rmSync(reportOf(name), { force: true })
  const stryker = join(home, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  const env = { ...process.env, KMSIGN_MUTATION_GROUP: name }
  const args = [stryker, 'run', 'tooling/mutation/stryker.config.mjs']
  const stdio = ['ignore', 'inherit', 'inherit']
  const { status } = await attempt(process.execPath, args, { cwd: root, env, stdio, timeoutMs: DAY_MS })
  // A score below the threshold fails the run too, and is told with those of all groups in the end.
  if (!existsSync(reportOf(name))) stop(`Stryker ended with ${status} and no results of ${name}`)
}

function reportOf(name) {
  return join(root, 'temp', 'mutation', name, 'mutation.json')
}

function results(name) {
  return Object.entries(JSON.parse(readFileSync(reportOf(name), 'utf8')).files).map(([path, { mutants }]) => {
    const count = (status) => mutants.filter((mutant) => mutant.status === status).length
    const survived = count('Survived')
    return {
      name: basename(path),
      killed: count('Killed'),
      late: count('Timeout'),
      survived,
      unseen: count('NoCoverage'),
    }
  })
}

function sum(all) {
  const total = (field) => all.reduce((count, file) => count + file[field], 0)
  return {
    name: 'all',
    ...Object.fromEntries(['killed', 'late', 'survived', 'unseen'].map((field) => [field, total(field)])),
  }
}

/** A file of which nothing was tried has a score of 0. */
function score({ killed, late, survived, unseen }) {
  return (100 * (killed + late)) / Math.max(1, killed + late + survived + unseen)
}

function row(file) {
  const { name, killed, late, survived, unseen } = file
  return `| ${name} | ${score(file).toFixed(1)} % | ${killed} | ${late} | ${survived} | ${unseen} |`
}
