// Everything that must hold before a change goes in, cheapest first. Every step runs, whatever failed before it, unless
// it needs a build that failed. The last line counts tests and steps together: `N passed, N failed`.
//
//   npm run gate                      what must hold before a change goes in
//   npm run check                     with --all: the other versions of Node and the release rehearsal too, as in CI
//   npm run gate -- --bail            stops at the first failure
//   npm run gate -- --only=api,build  these steps (names as printed)
//   npm run gate -- --without=tests   all but these
import { attempt } from './lib/processes.mjs'
import { root, stop } from './lib/workspace.mjs'
import { majors } from './rehearsal/toolchain.mjs'

const node = process.execPath
/** No step should take half of it on the slowest machine. */
const STEP_TIMEOUT_MS = 3_600_000
/** The folder of the rehearsal is large, and removing it takes a while. */
const GRACE_MS = 30_000
const tool = (name, ...args) => ['scripts/pnpm.mjs', 'exec', name, ...args]

/** On the Node that runs the gate, the step `tests` has run them. */
const otherNodes = majors.filter((major) => major !== process.versions.node.split('.')[0])

/**
 * `count` finds, in the output of a step that passed, what it covered; `tests` says that the step counts tests. `slow`
 * steps are taken with --all or when named.
 */
const STEPS = [
  { name: 'changesets', args: ['scripts/check-changesets.mjs'], count: /\d+ changesets/ },
  { name: 'lint', args: tool('biome', 'ci', '.', '--colors=off'), count: /Checked \d+ files/ },
  { name: 'workflows', args: ['scripts/check-workflows.mjs'], count: /\d+ workflows/ },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'lint-typed', args: tool('eslint', '.', '--max-warnings=0') },
  { name: 'imports', args: ['scripts/pnpm.mjs', 'run', 'check:imports'], count: /\d+ modules, \d+ dependencies/ },
  { name: 'reference', args: tool('typedoc', '--emit', 'none') },
  { name: 'unused', args: ['scripts/pnpm.mjs', 'run', 'check:unused'] },
  {
    name: 'build',
    args: tool('turbo', 'run', 'build', '--output-logs=errors-only'),
    count: /\d+ successful, \d+ total/,
  },
  { name: 'api', args: ['scripts/api-report.mjs'], count: /\d+ API reports/, needs: 'build' },
  { name: 'sizes', args: ['scripts/check-sizes.mjs'], count: /\d+ packages over budget/, needs: 'build' },
  { name: 'error-docs', args: ['scripts/error-docs.mjs', '--check'], needs: 'build' },
  { name: 'corpus', args: ['scripts/corpus.mjs'], count: /\d+ records verified/, needs: 'build' },
  { name: 'licences', args: ['scripts/sbom.mjs', '--check'], count: /\d+ packages, \d+ problems/, needs: 'build' },
  { name: 'packages', args: ['scripts/check-packages.mjs'], count: /\d+ packages, \d+ findings/, needs: 'build' },
  { name: 'docs', args: ['scripts/check-docs.mjs'], count: /\d+ documents, \d+ samples, \d+ run/, needs: 'build' },
  { name: 'tests', args: ['scripts/pnpm.mjs', 'run', 'test:run'], tests: true, needs: 'build' },
  { name: 'coverage', args: ['scripts/pnpm.mjs', 'run', 'check:coverage'], count: /Branches\s+: \S+ \( \S+ \)/ },
  { name: 'demo', args: ['scripts/pnpm.mjs', 'run', 'demo:run'], needs: 'build' },
  { name: 'demo-again', args: ['scripts/pnpm.mjs', 'run', 'demo:run'], needs: 'build' },
  {
    name: 'nodes',
    args: ['scripts/check-nodes.mjs', ...otherNodes],
    count: /\d+ versions of Node.*/,
    slow: true,
    needs: 'build',
  },
  {
    name: 'rehearsal',
    args: ['scripts/release-rehearse.mjs'],
    count: /Rehearsed in \d+ s.*/,
    slow: true,
    needs: 'build',
  },
]

const options = parse(process.argv.slice(2))
const steps = STEPS.filter(
  ({ name, slow = false }) =>
    (options.only?.includes(name) ?? (options.all || !slow)) && !options.without.includes(name),
)

const total = { passed: 0, failed: 0, skipped: 0 }
const failed = []
const began = performance.now()
for (const step of steps) {
  if (options.bail && failed.length > 0) break
  const result = failed.includes(step.needs) ? notRun(step) : await take(step)
  for (const key of Object.keys(total)) total[key] += result[key]
  if (result.failed > 0) failed.push(step.name)
}

const covered = `${steps.length} steps in ${seconds(began)}`
console.log(failed.length > 0 ? `\nGate failed at: ${failed.join(', ')} (${covered})` : `\nGate passed (${covered})`)
console.log(closingLine(total))
process.exitCode = failed.length > 0 ? 1 : 0

async function take(step) {
  process.stdout.write(`${step.name.padEnd(11)} `)
  const start = performance.now()
  const { status, signal, output } = await attempt(node, step.args, {
    cwd: root,
    env: plainEnvironment(),
    timeoutMs: STEP_TIMEOUT_MS,
    graceMs: GRACE_MS,
  })
  const tests = step.tests ? countTests(output) : undefined
  // A run that does not say what it ran has perhaps run nothing.
  const passed = status === 0 && signal === null && (!step.tests || tests !== undefined)
  const note = step.tests ? closingOf(tests) : (step.count?.exec(output)?.[0] ?? '')
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${seconds(start).padStart(7)}  ${note}`)
  // npm, pnpm and CI logs show nothing else of the step, so a failure shows all of it.
  if (!passed) console.log(indent(output))
  return add({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }, tests)
}

function notRun(step) {
  console.log(`${step.name.padEnd(11)} FAILED          not run, since ${step.needs} failed`)
  return { passed: 0, failed: 1, skipped: 0 }
}

/** The last line of the test run that our reporter wrote. */
function countTests(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1)
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) }
}

function add(left, right) {
  if (right === undefined) return left
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  }
}

function closingOf(tests) {
  return tests === undefined ? 'no count of tests' : closingLine(tests)
}

function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** No colours, so that counts can be read and logs stay plain. */
function plainEnvironment() {
  const { FORCE_COLOR: _, ...rest } = process.env
  return { ...rest, NO_COLOR: '1' }
}

function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '  | ')
}

function parse(argv) {
  const parsed = { all: false, bail: false, only: undefined, without: [] }
  for (const argument of argv.filter((text) => text !== '--')) {
    const [flag, value = ''] = argument.split('=')
    const names = value.split(',').filter(Boolean)
    const wrong = names.find((name) => !STEPS.some((step) => step.name === name))
    if (wrong !== undefined) stop(`Unknown step ${wrong}; there are ${STEPS.map(({ name }) => name).join(', ')}`)
    if (flag === '--all' && value === '') parsed.all = true
    else if (flag === '--bail' && value === '') parsed.bail = true
    else if (flag === '--only' && names.length > 0) parsed.only = names
    else if (flag === '--without' && names.length > 0) parsed.without = names
    else stop(`Unknown argument ${argument}; there are --all, --bail, --only=<steps> and --without=<steps>`)
  }
  return parsed
}
