// Copies of core in one process: the ES module, the CommonJS one, and a second installation. node two-cores.mjs <folder>
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as esm from '@kmsign/core'
import { createTestSigner as createEsm } from '@kmsign/core/testing'

const require = createRequire(import.meta.url)
const second = process.argv[2]
const copies = [
  { core: esm, createTestSigner: createEsm },
  { core: require('@kmsign/core'), createTestSigner: require('@kmsign/core/testing').createTestSigner },
  { core: require(second), createTestSigner: require(join(second, 'dist/testing.cjs')).createTestSigner },
  {
    core: await import(pathToFileURL(join(second, 'dist/index.js')).href),
    createTestSigner: (await import(pathToFileURL(join(second, 'dist/testing.js')).href)).createTestSigner,
  },
]
assert.equal(new Set(copies.map(({ core }) => core.isKmsError)).size, copies.length, 'these are not different copies')

const message = Buffer.from('both know each other')
let pairs = 0
for (const from of copies) {
  const signer = from.createTestSigner()
  const result = await signer.sign(message)
  const publicKey = await signer.getPublicKey()
  const error = await from
    .createTestSigner({ fail: ['KMS_KEY_STATE'] })
    .sign(message)
    .catch((reason) => reason)
  for (const to of copies) {
    assert.ok(to.core.isKmsError(error, 'KMS_KEY_STATE'))
    assert.equal(to.core.parsePublicKey(publicKey).spkiSha256, publicKey.spkiSha256)
    const { algorithm, signature } = result
    assert.equal(await to.core.verifySignature({ algorithm, publicKey, signature, message }), true)
    assert.equal(await to.core.createVerifier({ algorithm, publicKey }).verify(message, result), true)
    pairs += 1
  }
}
process.stdout.write(String(pairs))
