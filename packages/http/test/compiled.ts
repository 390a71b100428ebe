import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

let folder: string | undefined

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Compiles our sources once, beside them so that undici is found. */
function compile(): string {
  mkdirSync(`${root}/temp`, { recursive: true })
  const target = mkdtempSync(`${root}/temp/run-`)
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  }
  for (const name of readdirSync(`${root}/src`)) {
    const source = readFileSync(`${root}/src/${name}`, 'utf8')
    const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: name })
    writeFileSync(`${target}/${name.replace('.ts', '.js')}`, outputText)
  }
  return target
}

/** Runs a script in a process of its own. */
export async function runScript(
  script: string,
  ...flags: string[]
): Promise<{ lines: string[]; ms: number; code: number | null }> {
  folder ??= compile()
  writeFileSync(`${folder}/script.js`, script)
  const started = performance.now()
  const child = spawn(process.execPath, [...flags, `${folder}/script.js`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { lines: output.trim().split('\n'), ms: performance.now() - started, code }
}
