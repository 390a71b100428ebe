import { definePackage } from '../../tooling/tsup.ts'

// What only a client of our own needs is loaded with the AWS SDK, by the first request.
export default definePackage({ entry: ['src/index.ts', 'src/own-client.ts'], shared: ['own-client'] })
