import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { groupToTest } from './groups.mjs'

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/**
 * The tests of one group of files of core. Chosen here and not by Stryker's `testFiles`, with which it never lets mutants
 * of a module's constants take effect.
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@kmsign\/core\/([\w-]+)$/, replacement: root('packages/core/src/$1.ts') },
      { find: /^@kmsign\/core$/, replacement: root('packages/core/src/index.ts') },
    ],
  },
  test: {
    root: root(''),
    include: [`packages/core/${groupToTest().tests}.test.ts`],
    setupFiles: ['tooling/loopback-only.ts', 'tooling/mutation/skip-long.ts'].map(root),
    env: { KMSIGN_TEST_KEYS: root('temp/mutation/keys') },
    testTimeout: 20_000,
  },
})
