// Signatures of every release, verified for ever: a stored signature, result or public key that once verified must verify
// with every later version, and what was refused must go on being refused.
//
//   node scripts/corpus.mjs           checks all corpora with the built core
//   node scripts/corpus.mjs --write   makes the corpus of the version in packages/core/package.json; part of a release
//
// A corpus is never changed. One that no longer verifies means a breaking change, not a corpus to be made again.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { requireBuild, root, stop } from './lib/workspace.mjs'

const FOLDER = join(root, 'tooling/rehearsal/corpus')
const MESSAGES = { text: Buffer.from('kmsign corpus', 'utf8'), empty: Buffer.alloc(0), long: Buffer.alloc(200, 0xa5) }
const base64 = (bytes) => Buffer.from(bytes).toString('base64')

requireBuild()
const load = (path) => import(pathToFileURL(join(root, 'packages', path)).href)
const core = await load('core/dist/index.js')

const args = process.argv.slice(2)
if (args.length > 1 || (args.length === 1 && args[0] !== '--write')) stop('The only argument is --write')
if (args[0] === '--write') await write()
else await check()

async function write() {
  const { version } = createRequire(import.meta.url)(join(root, 'packages/core/package.json'))
  const file = join(FOLDER, `${version}.json`)
  if (existsSync(file)) stop(`${version} has its corpus; it is never changed`)
  const records = [...(await fromTestSigners()), ...(await fromEmulator())]
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ version, node: process.versions.node, records }, undefined, 2)}\n`)
  console.log(`${records.length} records of ${version} written`)
}

async function fromTestSigners() {
  const { createTestSigner } = await load('core/dist/testing.js')
  const specs = ['RSA_2048', 'EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2', 'ED25519']
  const made = []
  for (const keySpec of specs) {
    for (const algorithm of core.algorithmsFor(keySpec)) {
      const signer = createTestSigner({ algorithm, keySpec })
      for (const encoding of keySpec.startsWith('EC_') ? ['der', 'p1363'] : [undefined]) {
        for (const message of Object.values(MESSAGES)) {
          made.push(await record(signer, message, encoding === undefined ? {} : { encoding }))
        }
      }
    }
  }
  return made
}

/** What only a provider makes: salts of another length, versions, algorithms that Node cannot sign with. */
async function fromEmulator() {
  const { startEmulator } = await load('emulator/dist/index.js')
  const { createNcpSigner } = await load('adapter-ncp/dist/index.js')
  const { createAwsSigner } = await load('adapter-aws/dist/index.js')
  const emulator = await startEmulator({ ncp: { padding: 'pss' } })
  const { accessKey, secretKey } = emulator.ncp.credentials
  const { keyTag } = await emulator.ncp.createKey({ keyType: 'RSA2048' })
  const { credentials, region } = emulator.aws
  const signers = [
    createNcpSigner({
      keyTag,
      algorithm: 'RSA_PSS_SHA_256',
      baseUrl: emulator.url,
      credentials: { accessKey, secretKey },
    }),
  ]
  for (const keySpec of ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87']) {
    const { keyId } = await emulator.aws.createKey({ keySpec })
    signers.push(createAwsSigner({ keyId, algorithm: 'ML_DSA', baseUrl: emulator.url, region, credentials }))
  }
  const made = []
  for (const signer of signers) made.push(await record(signer, MESSAGES.text, {}))
  for (const signer of signers) await signer.close()
  await emulator.close()
  return made
}

async function record(signer, message, options) {
  const result = await signer.sign(message, options)
  const { keyVersion } = result
  const publicKey = await signer.getPublicKey(keyVersion === undefined ? {} : { keyVersion })
  const { requestId: _request, attempts: _attempts, verified: _verified, ...kept } = result
  return {
    keySpec: publicKey.keySpec,
    message: base64(message),
    result: { ...kept, signature: base64(result.signature) },
    publicKey: { pem: publicKey.toPem(), spkiSha256: publicKey.spkiSha256, jwk: publicKey.toJwk() },
  }
}

async function check() {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []
  const failures = []
  let [checked, unsupported] = [0, 0]
  for (const file of files) {
    const { records } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
    for (const [index, entry] of records.entries()) {
      const found = await verdict(entry)
      if (found === 'unsupported') unsupported += 1
      else checked += 1
      if (found !== 'ok' && found !== 'unsupported') {
        failures.push(`${file} #${index} ${entry.result.algorithm} ${entry.keySpec}: ${found}`)
      }
    }
  }
  for (const failure of failures) console.error(failure)
  const rest = unsupported > 0 ? `, ${unsupported} need a newer Node` : ''
  console.log(`${files.length} releases, ${checked} records verified, ${failures.length} failures${rest}`)
  if (failures.length > 0 || files.length === 0) process.exitCode = 1
}

async function verdict({ keySpec, message: encoded, result: stored, publicKey: stands }) {
  const key = core.parsePublicKey(stands.pem)
  if (key.keySpec !== keySpec || key.spkiSha256 !== stands.spkiSha256) return 'the public key reads differently'
  if (JSON.stringify(key.toJwk()) !== JSON.stringify(stands.jwk)) return 'the JWK reads differently'
  const message = Buffer.from(encoded, 'base64')
  const result = { ...stored, signature: new Uint8Array(Buffer.from(stored.signature, 'base64')) }
  const { algorithm, encoding, pssSaltLength, sm2UserId, signature } = result
  const facts = { ...(pssSaltLength !== undefined && { pssSaltLength }), ...(sm2UserId !== undefined && { sm2UserId }) }
  const options = { algorithm, publicKey: stands.pem, encoding, ...facts }
  const changed = Buffer.concat([message, Buffer.from('!')])
  try {
    const verifier = core.createVerifier(options)
    if (!(await verifier.verify(message, signature))) return 'the bare signature does not verify'
    if (!(await verifier.verify(message, result))) return 'the stored result does not verify'
    if (!(await core.verifySignature({ ...options, message, signature }))) return 'verifySignature says no'
    if (await verifier.verify(changed, signature)) return 'verifies for another message'
    return 'ok'
  } catch (error) {
    return core.isKmsError(error, 'KMS_UNSUPPORTED') ? 'unsupported' : String(error)
  }
}
