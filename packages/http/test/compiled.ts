import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { onCleanup } from './servers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a script in a process of its own against our sources, compiled beside them so that undici is found. */
export async function runScript(
  script: string,
  ...flags: string[]
): Promise<{ lines: string[]; ms: number; code: number | null }> {
  mkdirSync(`${root}/temp`, { recursive: true })
  const folder = mkdtempSync(`${root}/temp/run-`)
  onCleanup(() => rmSync(folder, { recursive: true, force: true }))
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  }
  for (const name of readdirSync(`${root}/src`)) {
    const { outputText } = ts.transpileModule(readFileSync(`${root}/src/${name}`, 'utf8'), {
      compilerOptions,
      fileName: name,
    })
    writeFileSync(`${folder}/${name.replace('.ts', '.js')}`, outputText)
  }
  writeFileSync(`${folder}/script.js`, script)
  const started = performance.now()
  const child = spawn(process.execPath, [...flags, `${folder}/script.js`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { lines: output.trim().split('\n'), ms: performance.now() - started, code }
}
