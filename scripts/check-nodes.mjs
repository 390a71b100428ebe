// Runs the unit and conformance suites on the Node versions of the matrix, from the npm registry, checked by their hashes.
//
//   node scripts/check-nodes.mjs            20, 22, 24 and 26
//   node scripts/check-nodes.mjs 22 24      these
//   node scripts/check-nodes.mjs 26 -- packages/core   with arguments for vitest
import { join } from 'node:path'
import { attempt, cleanUp, temporaryFolder } from './lib/processes.mjs'
import { requireBuild, root, stop } from './lib/workspace.mjs'
import { table } from './rehearsal/report.mjs'
import { installRuntimes, majors } from './rehearsal/toolchain.mjs'

const argv = process.argv.slice(2)
const split = argv.includes('--') ? argv.indexOf('--') : argv.length
const [asked, forVitest] = [argv.slice(0, split), argv.slice(split + 1)]
const wrong = asked.find((major) => !majors.includes(major))
if (wrong !== undefined) stop(`No Node ${wrong} in tooling/rehearsal/nodes.json; there are ${majors.join(', ')}`)

requireBuild()
const nodes = await installRuntimes(temporaryFolder('nodes'), asked.length > 0 ? asked : majors)
const rows = []
for (const { version, path, missing } of nodes) {
  const { state, said, seconds } =
    path === undefined ? { state: 'skipped', said: missing, seconds: '' } : await test(path)
  rows.push([version, state, seconds, said])
}
cleanUp()
console.log(table(['Node', '', 'seconds', 'tests'], rows))
const count = (wanted) => rows.filter(([, state]) => state === wanted).length
const failures = count('FAILED')
const rest = count('skipped') > 0 ? `, ${count('skipped')} skipped` : ''
console.log(`${rows.length} versions of Node, ${failures} failures${rest}`)
process.exitCode = failures === 0 ? 0 : 1

async function test(path) {
  const start = performance.now()
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'packages', ...forVitest]
  const env = { ...process.env, NO_COLOR: '1', CI: 'true' }
  const { status, output } = await attempt(path, args, { cwd: root, env, timeoutMs: 1_200_000 })
  const said = output.match(/^\d+ passed, \d+ failed.*$/gm)?.at(-1) ?? 'no result'
  if (status !== 0) console.error(output.slice(-8000))
  return { state: status === 0 ? 'ok' : 'FAILED', said, seconds: ((performance.now() - start) / 1000).toFixed(0) }
}
