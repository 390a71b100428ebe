// Holds every document to what was built: all its TypeScript compiles, what can run is run, and links lead somewhere.
//
//   ```ts            compiled, as a module of its own, under strict settings against the built packages
//   ```ts run        compiled and run; what `console.log(x) // text` promises must be what is printed
//   ```ts file=path  not compiled here: stands in that file of the repository, with `// …` for what is left out of it
//   ```sh run        run by bash in the folder of the document's samples; must end with 0
//   ```sh            not run here: every line starts a script of this repository, or something of ours from npm
//   ```json          must parse; `…` may stand for a value that is left out
//   ```text          not checked, nor is a fence without a language; no other is known
//   <!-- run … -->   a program that readers do not see, and that holds the samples to what the text says of them
//
// The samples of a document are files of one folder: the first ts sample is sample-1.ts and can be imported by later ones
// and by programs as './sample-1.js'. With names of files as arguments only these are checked.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { CONTEXTS } from './lib/docs-contexts.mjs'
import { brokenLinks } from './lib/docs-links.mjs'
import { attempt, cleanUp, inParallel, temporaryFolder } from './lib/processes.mjs'
import { publishedPackages, requireBuild, root, stop } from './lib/workspace.mjs'

/** A sample may be the inside of a function: a `return` outside of one is let pass. */
const RETURN_OUTSIDE = 1108

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const published = publishedPackages().map(({ name }) => name)

requireBuild()
const home = temporaryFolder('docs')
linkModules()
const documents = chosen(process.argv.slice(2)).map(read)
const problems = [...documents.flatMap(brokenLinks), ...documents.flatMap(unreadable), ...compile(documents)]
if (problems.length === 0) problems.push(...(await runAll(documents)))
cleanUp()

const samples = documents.flatMap(({ blocks }) => blocks)
const counts = {
  documents: documents.length,
  samples: samples.filter(({ kind }) => kind !== 'hidden').length,
  run: samples.filter(({ runs }) => runs).length,
}
for (const problem of problems) console.error(problem)
console.log(`${counts.documents} documents, ${counts.samples} samples, ${counts.run} run, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function chosen(names) {
  const args = [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    '*.md',
    ':!*.api.md',
    ':!.changeset',
    ':!.github',
  ]
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n')
  const all = listed.filter((path) => path !== '' && !path.endsWith('CHANGELOG.md') && existsSync(join(root, path)))
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) stop(`No document ${unknown}`)
  return names.length > 0 ? names : all
}

/** The samples of a document, each written as a file in which every line has its number in the document. */
function read(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const folder = join(home, path.replaceAll('/', '_').replace(/\.md$/, ''))
  const found = [...text.matchAll(/^```(ts|sh)( run)?\n([\s\S]*?)^```$|^<!-- run\n([\s\S]*?)^-->$/gm)]
  let [sample, hidden] = [0, 0]
  const blocks = found.flatMap(({ 1: language, 2: run, 3: shown, 4: program, index }) => {
    const line = text.slice(0, index).split('\n').length
    // `{ … }` leaves out what the reader has to fill in.
    const code = (shown ?? program).replaceAll('{ … }', '({} as never)')
    if (language === 'sh') return run ? [{ path, line, folder, kind: 'sh', code, runs: true }] : []
    const kind = program === undefined ? 'ts' : 'hidden'
    const name = kind === 'ts' ? `sample-${++sample}` : `program-${++hidden}`
    return [{ path, line, folder, kind, code, name, runs: kind === 'hidden' || run !== undefined }]
  })
  if (blocks.length > 0) write(path, folder, blocks)
  return { path, text, folder, blocks }
}

function write(path, folder, blocks) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const context = CONTEXTS[path]
  if (context !== undefined) writeFileSync(join(folder, 'context.d.ts'), `${context}\n`)
  for (const { kind, code, name, line } of blocks) {
    if (kind === 'sh') continue
    writeFileSync(join(folder, `${name}.ts`), `${'\n'.repeat(line)}${code}`)
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    writeFileSync(join(folder, `${name}.js`), ts.transpileModule(code, { compilerOptions }).outputText)
  }
}

/** Samples find what a user has installed, and what the tests of users use. */
function linkModules() {
  const modules = join(home, 'node_modules')
  const link = (name, target) => {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(target, join(modules, name), 'dir')
  }
  for (const { name, folder } of publishedPackages()) link(name, folder)
  for (const name of ['@types/node', 'vitest']) link(name, join(root, 'node_modules', name))
  for (const name of ['@opentelemetry/api', '@opentelemetry/sdk-metrics', '@opentelemetry/sdk-trace-base']) {
    link(name, join(root, 'packages/core/node_modules', name))
  }
  link('@aws-sdk/client-kms', join(root, 'packages/adapter-aws/node_modules/@aws-sdk/client-kms'))
  link('@volcengine/openapi', join(root, 'packages/adapter-volcengine/node_modules/@volcengine/openapi'))
  // What the conformance kit's README calls the adapter under test.
  mkdirSync(join(home, 'src'))
  writeFileSync(join(home, 'src/index.ts'), `export * from '@kmsign/adapter-ncp'\n`)
}

function compile(all) {
  const forSamples = { noEmit: true, moduleDetection: 'force', allowImportingTsExtensions: true, types: ['node'] }
  const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config.compilerOptions
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...base, ...forSamples, typeRoots: [join(root, 'node_modules/@types')] },
    home,
  )
  const withSamples = all.filter(({ blocks }) => blocks.some(({ name }) => name !== undefined))
  // One program for each document that has a context, so that what it declares is seen by that document alone.
  const alone = withSamples.filter(({ path }) => CONTEXTS[path] !== undefined)
  const together = withSamples.filter((document) => !alone.includes(document))
  return [together, ...alone.map((document) => [document])].flatMap((group) => diagnose(group, options))
}

function diagnose(group, options) {
  const files = group.flatMap(({ path, folder, blocks }) => [
    ...blocks.filter(({ name }) => name !== undefined).map(({ name }) => join(folder, `${name}.ts`)),
    ...(CONTEXTS[path] === undefined ? [] : [join(folder, 'context.d.ts')]),
  ])
  const found = ts.getPreEmitDiagnostics(ts.createProgram(files, options)).filter(({ code }) => code !== RETURN_OUTSIDE)
  return found.map(({ file, start, messageText }) => {
    const document = group.find(({ folder }) => file?.fileName.startsWith(`${folder}/`))
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${document?.path ?? file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** The documents side by side, the programs of one after another: later ones may use what earlier ones wrote. */
async function runAll(all) {
  const found = await inParallel(2, all, async ({ blocks }) => {
    const failures = []
    for (const block of blocks.filter(({ runs }) => runs)) failures.push(...(await runBlock(block)))
    return failures
  })
  return found.flat()
}

async function runBlock({ path, line, folder, kind, code, name }) {
  const { PATH, HOME, TMPDIR } = process.env
  const env = { PATH, HOME, TMPDIR, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  const [command, ...args] = kind === 'sh' ? ['bash', '-euo', 'pipefail', '-c', code] : [process.execPath, `${name}.js`]
  const { status, stdout, output } = await attempt(command, args, { cwd: folder, env, timeoutMs: 120_000 })
  if (status !== 0) return [`${path}:${line}: ended with ${status}\n${output.replace(/^(?=.)/gm, '  | ')}`]
  const promised = kind === 'ts' ? promisesIn(code) : []
  const printed = stdout.trim().split('\n')
  if (promised.length === 0 || printed.join('\n') === promised.join('\n')) return []
  return [`${path}:${line}: promises ${JSON.stringify(promised)} and prints ${JSON.stringify(printed)}`]
}

/** What the comment behind each `console.log(…)` says, however many lines the call has. */
function promisesIn(code) {
  const promises = []
  const visit = (node) => {
    if (ts.isExpressionStatement(node) && /^console\.log\(/.test(node.getText())) {
      const [comment] = ts.getTrailingCommentRanges(code, node.end) ?? []
      if (comment !== undefined) promises.push(code.slice(comment.pos, comment.end).replace(/^\/\/ ?/, ''))
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('sample.ts', code, ts.ScriptTarget.ES2022, true))
  return promises
}

/** What is neither compiled nor run: pieces that differ from their file, JSON that does not parse, and so on. */
function unreadable({ path, text }) {
  const hidden = [...text.matchAll(/^(?: +```|~~~|````).*$/gm)]
  const fences = [...text.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)]
  const whereIs = (index) => `${path}:${text.slice(0, index).split('\n').length}`
  return [
    ...hidden.map(
      ({ 0: fence, index }) => `${whereIs(index)}: nothing checks ${fence.trim()}; begin it with \`\`\` alone`,
    ),
    ...fences.flatMap(({ 1: label, 2: content, index }) =>
      wrongIn(label, content).map((problem) => `${whereIs(index)}: ${problem}`),
    ),
  ]
}

