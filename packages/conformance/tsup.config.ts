import { definePackage } from '../../tooling/tsup.ts'

export default definePackage({ entry: ['src/index.ts'] })
