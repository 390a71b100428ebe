// Every change to a published package brings a changeset, and every changeset can be released.
//
//   node scripts/check-changesets.mjs                     since the last release
//   node scripts/check-changesets.mjs --since=origin/main since a branch: what a pull request adds
//
// A change that no user notices says so with an empty changeset (`changeset add --empty`) that gives the reason.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { publishedPackages, root, stop } from './lib/workspace.mjs'

/** What a package holds and users do not get. */
const UNPUBLISHED = /^(test|api-report)\/|\.test(-d)?\.ts$|^(tsconfig\.json|tsup\.config\.ts|README\.md|CHANGELOG\.md)$/
const STEPS = ['patch', 'minor', 'major']
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const packages = publishedPackages()
const since = sinceWhat(process.argv.slice(2))
const pending = readdirSync(join(root, '.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map(read)
const added = new Set(names('--diff-filter=A', '--', '.changeset'))
const arrived = pending.filter(({ path }) => since.release || added.has(path))

const findings = [...pending.flatMap(wrongIn), ...uncovered()]
for (const finding of findings) console.error(finding)
if (findings.length > 0) {
  console.error('\nDescribe the change:       node scripts/pnpm.mjs changeset')
  console.error('or say that nobody sees it: node scripts/pnpm.mjs exec changeset add --empty')
}
console.log(`${pending.length} changesets, ${arrived.length} of them since ${since.name}, ${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1

function sinceWhat(argv) {
  const [first = '', ...rest] = argv
  if (first.startsWith('--since=') && rest.length === 0) {
    const ref = first.slice('--since='.length)
    return { commit: git('merge-base', ref, 'HEAD') ?? stop(`No common commit with ${ref}`), name: ref, release: false }
  }
  if (first !== '') stop(`Unknown argument ${first}; the only one is --since=<branch>`)
  // The commit in which the version last moved: the tag comes only after it, when the packages are published.
  const commit = git('log', '-1', '--format=%H', '-G', '"version":', '--', 'packages/core/package.json')
  return { commit: commit || EMPTY_TREE, name: 'the last version', release: true }
}

/** Changed packages that no changeset names. An empty changeset of the same change covers what it came with. */
function uncovered() {
  const excused = arrived.some(({ releases }) => releases.length === 0)
  if (excused) return []
  return packages
    .filter(({ name }) => !arrived.some(({ releases }) => releases.some((release) => release.name === name)))
    .map(({ name, folder }) => ({ name, changed: changedIn(folder) }))
    .filter(({ changed }) => changed.length > 0)
    .map(({ name, changed }) => `${name} was changed without a changeset: ${changed.slice(0, 3).join(', ')}`)
}

function changedIn(folder) {
  const place = `packages/${basename(folder)}/`
  return names('--', place).filter((path) => !UNPUBLISHED.test(path.slice(place.length)))
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

function names(...args) {
  return (git('diff', '--name-only', since.commit, 'HEAD', ...args) ?? '').split('\n').filter(Boolean)
}

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
