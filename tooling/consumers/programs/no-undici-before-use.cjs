// Which adapters load undici: when imported, when a signer is made, and with the first request. Prints JSON.
const { startEmulator } = require('@kmsign/emulator')
const { known, openSigner } = require('./scenario.cjs')

const loaded = () => Object.keys(require.cache).some((path) => /[\\/]undici[\\/]/.test(path))

async function main([format, name]) {
  const emulator = await startEmulator()
  const adapter = format === 'esm' ? await import(`@kmsign/${name}`) : require(`@kmsign/${name}`)
  const found = { imported: loaded() }
  if (known([name]).length > 0) {
    const signer = await openSigner(name, { adapter, emulator })
    found.opened = loaded()
    await signer.sign(Buffer.from('first request'))
    found.used = loaded()
    await signer.close()
  }
  await emulator.close()
  process.stdout.write(JSON.stringify(found))
}

main(process.argv.slice(2))
