// An ES module program: node sign.mjs adapter-ncp adapter-volcengine …
import * as core from '@kmsign/core'
import * as testing from '@kmsign/core/testing'
import { startEmulator } from '@kmsign/emulator'
import { checkTestSigner, known, signWith } from './scenario.cjs'

await checkTestSigner(core, testing)
const emulator = await startEmulator()
const done = []
for (const name of known(process.argv.slice(2))) {
  done.push(...(await signWith(name, { core, adapter: await import(`@kmsign/${name}`), emulator })))
}
await emulator.close()
process.stdout.write(JSON.stringify(done))
