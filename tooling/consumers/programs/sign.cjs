// A CommonJS program: node sign.cjs adapter-ncp adapter-volcengine …
const core = require('@kmsign/core')
const testing = require('@kmsign/core/testing')
const { startEmulator } = require('@kmsign/emulator')
const { checkTestSigner, known, signWith } = require('./scenario.cjs')

async function main(names) {
  await checkTestSigner(core, testing)
  const emulator = await startEmulator()
  try {
    const done = []
    for (const name of known(names)) {
      done.push(...(await signWith(name, { core, adapter: require(`@kmsign/${name}`), emulator })))
    }
    return done
  } finally {
    // Also after a failure: under Jest an open server would keep the process.
    await emulator.close()
  }
}

module.exports = { main }
if (require.main === module) main(process.argv.slice(2)).then((done) => process.stdout.write(JSON.stringify(done)))
