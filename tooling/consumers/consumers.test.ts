import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempt, type Outcome } from '../../scripts/lib/processes.mjs'
import { publishedPackages, root } from '../../scripts/lib/workspace.mjs'
import { installPackages, type Project } from './installed-packages.ts'

const names = publishedPackages().map(({ name }) => name)
const entries = publishedPackages().flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1)),
)
const adapters = names.filter((name) => name.includes('/adapter-')).map((name) => name.replace('@kmsign/', ''))
/** What `programs/scenario.cjs` does with each adapter that it knows. */
const SIGNED = [
  'adapter-ncp ECDSA_SHA_256',
  'adapter-ncp RSA_PSS_SHA_256',
  'adapter-volcengine ECDSA_SHA_256',
  'adapter-volcengine SM2_DSA',
  'adapter-aws ECDSA_SHA_256',
  'adapter-aws ED25519',
].filter((text) => adapters.some((name) => text.startsWith(`${name} `)))

let project: Project
beforeAll(async () => {
  project = await installPackages()
  for (const program of readdirSync(join(import.meta.dirname, 'programs'))) {
    if (/\.[cm]js$/.test(program)) project.add(`programs/${program}`)
  }
})
afterAll(() => project?.remove())

/** The environment of a plain shell: nothing of vitest, and no warning about the age of this Node. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...more }
}

/** Runs a file with Node in the project; it must end by itself, with status 0. */
async function node(...args: string[]): Promise<string> {
  return passed(await attempt(process.execPath, args, { cwd: project.folder, env: environment(), timeoutMs: 60_000 }))
}

function passed({ status, signal, output }: Outcome): string {
  if (status !== 0) expect.fail(`The program ended with ${signal ?? status}:\n${output}`)
  return output
}

describe('a program of a user', () => {
  it('signs and verifies with every adapter as ES modules, and ends by itself', async () => {
    expect(JSON.parse(await node('sign.mjs', ...adapters)).sort()).toEqual([...SIGNED].sort())
  })

  it('signs and verifies with every adapter as CommonJS, and ends by itself', async () => {
    expect(JSON.parse(await node('sign.cjs', ...adapters)).sort()).toEqual([...SIGNED].sort())
  })

  it('does the same inside Jest with its defaults', async () => {
    project.add('programs/jest-run.cjs', 'jest/sign.test.cjs')
    for (const program of ['sign.cjs', 'scenario.cjs']) project.add(`programs/${program}`, `jest/${program}`)
    const jest = join(root, 'node_modules/jest/bin/jest.js')
    const args = [jest, '--ci', '--json', '--watchman=false', `--cacheDirectory=${join(project.folder, '.jest')}`]
    const env = environment({ CONSUMER_ADAPTERS: adapters.join(',') })
    const output = passed(await attempt(process.execPath, args, { cwd: project.folder, env, timeoutMs: 120_000 }))
    expect(output).toContain('"numPassedTests":2')
  })

  it('has several copies of core that know the errors, keys and results of each other', async () => {
    expect(await node('two-cores.mjs', project.copyOf('@kmsign/core'))).toBe('16')
  })

  it.each(entries)('loads %s as an ES module and as CommonJS, with the same exports', async (name) => {
    const code = `import * as esm from '${name}'; import { createRequire } from 'node:module'
      const cjs = createRequire(import.meta.url)('${name}')
      console.log(JSON.stringify([Object.keys(esm).filter((key) => key !== 'default' && key !== 'module.exports').sort(), Object.keys(cjs).sort()]))`
    project.write('load.mjs', code)
    const [esm, cjs] = JSON.parse(await node('load.mjs')) as [string[], string[]]
    expect(esm.length).toBeGreaterThan(0)
    expect(cjs).toEqual(esm)
  })
})

describe.each(adapters)('%s', (name) => {
  // As it is printed at the registry: out of the tarball, saved under the name it gives, run the way it says.
  it('makes a first signature in ten lines with the README as written', async () => {
    const readme = readFileSync(join(project.packages.get(`@kmsign/${name}`) ?? '', 'README.md'), 'utf8')
    const [, code = ''] = /^## First signature$[\s\S]*?^```ts run\n([\s\S]*?)^```$/m.exec(readme) ?? []
    expect(readme).toContain('run `node sign.mjs`')
    expect(readme).toContain(`npm install @kmsign/${name}`)
    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10)
    project.write('newcomer/sign.mjs', code)
    expect((await node('newcomer/sign.mjs')).trim()).toBe(/console\.log\(.*\) \/\/ (.+)/.exec(code)?.[1])
  })

  it.each(['esm', 'cjs'])('loads no undici before the first request, as %s', async (format) => {
    const found = JSON.parse(await node('no-undici-before-use.cjs', format, name))
    const known = SIGNED.some((text) => text.startsWith(`${name} `))
    expect(found).toEqual(known ? { imported: false, opened: false, used: true } : { imported: false })
  })
})

describe('the types', () => {
  const files = {
    'programs/typed': readdirSync(join(import.meta.dirname, 'programs/typed')),
    contract: readdirSync(join(import.meta.dirname, 'contract')),
  }
  const compilers = { '5.4': 'typescript-5.4', '5.9': 'typescript' }
  const modes = [
    { resolution: 'node10', module: 'commonjs', extensions: ['ts'] },
    { resolution: 'node16', module: 'node16', extensions: ['mts', 'cts'] },
    { resolution: 'nodenext', module: 'nodenext', extensions: ['mts', 'cts'] },
    { resolution: 'bundler', module: 'esnext', extensions: ['ts'] },
  ]
  const runs = Object.entries(compilers).flatMap(([version, compiler]) =>
    modes.map((mode) => ({ version, compiler, ...mode })),
  )

  it.each(runs)('compile with TypeScript $version and $resolution resolution', async (mode) => {
    const folder = `types-${mode.version}-${mode.resolution}`
    for (const extension of mode.extensions) {
      // Whatever no program uses is compiled too.
      const every = entries.map((entry, index) => `export * as entry${index} from '${entry}'\n`)
      project.write(`${folder}/every-entry.${extension}`, every.join(''))
      for (const [from, programs] of Object.entries(files)) {
        for (const program of programs) {
          project.add(`${from}/${program}`, `${folder}/${program.replace(/ts$/, extension)}`)
        }
      }
    }
    project.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: optionsFor(mode) }))
    const tsc = join(root, 'node_modules', mode.compiler, 'bin/tsc')
    expect(await node(tsc, '-p', join(folder, 'tsconfig.json'))).toBe('')
  })

  it('name no type of undici', () => {
    const named = [...project.packages].flatMap(([name, folder]) =>
      readdirSync(join(folder, 'dist'))
        .filter((file) => /\.d\.c?ts$/.test(file))
        .filter((file) => /(from|import\() ?['"]undici/.test(readFileSync(join(folder, 'dist', file), 'utf8')))
        .map((file) => `${name} ${file}`),
    )
    expect(named).toEqual([])
  })
})

/** Strict, and our declarations are checked like the user's own code. */
function optionsFor({ module, resolution }: { module: string; resolution: string }) {
  return {
    module,
    moduleResolution: resolution,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  }
}
