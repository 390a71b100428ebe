// Every change to a published package brings a changeset, and every changeset can be released.
//
//   node scripts/check-changesets.mjs                     since the last release: what is pending, all together
//   node scripts/check-changesets.mjs --since=origin/main since a branch: what a pull request adds
//
// A change that no user notices says so with an empty changeset (`changeset add --empty`) that gives the reason. Of a pull
// request it excuses all of it; since the last release it excuses what is older than itself, and nothing that came later.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isShallow, publishedPackages, root, stop } from './lib/workspace.mjs'

/** What a package holds and users do not get. */
const UNPUBLISHED = /^(test|api-report)\/|\.test(-d)?\.ts$|^(tsconfig\.json|tsup\.config\.ts|README\.md|CHANGELOG\.md)$/
const STEPS = ['patch', 'minor', 'major']
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const packages = publishedPackages()
const since = sinceWhat(process.argv.slice(2))
const pending = readdirSync(join(root, '.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map(read)
const arrived = since.release ? pending : addedOf(pending)

const findings = [...pending.flatMap(wrongIn), ...(since.unknown ? [] : uncovered())]
for (const finding of findings) console.error(finding)
if (findings.length > 0) {
  console.error('\nDescribe the change:       node scripts/pnpm.mjs changeset')
  console.error('or say that nobody sees it: node scripts/pnpm.mjs exec changeset add --empty')
}
if (since.unknown) console.log('The history is missing here, so nobody knows what was changed: git fetch --unshallow')
console.log(`${pending.length} changesets, ${arrived.length} of them since ${since.name}, ${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1

function sinceWhat(argv) {
  const [first = '', ...rest] = argv
  if (first.startsWith('--since=') && rest.length === 0) {
    const ref = first.slice('--since='.length)
    const commit = git('merge-base', ref, 'HEAD')
    return { commit, name: ref, release: false }
  }
  if (first !== '') stop(`Unknown argument ${first}; the only one is --since=<branch>`)
  // In a checkout of a few commits the oldest of them looks as if it had made everything.
  const unknown = isShallow()
  // The workflows of this repository fetch everything; elsewhere a shallow checkout is nobody's mistake.
  if (unknown && process.env['GITHUB_ACTIONS']) stop('The history is missing; the checkout needs fetch-depth: 0')
  // The commit in which the version last moved: the tag comes only after it, when the packages are published.
  const commit = git('log', '-1', '--format=%H', '-G', '"version":', '--', 'packages/core/package.json')
  return { commit: commit || EMPTY_TREE, name: 'the last version', release: true, unknown }
}

/** Changed packages that no changeset names. */
function uncovered() {
  const from = excusedUntil()
  return packages
    .filter(({ name }) => !arrived.some(({ releases }) => releases.some((release) => release.name === name)))
    .map(({ name, folder }) => ({ name, changed: changedIn(folder, from) }))
    .filter(({ changed }) => changed.length > 0)
    .map(({ name, changed }) => `${name} was changed without a changeset: ${changed.slice(0, 3).join(', ')}`)
}

/** The commit up to which empty changesets speak for every change. */
function excusedUntil() {
  const empty = arrived.filter(({ readable, releases }) => readable && releases.length === 0).map(({ path }) => path)
  if (empty.length === 0) return since.commit
  if (!since.release) return 'HEAD'
  // Along the first parents, where a merge is one change: what it brings is excused by the changeset that it brings.
  const arrival = ['log', '-1', '--first-parent', '-m', '--diff-filter=A', '--format=%H']
  return git(...arrival, ...beginning(), '--', ...empty) || since.commit
}

function beginning() {
  return since.commit === EMPTY_TREE ? ['HEAD'] : [`${since.commit}..HEAD`]
}

function addedOf(changesets) {
  const added = new Set(names(since.commit, '--diff-filter=A', '--', '.changeset'))
  return changesets.filter(({ path }) => added.has(path))
}

function changedIn(folder, from) {
  const place = `packages/${basename(folder)}/`
  return names(from, '--', place).filter((path) => !UNPUBLISHED.test(path.slice(place.length)))
}

function read(file) {
  const path = `.changeset/${file}`
  const [, head, text] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(readFileSync(join(root, path), 'utf8')) ?? []
  const lines = (head ?? '').split('\n').filter((line) => line.trim() !== '')
  const releases = lines.map((line) => {
    const [, name, step] = /^['"]?([^'":]+)['"]?: *(\w+)$/.exec(line.trim()) ?? []
    return { line, name, step }
  })
  return { path, text: (text ?? '').trim(), releases, readable: head !== undefined }
}

function wrongIn({ path, text, releases, readable }) {
  if (!readable) return [`${path}: cannot be read`]
  const of = ({ line, name, step }) => {
    const found = packages.find((candidate) => candidate.name === name)
    if (found === undefined) return [`${path}: ${name ?? line} is not a published package`]
    if (!STEPS.includes(step)) return [`${path}: ${name} goes up by ${step}; there are ${STEPS.join(', ')}`]
    const before = found.manifest.version.startsWith('0.')
    return before && step === 'major' ? [`${path}: a major would make ${name} 1.0.0; before 1.0 say minor`] : []
  }
  return [...releases.flatMap(of), ...(text === '' ? [`${path}: says nothing`] : [])]
}

function names(from, ...args) {
  return git('diff', '--name-only', from, 'HEAD', ...args)
    .split('\n')
    .filter(Boolean)
}

function git(...args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  return stop(`git ${args.join(' ')} failed with ${error?.message ?? status}: ${stderr?.trim() || 'it says nothing'}`)
}
