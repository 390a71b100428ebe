// Compiles the typed program of every consumer with several TypeScripts under every module resolution, our declarations
// included (skipLibCheck off), and runs what came out.
import { writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandFailed, inParallel, run } from '../lib/processes.mjs'
import { runProgram } from './consumers.mjs'

const compiler = fileURLToPath(new URL('./compile.cjs', import.meta.url))

export const COMPILERS = ['5.4', '5.9', '6.0']
export const RESOLUTIONS = {
  node10: { module: 'commonjs', programs: { 'typed.ts': 'typed.js' } },
  node16: { module: 'node16', programs: { 'typed.mts': 'typed.mjs', 'typed.cts': 'typed.cjs' } },
  nodenext: { module: 'nodenext', programs: { 'typed.mts': 'typed.mjs', 'typed.cts': 'typed.cjs' } },
  bundler: { module: 'esnext', programs: { 'typed.mts': 'typed.mjs' } },
}

/** `[{ consumer, compiler, resolution, ok, output }]` */
export async function compileAndRun({ home, consumers, compilers, environment, node, tools }) {
  const results = []
  for (const version of compilers) {
    const jobs = jobsFor({ consumers, version, tools })
    const done = await compile({ home, version, jobs, environment, tools })
    const cases = jobs.flatMap((job, index) =>
      job.consumers.map((consumer) => ({ consumer, job, errors: errorsOf(consumer, done[index].errors) })),
    )
    results.push(...(await inParallel(2, cases, (found) => judge({ ...found, version, environment, node }))))
  }
  return results
}

/** One compilation for each resolution and package manager: consumers of one manager are laid out alike. */
function jobsFor({ consumers, version, tools }) {
  const managers = [...new Set(consumers.map(({ manager }) => manager))]
  return Object.entries(RESOLUTIONS).flatMap(([resolution, { module, programs }]) =>
    managers.map((manager) => {
      const group = consumers.filter((consumer) => consumer.manager === manager)
      return {
        id: `${manager} ${resolution}`,
        resolution,
        consumers: group,
        root: dirname(group[0].folder),
        folders: group.map(({ folder }) => basename(folder)),
        files: Object.keys(programs),
        out: `out-${version}-${resolution}`,
        options: optionsFor({ module, resolution, version, tools }),
      }
    }),
  )
}

function optionsFor({ module, resolution, version, tools }) {
  return {
    module,
    moduleResolution: resolution,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    typeRoots: [join(tools, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    ...(Number(version) >= 6 ? { ignoreDeprecations: '6.0' } : {}),
  }
}

async function compile({ home, version, jobs, environment, tools }) {
  const file = join(home, `types-${version}.json`)
  writeFileSync(file, JSON.stringify(jobs.map(({ consumers: _, ...job }) => job)))
  const library = join(tools, 'node_modules', `typescript-${version}`)
  const stdout = await run(process.execPath, [compiler, library, file], { env: environment, timeoutMs: 600_000 })
  const said = JSON.parse(stdout)
  if (!said.version.startsWith(`${version}.`)) throw new CommandFailed(`Expected TypeScript ${version}`)
  return said.done
}

/** Its own, and those that nobody can be blamed for. */
function errorsOf({ folder }, errors) {
  const mine = errors.filter((error) => error.folder === undefined || error.folder === basename(folder))
  return mine.map(({ text }) => text)
}

async function judge({ consumer, job, errors, version, environment, node }) {
  const { resolution, out } = job
  const base = { consumer, compiler: version, resolution }
  if (errors.length > 0) return { ...base, ok: false, output: errors.slice(0, 10).join('\n') }
  for (const program of Object.values(RESOLUTIONS[resolution].programs)) {
    const { ok, output } = await runProgram({ consumer, environment, node, args: [join(out, program)] })
    if (!ok) return { ...base, ok, output }
  }
  return { ...base, ok: true, output: '' }
}
