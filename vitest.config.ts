import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

/** Tests read our sources; only the consumer tests read what was built. */
const alias = [
  { find: /^@kmsign\/([\w-]+)\/([\w-]+)$/, replacement: source('$1/src/$2.ts') },
  { find: /^@kmsign\/([\w-]+)$/, replacement: source('$1/src/index.ts') },
]

const tooling = (file: string) => [fileURLToPath(new URL(`./tooling/${file}`, import.meta.url))]

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
        test: {
          name: 'packages',
          include: ['{packages,examples}/*/{src,test}/**/*.test.ts'],
          globalSetup: tooling('profile-seed.ts'),
          setupFiles: tooling('loopback-only.ts'),
        },
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
