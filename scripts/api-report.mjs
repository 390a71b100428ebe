// Compares what every package exports with the reports committed beside it; with --update it writes them.
//
// One report per entry point, made from the built declarations, so that a change of the public interface shows in a diff
// that no reviewer overlooks.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { entryPoints, publishedPackages, requireBuild, root, stop } from './lib/workspace.mjs'

const unknown = process.argv.slice(2).filter((argument) => argument !== '--update')
if (unknown.length > 0) stop(`Unknown argument ${unknown[0]}; the only one is --update`)
const update = process.argv.includes('--update')

requireBuild()
const fresh = mkdtempSync(join(tmpdir(), 'kmsign-api-'))
try {
  const reports = publishedPackages().map((found) => ({
    name: found.name,
    committed: join(found.folder, 'api-report'),
    made: makeReports(found),
  }))
  if (update) write(reports)
  else check(reports)
} finally {
  rmSync(fresh, { recursive: true, force: true })
}

function makeReports({ folder, name, manifest }) {
  const destination = join(fresh, name)
  mkdirSync(destination, { recursive: true })
  return entryPoints({ folder, manifest }).map((entry) => {
    extract(folder, entry, destination)
    return `${entry.name}.api.md`
  })
}

function extract(folder, entry, destination) {
  const problems = []
  const result = Extractor.invoke(configFor(folder, entry, destination), {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel === 'error') problems.push(message.text)
      message.handled = true
    },
  })
  if (problems.length > 0 || !result.succeeded) {
    throw new Error(`api-extractor failed on ${entry.types.slice(root.length)}:\n${problems.join('\n')}`)
  }
}

function configFor(folder, entry, destination) {
  const compilerOptions = {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
  }
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: entry.types,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions, files: [entry.types] } },
      apiReport: {
        enabled: true,
        reportFileName: `${entry.name}.api.md`,
        reportFolder: destination,
        reportTempFolder: join(fresh, 'temp'),
        // A type that is not exported but stands in an exported one is part of the interface too.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  })
}

function write(reports) {
  for (const { name, committed, made } of reports) {
    rmSync(committed, { recursive: true, force: true })
    mkdirSync(committed)
    for (const file of made) writeFileSync(join(committed, file), readFileSync(join(fresh, name, file)))
  }
  console.log(`${count(reports)} API reports written`)
}

function check(reports) {
  const findings = reports.flatMap(({ name, committed, made }) => {
    const present = existsSync(committed) ? readdirSync(committed) : []
    const stale = present.filter((file) => !made.includes(file))
    return [
      ...made.map((file) => difference(join(committed, file), join(fresh, name, file))),
      ...stale.map((file) => `${join(committed, file).slice(root.length)}: there is no such entry point any more\n`),
    ].filter((finding) => finding !== undefined)
  })
  if (findings.length === 0) return console.log(`${count(reports)} API reports are up to date`)
  console.error(findings.join('\n'))
  console.error(`The public interface differs from ${findings.length} of ${count(reports)} API reports.`)
  console.error('If that is intended, run this, commit the reports and add a changeset:\n')
  console.error('  node scripts/pnpm.mjs check:api --update')
  process.exitCode = 1
}

function difference(committed, made) {
  const path = committed.slice(root.length)
  if (!existsSync(committed)) return `${path}: missing\n`
  if (readFileSync(committed, 'utf8') === readFileSync(made, 'utf8')) return undefined
  const diff = spawnSync('git', ['diff', '--no-index', '--no-color', '-U2', '--', committed, made], {
    encoding: 'utf8',
  })
  const body = diff.stdout?.split('\n').slice(4).join('\n')
  return `${path}:\n${body || '(no diff: git is missing)\n'}`
}

function count(reports) {
  return reports.reduce((sum, { made }) => sum + made.length, 0)
}
