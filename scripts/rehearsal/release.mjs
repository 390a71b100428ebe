// Versions and publishes as the release job does, with changesets, in the clone and into the registry on loopback.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, run } from '../lib/processes.mjs'
import { publishedPackages } from '../lib/workspace.mjs'
import { assertLoopback } from './registry.mjs'

/** What a published manifest must not say, and where an npmrc must not lie. Checked before every publication. */
function assertNothingPointsElsewhere(clone) {
  for (const { folder, manifest } of publishedPackages(clone)) {
    if (manifest.publishConfig?.registry !== undefined)
      throw new Error(`${manifest.name} names a registry to publish to`)
    if (existsSync(join(folder, '.npmrc'))) throw new Error(`${manifest.name} has an .npmrc`)
  }
  if (existsSync(join(clone, '.npmrc'))) throw new Error('The repository has an .npmrc')
}

/** Runs `changeset version` and `changeset publish`; gives the version that every package has now. */
export async function release({ clone, registry, kind }) {
  const { environment: env, url } = registry
  const changeset = (...args) =>
    run(process.execPath, ['node_modules/@changesets/cli/bin.js', ...args], { cwd: clone, env, timeoutMs: 300_000 })
  const git = (...args) => run('git', args, { cwd: clone, env })

  const before = publishedPackages(clone)
  if (pending(clone).length > 0) await changeset('version')
  assertManifestsMoved(before, publishedPackages(clone), kind)
  assertNothingPointsElsewhere(clone)
  await git('add', '--all')
  await git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', `rehearsal: ${kind}`)

  assertLoopback(env.npm_config_registry)
  await changeset('publish')
  const after = publishedPackages(clone)
  await assertPublished(registry, after)
  const version = after[0].version
  if (after.some((found) => found.version !== version)) throw new Error('The packages do not share one version')
  const tags = (await git('tag', '--points-at', 'HEAD')).split('\n').filter(Boolean)
  if (tags.length !== after.length) throw new Error(`${after.length} packages were published and ${tags.length} tagged`)
  if (kind === 'first') await assertRepeatPublishesNothing({ clone, env })
  return { version, url, packages: after }
}

/** As the workflow does by hand on a branch: a version of its own under a tag of its own, and nothing else moves. */
export async function releaseSnapshot({ clone, registry, tag }) {
  const { environment: env } = registry
  const changeset = (...args) =>
    run(process.execPath, ['node_modules/@changesets/cli/bin.js', ...args], { cwd: clone, env, timeoutMs: 300_000 })
  const before = await run('git', ['tag'], { cwd: clone, env })
  await changeset('version', '--snapshot', tag)
  assertNothingPointsElsewhere(clone)
  assertLoopback(env.npm_config_registry)
  await changeset('publish', '--no-git-tag', '--tag', tag)
  const [{ version }] = publishedPackages(clone)
  await assertPublished(registry, publishedPackages(clone))
  for (const { name } of publishedPackages(clone)) {
    const tags = (await registry.packument(name))['dist-tags']
    if (tags[tag] !== version) throw new Error(`${name}: ${tag} is ${tags[tag]} and not ${version}`)
    if (tags.latest.includes(tag)) throw new Error(`${name}: the snapshot became latest`)
  }
  if ((await run('git', ['tag'], { cwd: clone, env })) !== before) throw new Error('The snapshot was tagged in git')
  return version
}

export function writeChangeset(clone, { name, step, text }) {
  writeFileSync(join(clone, '.changeset', `rehearsed-${step}.md`), `---\n'${name}': ${step}\n---\n\n${text}\n`)
}

/** A visible change of http, so that its arrival in a user's folder can be seen; rebuilds that package alone. */
export async function fixHttp(clone, mark) {
  appendFileSync(join(clone, 'packages/http/src/index.ts'), `\nexport const rehearsed = '${mark}'\n`)
  const env = { ...process.env, CI: 'true', NO_COLOR: '1' }
  const turbo = [
    'scripts/pnpm.mjs',
    'exec',
    'turbo',
    'run',
    'build',
    '--filter=@kmsign/http',
    '--output-logs=errors-only',
  ]
  await run(process.execPath, turbo, { cwd: clone, env, timeoutMs: 300_000 })
}

function pending(clone) {
  const folder = join(clone, '.changeset')
  return readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
}

/** Before the first release the packages stand at 0.0.0, which nobody should ever get. */
function assertManifestsMoved(before, after, kind) {
  const names = after.filter(({ version }) => version === '0.0.0').map(({ name }) => name)
  if (names.length > 0) throw new Error(`No changeset releases ${names.join(', ')}`)
  if (kind === 'first') return
  const still = after.filter(({ version }, index) => version === before[index].version).map(({ name }) => name)
  if (still.length > 0) throw new Error(`The ${kind} release leaves ${still.join(', ')} behind`)
}

async function assertPublished({ packument }, packages) {
  for (const { name, version, folder } of packages) {
    const found = (await packument(name))?.versions?.[version]
    if (found === undefined) throw new Error(`${name}@${version} is not in the registry`)
    const ranges = Object.entries({ ...found.dependencies, ...found.peerDependencies })
    const wrong = ranges.filter(([, range]) => /^(workspace|catalog|link|file):/.test(range))
    if (wrong.length > 0) throw new Error(`${name}@${version} was published with ${wrong.join(', ')}`)
    const changelog = join(folder, 'CHANGELOG.md')
    if (existsSync(changelog) && !readFileSync(changelog, 'utf8').includes(`## ${version}`)) {
      throw new Error(`${name}: CHANGELOG.md does not know ${version}`)
    }
  }
}

/** A release job that is started again must do no harm. */
async function assertRepeatPublishesNothing({ clone, env }) {
  const args = ['node_modules/@changesets/cli/bin.js', 'publish']
  const { status, output } = await attempt(process.execPath, args, { cwd: clone, env })
  if (status === 0 && /No unpublished projects to publish/.test(output)) return
  throw new Error(`A second publish was not a no-op:\n${output}`)
}

/** What npm says of a publication with a token: the registry refuses what is not ours, the hook every other registry. */
const REFUSED = [
  { args: [], says: /\bcode E403$/m },
  { args: ['--registry', 'http://192.0.2.1/', '--//192.0.2.1/:_authToken=none'], says: /\bcode EREHEARSAL$/m },
]

/** Strangers may publish nothing, and we nothing of others and nowhere else; all of it is asked for real. */
export async function assertRegistryRefuses({ url, environment }, home) {
  const body = { _id: 'left-pad', name: 'left-pad', versions: {}, _attachments: {} }
  for (const path of ['@kmsign%2fcore', 'left-pad']) {
    const init = { method: 'PUT', body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) }
    const { status } = await fetch(new URL(path, url), init)
    if (status !== 401 && status !== 403) throw new Error(`The registry answers a stranger with ${status} for ${path}`)
  }
  const folder = join(home, 'refused')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "left-pad", "version": "99.0.0" }\n')
  for (const { args, says } of REFUSED) {
    const asked = ['publish', folder, ...args]
    const { status, output } = await attempt('npm', asked, { cwd: home, env: environment, timeoutMs: 60_000 })
    if (status === 0 || !says.test(output)) throw new Error(`npm ${asked.join(' ')} was not refused:\n${output}`)
  }
  rmSync(folder, { recursive: true, force: true })
}
