import { groupToTest } from './groups.mjs'

const { name: group, files } = groupToTest()
const results = `temp/mutation/${group}`

export default {
  mutate: files.map((name) => `packages/core/src/${name}.ts`),
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'tooling/mutation/vitest.config.mjs' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant that never ends is given one and a half times what its tests take, and five seconds.
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: `${results}/incremental.json`,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `${results}/mutation.json` },
  tempDirName: `${results}/sandbox`,
  cleanTempDir: 'always',
  thresholds: { high: 95, low: 85, break: 85 },
  // What the tests of core read, and nothing else.
  ignorePatterns: [
    '**',
    '!packages/core/src/**',
    '!packages/core/test/**',
    '!packages/core/*.json',
    '!tooling/*.ts',
    '!tooling/mutation/*.ts',
    '!tooling/mutation/*.mjs',
    '!tsconfig*.json',
    '!package.json',
    '!docs/errors.md',
  ],
  checkers: [],
  allowConsoleColors: false,
}
