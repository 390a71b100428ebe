import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

/** Tests read our sources; only the consumer tests read what was built. */
const alias = [
  { find: /^@kmsign\/([\w-]+)\/([\w-]+)$/, replacement: source('$1/src/$2.ts') },
  { find: /^@kmsign\/([\w-]+)$/, replacement: source('$1/src/index.ts') },
]

const setupFiles = [fileURLToPath(new URL('./tooling/loopback-only.ts', import.meta.url))]

export default defineConfig({
  test: {
    reporters: ['default', './tooling/closing-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    projects: [
      {
        extends: true,
        resolve: { alias },
        test: { name: 'packages', include: ['{packages,examples}/*/{src,test}/**/*.test.ts'], setupFiles },
      },
      {
        extends: true,
        test: {
          name: 'consumers',
          include: ['tooling/consumers/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
