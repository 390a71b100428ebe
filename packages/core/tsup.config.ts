import { definePackage } from '../../tooling/tsup.ts'

// noble's curves come along as a chunk of their own, loaded only when ECDSA or SM2 must be checked from a digest: it is
// ESM only, which CJS under Jest cannot load.
export default definePackage({
  entry: [
    'src/index.ts',
    'src/driver.ts',
    'src/testing.ts',
    'src/opentelemetry.ts',
    'src/internal.ts',
    'src/special-checks.ts',
  ],
  shared: ['internal', 'special-checks', 'curves'],
  vendored: { entry: 'src/curves.ts', from: [/^@noble\//] },
})
