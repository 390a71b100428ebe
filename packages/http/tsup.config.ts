import { definePackage } from '../../tooling/tsup.ts'

// What opens connections for undici is loaded with it.
export default definePackage({ entry: ['src/index.ts', 'src/connect.ts'], shared: ['connect'] })