function wrongIn(label, content) {
  if (label.startsWith('ts file=')) return missingIn(label.slice('ts file='.length), content)
  if (label === 'json') return isJson(content) ? [] : ['no JSON']
  if (label === 'sh') {
    const lines = content.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return lines.filter((line) => !isCommand(line)).map((line) => `nothing here knows: ${line}`)
  }
  return ['ts', 'ts run', 'sh run', 'text'].includes(label) ? [] : [`nothing checks ${label}`]
}

/** The pieces of a sample that its file does not have, one after the other. */
function missingIn(file, content) {
  if (!existsSync(join(root, file))) return [`${file} is not there`]
  let rest = readFileSync(join(root, file), 'utf8')
  return content.split('// …\n').flatMap((piece) => {
    const at = rest.indexOf(piece)
    if (at === -1) return [`${file} does not have, after what stands above it:\n${piece}`]
    rest = rest.slice(at + piece.length)
    return []
  })
}

function isJson(content) {
  try {
    JSON.parse(content.replaceAll(/"?…"?/g, 'null'))
    return true
  } catch {
    return false
  }
}

/** The scripts of CI run what these lines run; the packages are those of the rehearsal. */
function isCommand(line) {
  const [, npm] = /^p?npm (?:run )?([\w:-]+)/.exec(line) ?? []
  if (npm === 'install')
    return packagesIn(line).every((name) => name.startsWith('@aws-sdk/') || published.includes(name))
  const [, script] = /^node (scripts\/[\w-]+\.mjs)/.exec(line) ?? []
  return (
    npm in manifest.scripts ||
    (script !== undefined && existsSync(join(root, script))) ||
    /^npx kmsign-emulator /.test(line)
  )
}

function packagesIn(line) {
  return line
    .split(' #')[0]
    .split(' ')
    .slice(2)
    .filter((word) => !word.startsWith('-'))
}
