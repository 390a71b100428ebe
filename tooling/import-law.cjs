// Who may import whom (ARCHITECTURE.md has the picture). Run by `check:imports`.
const { readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const packages = '^packages/([^/]+)/src/'

/** The sources of the entry points that the manifests name: what others may import of a package. */
const entries = readdirSync(join(__dirname, '../packages')).map((name) => {
  const { exports } = JSON.parse(readFileSync(join(__dirname, '../packages', name, 'package.json'), 'utf8'))
  const files = Object.keys(exports).map((path) => (path === '.' ? 'index' : path.slice(2).replace(/\W/g, '\\$&')))
  return `^packages/${name}/src/(${files.join('|')})\\.ts$`
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/core/' },
    },
    {
      name: 'http-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^packages/http/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/http/' },
    },
    {
      name: 'emulator-imports-nothing-of-ours',
      comment: 'It judges the adapters; shared code would make both wrong together.',
      severity: 'error',
      from: { path: '^packages/emulator/(src|test)/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/emulator/' },
    },
    {
      name: 'adapters-import-core-http-and-themselves',
      severity: 'error',
      from: { path: '^packages/(adapter-[^/]+)/src/' },
      to: { path: '^(packages|apps)/', pathNot: ['^packages/(core|http)/', '^packages/$1/'] },
    },
    {
      name: 'adapters-never-import-each-other',
      comment: 'Not in their tests either.',
      severity: 'error',
      from: { path: '^packages/(adapter-[^/]+)/' },
      to: { path: '^packages/adapter-', pathNot: '^packages/$1/' },
    },
    {
      name: 'conformance-imports-core-only',
      severity: 'error',
      from: { path: '^packages/conformance/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(core|conformance)/' },
    },
    { name: 'nothing-imports-apps', severity: 'error', from: { path: '^packages/' }, to: { path: '^apps/' } },
    {
      name: 'undici-only-in-http',
      severity: 'error',
      from: { path: packages, pathNot: '^packages/http/' },
      to: { path: '(^|/)undici(/|$)' },
    },
    {
      name: 'curves-only-through-one-file-of-core',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '(^packages/core/src/curves\\.ts|\\.test\\.ts)$' },
      to: { path: '(^|/)@noble/' },
    },
    {
      name: 'only-what-the-package-declares',
      comment: 'What is not among its dependencies would be missing at the user; bundled packages count as declared.',
      severity: 'error',
      from: { path: packages, pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer'],
        pathNot: '(^|/)@noble/',
      },
    },
    {
      name: 'no-unresolvable',
      comment: 'Commands start what is built, which a fresh clone does not have yet.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^\\.\\./dist/' },
    },
    {
      name: 'not-into-the-inside-of-another-package',
      severity: 'error',
      // The request signer alone is measured there, and it is nobody's public interface.
      from: { path: '^(packages|apps)/([^/]+)/', pathNot: '^apps/bench/src/perf/micro\\.ts$' },
      to: {
        path: '^packages/[^/]+/src/',
        pathNot: ['^packages/$2/', ...entries],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/[^/]+/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
  },
}
