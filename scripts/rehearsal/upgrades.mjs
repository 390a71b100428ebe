// What a release does to those who have installed an older one: who pinned stays, who gave a range moves as far as the
// range says, and a fix in http arrives in any case.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attempt, run } from '../lib/processes.mjs'
import { makeProject, runProgram } from './consumers.mjs'
import { writePrograms } from './programs.mjs'

const ADAPTER = 'adapter-ncp'
const FIRST = ['pinned', 'ranged', 'open']

/** Consumers of the first release: `0.1.0`, `^0.1.0`, and everything below the next major. */
export async function installOlder({ home, environment, managers, targets, first }) {
  const [major] = first.split('.')
  const ranges = { pinned: first, ranged: `^${first}`, open: `>=${first} <${Number(major) + 1}.0.0` }
  const consumers = []
  for (const manager of managers) {
    for (const kind of FIRST) {
      const dependencies = { [`@kmsign/${ADAPTER}`]: ranges[kind] }
      const folder = makeProject(join(home, 'upgrades', `${kind}-${manager}`), { dependencies })
      await run(manager, ['install'], { cwd: folder, env: environment })
      await writePrograms(folder, ADAPTER, environment)
      consumers.push({ kind, manager, folder, range: ranges[kind], target: targets[ADAPTER], id: `${kind} ${manager}` })
    }
  }
  return consumers
}

/** Installs again from the lockfile, then updates; says what is there and whether it still signs. */
export async function moveConsumers({ consumers, environment, node, releases }) {
  const results = []
  for (const consumer of consumers) {
    const before = versionsIn(consumer.folder)
    const again = consumer.manager === 'npm' ? ['ci'] : ['install', '--frozen-lockfile']
    await run(consumer.manager, again, { cwd: consumer.folder, env: environment })
    const locked = versionsIn(consumer.folder)
    // pnpm updates what is below a pinned package only with --depth, and writes new ranges unless told not to.
    const update = consumer.manager === 'npm' ? ['update'] : ['update', '--depth', 'Infinity', '--no-save']
    await run(consumer.manager, update, { cwd: consumer.folder, env: environment })
    const found = versionsIn(consumer.folder)
    const expected = expectedOf(consumer.kind, releases)
    const { ok: signs, output } = await runProgram({ consumer, environment, node, args: ['sign.mjs'] })
    const stays = same(before, locked)
    const right = same({ adapter: expected.adapter, http: expected.http }, found)
    results.push({
      consumer,
      release: releases.at(-1),
      before,
      found,
      expected,
      ok: stays && right && signs,
      signs,
      output,
      stays,
    })
  }
  return results
}

/** `releases` are the versions so far, oldest first. */
function expectedOf(kind, releases) {
  const [first] = releases
  const inRange = releases.filter((version) => sameLine(version, first)).at(-1)
  const newest = releases.at(-1)
  const adapter = { pinned: first, ranged: inRange, open: newest }[kind]
  // The adapter asks for ^ of the http it was released with.
  return { adapter, http: releases.filter((version) => sameLine(version, adapter)).at(-1) }
}

/** What a caret admits: the same major, and before 1.0 the same minor. */
function sameLine(version, other) {
  const [left, right] = [version.split('.'), other.split('.')]
  return left[0] === right[0] && (left[0] !== '0' || left[1] === right[1])
}

function versionsIn(folder) {
  const adapter = realpathSync(join(folder, 'node_modules/@kmsign', ADAPTER))
  const http = [join(adapter, 'node_modules/@kmsign/http'), join(dirname(adapter), 'http')].find((path) =>
    existsSync(path),
  )
  const version = (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).version
  return { adapter: version(adapter), http: version(http), httpFolder: realpathSync(http) }
}

const same = (left, right) => left.adapter === right.adapter && left.http === right.http

/** The mark that the fix put into http, as the adapter's own copy has it. */
export async function markIn({ folder }, environment) {
  const { httpFolder } = versionsIn(folder)
  const code = `console.log(require(${JSON.stringify(httpFolder)}).rehearsed)`
  return (
    await attempt(process.execPath, ['-e', code], { cwd: folder, env: environment, timeoutMs: 30_000 })
  ).stdout.trim()
}

/** A changeset that names http alone must release every adapter, asking for the new http if it asks for any. */
export async function adaptersFollowHttp({ registry, adapters, version }) {
  const results = []
  for (const adapter of adapters) {
    const found = (await registry.packument(`@kmsign/${adapter}`))?.versions?.[version]
    const asked = found?.dependencies?.['@kmsign/http']
    results.push({ adapter, asked, ok: found !== undefined && (asked === undefined || asked === `^${version}`) })
  }
  return results
}
