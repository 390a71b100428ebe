import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from './run-demo.ts'

// Each sample of the README is a program of its own. It lies inside this package, so that it finds what is built.

const TEMP = fileURLToPath(new URL('../temp/', import.meta.url))
mkdirSync(TEMP, { recursive: true })
const FOLDER = mkdtempSync(join(TEMP, 'readme-'))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const SAMPLES = [...README.matchAll(/^```ts\n([\s\S]+?)^```$/gm)].map(([, code = '']) => code)
const ACCOUNTS = {
  NCLOUD_ACCESS_KEY: 'an-access-key',
  NCLOUD_SECRET_KEY: 'a-secret-key',
  VOLC_ACCESSKEY: 'an-access-key',
  VOLC_SECRETKEY: 'a-secret-key',
}

const nameOf = (index: number): string => `sample-${index + 1}`

beforeAll(() => {
  for (const [index, code] of SAMPLES.entries()) {
    writeFileSync(join(FOLDER, `${nameOf(index)}.ts`), code)
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    writeFileSync(join(FOLDER, `${nameOf(index)}.mjs`), outputText)
  }
})
afterAll(() => rmSync(FOLDER, { recursive: true }))

function run(code: string): string {
  const env = { PATH: process.env['PATH'] ?? '', ...ACCOUNTS }
  const words = ['--input-type=module', '--eval', code]
  return execFileSync(process.execPath, words, { cwd: FOLDER, env, encoding: 'utf8', stdio: 'pipe' })
}

it('has samples that compile under strict settings', () => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  const files = SAMPLES.map((_code, index) => join(FOLDER, `${nameOf(index)}.ts`))
  const program = ts.createProgram(files, { ...options, noEmit: true })
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  expect(problems).toEqual([])
  expect(files.length).toBeGreaterThanOrEqual(7)
})

it.each(SAMPLES.map((code, index) => [index, code] as const))('has a sample %i that runs', (index, code) => {
  const [, promised] = /console\.log\(.+\) \/\/ (.+)/.exec(code) ?? []
  const printed = run(`await import('./${nameOf(index)}.mjs')`).trim()
  expect(printed).toBe(promised ?? '')
})

it('has a program that works with any signer', () => {
  const printed = run(`
    import { createTestSigner } from '@kmsign/core/testing'
    const { signRelease } = await import('./${nameOf(0)}.mjs')
    for (const algorithm of ['ECDSA_SHA_256', 'RSA_PSS_SHA_256', 'SM2_DSA', 'ED25519']) {
      const { verified, publicKey } = await signRelease(createTestSigner({ algorithm }), '${nameOf(0)}.ts')
      console.log(verified, publicKey.split('\\n')[0])
    }
  `)
  expect(printed).toBe('true -----BEGIN PUBLIC KEY-----\n'.repeat(4))
})

it('has an example of error handling that queues what may work later', () => {
  const index = SAMPLES.findIndex((code) => code.includes('signOrQueue'))
  const printed = run(`
    import { createTestSigner } from '@kmsign/core/testing'
    const { signOrQueue } = await import('./${nameOf(index)}.mjs')
    const message = Buffer.from('hello', 'utf8')
    const busy = createTestSigner({ fail: ['KMS_UNAVAILABLE', 'KMS_UNAVAILABLE', 'KMS_UNAVAILABLE'] })
    await signOrQueue(busy, message, (queued) => console.log('queued', queued.length))
    await signOrQueue(createTestSigner({ fail: ['KMS_KEY_STATE'] }), message, console.log).catch(({ code }) => console.log(code))
  `)
  expect(printed).toBe('queued 5\nKMS_KEY_STATE\n')
})

it.each(['README.md', 'apps/demo/README.md'])('has links in %s that lead somewhere', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([])
})
