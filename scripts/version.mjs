// What the release pull request consists of: new versions and changelogs, the lockfile, and the corpus of the new version.
import { attempt } from './lib/processes.mjs'
import { root, stop } from './lib/workspace.mjs'

const STEPS = [
  ['scripts/pnpm.mjs', 'run', 'version'],
  ['scripts/pnpm.mjs', 'run', 'build'],
  ['scripts/corpus.mjs', '--write'],
  ['scripts/corpus.mjs'],
]

for (const args of STEPS) {
  console.log(`node ${args.join(' ')}`)
  const { status, output } = await attempt(process.execPath, args, { cwd: root, timeoutMs: 900_000 })
  if (status !== 0) stop(output)
}
