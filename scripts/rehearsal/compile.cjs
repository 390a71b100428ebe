// Compiles small programs with one TypeScript: node compile.cjs <folder of typescript> <file with jobs>
// A job is `{ id, root, folders, files, out, options }`: the files in each folder below root, as one compilation, so that
// the library's own declarations are checked once for all of them. What comes out of a folder goes to `out` inside of it.
// Prints `{ version, done: [{ id, errors: [{ folder, text }] }] }`; an error that lies in no folder has none.
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { dirname, join, relative, sep } = require('node:path')

const ts = require(process.argv[2])
const jobs = JSON.parse(readFileSync(process.argv[3], 'utf8'))

const done = jobs.map(({ id, root, folders, files, out, options: given }) => {
  const outDir = join(root, 'out')
  const { options, errors } = ts.convertCompilerOptionsFromJson({ ...given, rootDir: root, outDir }, root)
  const program = ts.createProgram(
    folders.flatMap((folder) => files.map((file) => join(root, folder, file))),
    options,
  )
  const emitted = program.emit(undefined, (path, text) => {
    const [folder, ...rest] = relative(outDir, path).split(sep)
    const target = join(root, folder, out, ...rest)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  })
  const found = [...errors, ...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics]
  return { id, errors: found.map((diagnostic) => described(diagnostic, root, folders)) }
})
process.stdout.write(JSON.stringify({ version: ts.version, done }))

function described({ file, start, code, messageText }, root, folders) {
  const message = `TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  if (file === undefined) return { text: message }
  const folder = relative(root, file.fileName).split(sep)[0]
  const line = file.getLineAndCharacterOfPosition(start).line + 1
  return { folder: folders.includes(folder) ? folder : undefined, text: `${file.fileName}:${line} ${message}` }
}
