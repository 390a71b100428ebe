// Signatures of every release, verified for ever: a stored signature, result or public key that once verified must verify
// with every later version, and what was refused must go on being refused.
//
//   node scripts/corpus.mjs           checks all corpora with the built core; a Node without ML-DSA skips its records
//   node scripts/corpus.mjs --all     skips none
//   node scripts/corpus.mjs --write   makes the corpus of the version in packages/core/package.json; part of a release
//
// A corpus is never changed. One that no longer verifies means a breaking change, not a corpus to be made again; what the
// corpus of a version lacks goes to a file beside it.
import { generateKeyPairSync } from 'node:crypto'
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

const [flag, ...more] = process.argv.slice(2)
if (more.length > 0 || ![undefined, '--write', '--all'].includes(flag)) stop('The only arguments are --write and --all')
if (flag === '--write') await write()
else await check({ skipsMlDsa: flag === undefined && !runtimeHasMlDsa() })

async function write() {
  const { version } = createRequire(import.meta.url)(join(root, 'packages/core/package.json'))
  const stored = corpora().filter((corpus) => corpus.version === version)
  const known = new Set(stored.flatMap(({ records }) => records.map(kindOf)))
  const made = [...(await fromTestSigners()), ...(await fromEmulator())]
  const records = made.filter((entry) => !known.has(kindOf(entry)))
  if (records.length === 0) stop(`${version} has its corpus; it is never changed`)
  mkdirSync(FOLDER, { recursive: true })
  const file = join(FOLDER, stored.length === 0 ? `${version}.json` : `${version}-${stored.length + 1}.json`)
  writeFileSync(file, `${JSON.stringify({ version, node: process.versions.node, records }, undefined, 2)}\n`)
  console.log(`${records.length} records of ${version} written`)
}

function kindOf({ keySpec, result: { algorithm, encoding } }) {
  return `${algorithm} ${keySpec} ${encoding}`
}

async function fromTestSigners() {
  const { createTestSigner } = await load('core/dist/testing.js')
  const specs = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2', 'ED25519']
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

function corpora() {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []
  return files.map((file) => ({ file, ...JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) }))
}

function runtimeHasMlDsa() {
  try {
    return generateKeyPairSync('ml-dsa-44') !== undefined
  } catch {
    return false
  }
}

async function check({ skipsMlDsa }) {
  const stored = corpora()
  const failures = []
  let [checked, unsupported] = [0, 0]
  for (const { file, records } of stored) {
    for (const [index, entry] of records.entries()) {
      const found = await verdict(entry)
      const skipped = found === 'unsupported' && skipsMlDsa && entry.keySpec.startsWith('ML_DSA')
      if (skipped) unsupported += 1
      else checked += 1
      if (found !== 'ok' && !skipped) {
        failures.push(`${file} #${index} ${entry.result.algorithm} ${entry.keySpec}: ${found}`)
      }
    }
  }
  for (const failure of failures) console.error(failure)
  const rest = unsupported > 0 ? `, ${unsupported} need a newer Node` : ''
  console.log(`${stored.length} corpora, ${checked} records verified, ${failures.length} failures${rest}`)
  if (failures.length > 0 || stored.length === 0) process.exitCode = 1
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
