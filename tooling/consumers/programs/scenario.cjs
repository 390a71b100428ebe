// What a user does with every cloud, as a function of the packages, so that ESM, CJS and Jest run the same.
const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { createServer } = require('node:net')

const message = Buffer.from('release 1.2.3', 'utf8')
const sha256 = createHash('sha256').update(message).digest()

/** How a key is made and a signer opened, by adapter. `digests`: the provider signs ready digests. */
const CLOUDS = {
  'adapter-ncp': {
    digests: false,
    keys: [
      ['ECDSA_SHA_256', { keyType: 'ECDSA' }],
      ['RSA_PSS_SHA_256', { keyType: 'RSA2048', padding: 'pss' }],
    ],
    create: async ({ ncp }, made) => ({ keyTag: (await ncp.createKey(made)).keyTag }),
    credentials: ({ ncp: { credentials } }) => ({
      accessKey: credentials.accessKey,
      secretKey: credentials.secretKey,
    }),
    disable: ({ ncp }, { keyTag }) => ncp.setKeyStatus(keyTag, 'DISABLE'),
    open: ({ createNcpSigner }, options) => createNcpSigner(options),
  },
  'adapter-volcengine': {
    digests: true,
    keys: [
      ['ECDSA_SHA_256', { keySpec: 'EC_P256' }],
      ['SM2_DSA', { keySpec: 'EC_SM2' }],
    ],
    create: async ({ volcengine }, made) => ({ keyId: (await volcengine.createKey(made)).keyId }),
    credentials: ({ volcengine }) => volcengine.credentials,
    disable: ({ volcengine }, { keyId }) => volcengine.setKeyState(keyId, 'Disable'),
    open: ({ createVolcengineSigner }, options) => createVolcengineSigner(options),
  },
  'adapter-aws': {
    digests: true,
    keys: [
      ['ECDSA_SHA_256', { keySpec: 'ECC_NIST_P256' }],
      ['ED25519', { keySpec: 'ECC_NIST_EDWARDS25519' }],
    ],
    create: async ({ aws }, made) => ({ keyId: (await aws.createKey(made)).keyId }),
    credentials: ({ aws }) => aws.credentials,
    region: ({ aws }) => aws.region,
    disable: ({ aws }, { keyId }) => aws.setKeyState(keyId, 'Disabled'),
    open: ({ createAwsSigner }, options) => createAwsSigner(options),
  },
}

/** The adapters that this scenario knows; another one is only loaded. */
const known = (names) => names.filter((name) => name in CLOUDS)

/** A signer of a new key. */
async function openSigner(name, { adapter, emulator }) {
  const cloud = CLOUDS[name]
  const [algorithm, made] = cloud.keys[0]
  return cloud.open(adapter, { ...settingsOf(cloud, emulator), ...(await cloud.create(emulator, made)), algorithm })
}

function settingsOf(cloud, emulator) {
  return { baseUrl: emulator.url, credentials: cloud.credentials(emulator), region: cloud.region?.(emulator) }
}

/** Signs and verifies with one adapter; returns what it did, for the log. */
async function signWith(name, { core, adapter, emulator }) {
  const cloud = CLOUDS[name]
  const settings = settingsOf(cloud, emulator)
  const done = []
  for (const [algorithm, made] of cloud.keys) {
    const key = await cloud.create(emulator, made)
    const signer = cloud.open(adapter, { ...settings, ...key, algorithm })
    await checkMessage(core, signer)
    if (cloud.digests && algorithm === 'ECDSA_SHA_256') await checkDigest(core, signer)
    done.push(`${name} ${algorithm}`)
    await signer.close()
  }
  await checkErrors(name, cloud, { core, adapter, emulator, settings })
  return done
}

async function checkMessage(core, signer) {
  const result = await signer.sign(message)
  assert.equal(result.verified, true)
  assert.equal(await signer.verify(message, result), true)
  const publicKey = (await signer.getPublicKey({ keyVersion: result.keyVersion })).toPem()
  const { algorithm, signature, pssSaltLength } = result
  const check = (text) =>
    core.verifySignature({ algorithm, publicKey, signature, message: Buffer.from(text), pssSaltLength })
  assert.equal(await check('release 1.2.3'), true)
  assert.equal(await check('release 6.6.6'), false)
}

/** ECDSA over a ready digest is what node:crypto cannot check: the curves are loaded here. */
async function checkDigest(core, signer) {
  const { algorithm, signature, verified } = await signer.signDigest(sha256)
  assert.equal(verified, true)
  const publicKey = await signer.getPublicKey()
  assert.equal(await core.verifySignature({ algorithm, publicKey, signature, digest: sha256 }), true)
  assert.equal(await core.verifySignature({ algorithm, publicKey, signature, digest: new Uint8Array(32) }), false)
}

async function checkErrors(name, cloud, { core, adapter, emulator, settings }) {
  const [algorithm, made] = cloud.keys[0]
  const key = await cloud.create(emulator, made)
  const open = (change) => cloud.open(adapter, { ...settings, ...key, algorithm, maxAttempts: 1, ...change })
  const failure = async (work) => {
    try {
      await work()
    } catch (error) {
      return error
    }
    assert.fail(`${name}: expected a failure`)
  }

  const port = await freePort()
  const away = await failure(() => open({ baseUrl: `http://127.0.0.1:${port}` }).sign(message))
  assert.ok(core.isKmsError(away, 'KMS_NETWORK'), `${name}: ${away}`)
  assert.equal(away.retryable, true)

  const wrong = await failure(async () => open({ timeoutMs: 'soon' }))
  assert.ok(core.isKmsError(wrong, 'KMS_INVALID_CONFIG'), `${name}: ${wrong}`)
  assert.equal(wrong.issues[0].path, 'timeoutMs')

  const reason = new Error('the user went away')
  assert.equal(await failure(() => open({}).sign(message, { signal: AbortSignal.abort(reason) })), reason)

  cloud.disable(emulator, key)
  const disabled = await failure(() => open({}).sign(message))
  assert.ok(core.isKmsError(disabled, 'KMS_KEY_STATE'), `${name}: ${disabled}`)
  assert.equal(core.isKmsError(disabled, 'KMS_THROTTLED'), false)
}

async function checkTestSigner(core, testing) {
  const signer = testing.createTestSigner({ algorithm: 'ECDSA_SHA_256', fail: ['KMS_THROTTLED'] })
  const result = await signer.sign(message)
  assert.equal(result.attempts, 2)
  assert.equal(await signer.verify(message, result), true)
  const broken = testing.createTestSigner({ fail: ['KMS_PERMISSION_DENIED'] })
  await assert.rejects(broken.sign(message), (error) => core.isKmsError(error, 'KMS_PERMISSION_DENIED'))
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

module.exports = { checkTestSigner, known, openSigner, signWith }
