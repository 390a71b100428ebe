import { definePackage } from '../../tooling/tsup.ts'

// noble is ESM only, which CJS under Jest cannot load, so it is bundled.
export default definePackage({ entry: ['src/index.ts', 'src/cli.ts'], shared: ['index'], bundled: [/^@noble\//] })
