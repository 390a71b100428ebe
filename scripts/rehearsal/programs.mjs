// What users write, as text, for one adapter each. A program sees the adapter and Node, and nothing else of ours: the
// adapter stands alone in its folder, and under pnpm its dependencies are out of sight.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/processes.mjs'

const FACTORY = /^create\w+Signer$/

/** The one factory that users call, as the installed adapter exports it. */
async function factoryIn(folder, adapter, env) {
  const name = `@kmsign/${adapter}`
  const code = `console.log(Object.keys(require('${name}')).join(' '))`
  const exported = (await run(process.execPath, ['-e', code], { cwd: folder, env, timeoutMs: 30_000 }))
    .trim()
    .split(' ')
  const found = exported.filter((key) => FACTORY.test(key))
  if (found.length !== 1) throw new Error(`${name} should export one create…Signer, and there are ${found.length}`)
  return found[0]
}

/** Signs, has node:crypto judge, and looks at one failure. `digest` is the sha256 of the message. */
const body = (factory) => `
async function main() {
  const signer = ${factory}(JSON.parse(readFileSync(process.env.REHEARSAL_TARGET, 'utf8')))
  const message = Buffer.from('signed in a rehearsal', 'utf8')
  const { signature, verified, keyVersion } = await signer.sign(message)
  const publicKey = await signer.getPublicKey(keyVersion === undefined ? {} : { keyVersion })
  const judged = [verified, verify('sha256', message, publicKey.toPem(), signature)]
  if (signer.capabilities.digest) {
    const digest = createHash('sha256').update(message).digest()
    const ofDigest = await signer.signDigest(digest)
    judged.push(ofDigest.verified, verify('sha256', message, publicKey.toPem(), ofDigest.signature))
  }
  judged.push(!(await signer.verify(Buffer.from('something else'), signature)))
  const error = await signer.sign(message, { signal: AbortSignal.abort('the user left') }).catch((reason) => reason)
  judged.push(error === 'the user left')
  await signer.close()
  judged.push((await signer.sign(message).catch(({ code }) => code)) === 'KMS_SIGNER_CLOSED')
  return judged.every(Boolean) ? 'signed' : 'wrong: ' + judged.join(' ')
}
`

const esm = (adapter, factory) => `import { createHash, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ${factory} } from '@kmsign/${adapter}'
${body(factory)}
console.log(await main())
`

const cjs = (adapter, factory) => `const { createHash, verify } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { ${factory} } = require('@kmsign/${adapter}')
${body(factory)}
module.exports = { main }
if (require.main === module) main().then(console.log)
`

const jest = `const { main } = require('./sign.cjs')

test('signs inside Jest', async () => {
  expect(await main()).toBe('signed')
}, 60_000)
`

/** The same with types. The wrong lines must be errors, else the compiler says so. */
const typed = (adapter, factory) => `import { verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ${factory} } from '@kmsign/${adapter}'

type Options = Parameters<typeof ${factory}>[0]

async function main(): Promise<string> {
  const options: Options = JSON.parse(readFileSync(process.env['REHEARSAL_TARGET'] ?? '', 'utf8'))
  const signer = ${factory}({ ...options, algorithm: 'ECDSA_SHA_256', keySpec: 'EC_P256' })
  const message = Uint8Array.of(1, 2, 3)
  const result = await signer.sign(message, { encoding: 'der', timeoutMs: 10_000 })
  const algorithm: 'ECDSA_SHA_256' = result.algorithm
  const version: string | undefined = result.keyVersion
  const key = await signer.getPublicKey(version === undefined ? {} : { keyVersion: version })
  const judged: boolean = verify('sha256', message, key.toPem(), result.signature)
  await signer.close()
  return judged && result.verified && algorithm === signer.algorithm ? 'signed' : 'wrong'
}

export function wrong(options: Options): void {
  // @ts-expect-error: this pair does not exist
  ${factory}({ ...options, algorithm: 'ECDSA_SHA_256', keySpec: 'RSA_2048' })
  // @ts-expect-error: text is not bytes
  void ${factory}({ ...options, algorithm: 'ECDSA_SHA_256' }).sign('text')
}

main().then(console.log)
`

/** For an adapter that is installed there. */
export async function writePrograms(folder, adapter, environment) {
  const factory = await factoryIn(folder, adapter, environment)
  writeFileSync(join(folder, 'sign.mjs'), esm(adapter, factory))
  writeFileSync(join(folder, 'sign.cjs'), cjs(adapter, factory))
  writeFileSync(join(folder, 'sign.test.js'), jest)
  for (const extension of ['ts', 'mts', 'cts']) {
    writeFileSync(join(folder, `typed.${extension}`), typed(adapter, factory))
  }
}

/** Runs in a folder where the emulator alone is installed; says what it made and stays until it is ended. */
export const emulatorProgram = `import { startEmulator } from '@kmsign/emulator'

const emulator = await startEmulator()
const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
const volcengine = await emulator.volcengine.createKey({ keySpec: 'EC_P256' })
const aws = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
const common = { algorithm: 'ECDSA_SHA_256', baseUrl: emulator.url, integrity: 'require' }
const { accessKey, secretKey } = emulator.ncp.credentials
console.log(JSON.stringify({
  'adapter-ncp': { ...common, keyTag, credentials: { accessKey, secretKey } },
  'adapter-volcengine': {
    ...common, keyId: volcengine.keyId, region: emulator.volcengine.region, credentials: emulator.volcengine.credentials,
  },
  'adapter-aws': { ...common, keyId: aws.keyId, region: emulator.aws.region, credentials: emulator.aws.credentials },
}))
`
