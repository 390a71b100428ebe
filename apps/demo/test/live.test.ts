import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Emulator, startEmulator } from '@kmsign/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT, runDemo } from './run-demo.ts'

// Accounts are looked for in the environment; what answers here is the emulator, under the variables for endpoints.

const scratch = mkdtempSync(join(tmpdir(), 'kmsign-live-'))
const out = join(scratch, 'out')
let emulator: Emulator
let accounts: Readonly<Record<string, string>>

beforeAll(async () => {
  emulator = await startEmulator()
  const { ncp, volcengine, aws, url } = emulator
  accounts = {
    NCLOUD_ACCESS_KEY: ncp.credentials.accessKey,
    NCLOUD_SECRET_KEY: ncp.credentials.secretKey,
    KMSIGN_NCP_KEY_TAG: (await ncp.createKey({ keyType: 'RSA2048' })).keyTag,
    KMSIGN_NCP_ALGORITHM: 'RSA_PSS_SHA_256',
    KMSIGN_NCP_BASE_URL: url,
    VOLC_ACCESSKEY: volcengine.credentials.accessKeyId,
    VOLC_SECRETKEY: volcengine.credentials.secretAccessKey,
    KMSIGN_VOLCENGINE_KEY_ID: (await volcengine.createKey({ keySpec: 'EC_P256' })).keyId,
    KMSIGN_VOLCENGINE_BASE_URL: url,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_REGION: aws.region,
    KMSIGN_AWS_KEY_ID: (await aws.createKey({ keySpec: 'ECC_NIST_EDWARDS25519' })).keyId,
    KMSIGN_AWS_ALGORITHM: 'ED25519',
    KMSIGN_AWS_BASE_URL: url,
  }
})
afterAll(async () => {
  await emulator.close()
  rmSync(scratch, { recursive: true })
})

const live = (environment: Readonly<Record<string, string>>) => runDemo(['--live', '--out', out], environment)

it('skips every cloud by name when the environment has no account', async () => {
  const { exitCode, stdout } = await live({ NCLOUD_ACCESS_KEY: 'only-this' })
  expect(exitCode).toBe(0)
  expect(stdout).toContain('Skipped NAVER Cloud: NCLOUD_SECRET_KEY, KMSIGN_NCP_KEY_TAG not set')
  expect(stdout).toContain('Skipped Volcengine: VOLC_ACCESSKEY, VOLC_SECRETKEY, KMSIGN_VOLCENGINE_KEY_ID not set')
  expect(stdout).toContain('Skipped AWS: KMSIGN_AWS_KEY_ID not set')
})

it('signs with the accounts of the environment', async () => {
  const { exitCode, stdout, stderr } = await live(accounts)
  expect(stderr).toBe('')
  expect(stdout).toContain('3 signatures')
  expect(stdout).not.toContain('Skipped')
  expect(exitCode).toBe(0)
  expect(readdirSync(out)).toContain('ncp-RSA_2048-RSA_PSS_SHA_256.sig')
})

it('finds a Volcengine key by its names', async () => {
  const { keyringName, keyName } = await emulator.volcengine.createKey({ keySpec: 'EC_P384' })
  const { KMSIGN_VOLCENGINE_KEY_ID: _keyId, ...rest } = accounts
  const { exitCode, stdout } = await live({
    ...rest,
    KMSIGN_VOLCENGINE_KEYRING_NAME: keyringName,
    KMSIGN_VOLCENGINE_KEY_NAME: keyName,
    KMSIGN_VOLCENGINE_ALGORITHM: 'ECDSA_SHA_384',
  })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^EC_P384 +ECDSA_SHA_384/m)
})

it('fails a cloud whose secret is wrong, and prints no secret', async () => {
  const secrets = { NCLOUD_SECRET_KEY: 'a-wrong-secret-1', VOLC_SECRETKEY: 'a-wrong-secret-2' }
  const { exitCode, stdout, stderr } = await live({ ...accounts, ...secrets })
  expect(exitCode).toBe(1)
  expect(stdout.match(/FAILED, KMS_UNAUTHENTICATED/g)).toHaveLength(2)
  const left = readdirSync(out).map((name) => readFileSync(join(out, name), 'latin1'))
  for (const secret of [...Object.values(secrets), accounts['AWS_SECRET_ACCESS_KEY'] ?? '']) {
    expect([stdout, stderr, ...left].join()).not.toContain(secret)
  }
})

it('refuses an algorithm that the cloud does not have', async () => {
  const { exitCode, stderr } = await live({ ...accounts, KMSIGN_NCP_ALGORITHM: 'ED25519' })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('KMSIGN_NCP_ALGORITHM')
})

it('fails when openssl does not accept a signature', async () => {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  const script =
    '#!/bin/sh\nif [ "$1" = version ]; then echo "OpenSSL 3.0.0"; else echo "Verification failure"; exit 1; fi\n'
  writeFileSync(join(folder, 'openssl'), script)
  chmodSync(join(folder, 'openssl'), 0o755)
  const { exitCode, stdout } = await live({ ...accounts, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` })
  expect(exitCode).toBe(1)
  expect(stdout).toContain('3 failed')
})

it('goes on without openssl and says so once', async () => {
  const folder = mkdtempSync(join(scratch, 'empty-'))
  symlinkSync(process.execPath, join(folder, 'node'))
  const { exitCode, stdout } = await live({ ...accounts, PATH: folder })
  expect(exitCode).toBe(0)
  expect(stdout.match(/openssl is not installed/g)).toHaveLength(1)
  expect(stdout.match(/not installed$/gm)).toHaveLength(3)
})

it('signs a file over every limit where the provider can, and says where not', async () => {
  const file = join(scratch, "a 'large' $file.bin")
  writeFileSync(file, Buffer.alloc(20_000, 'kmsign'))
  const { exitCode, stdout } = await runDemo(['--live', file, '--out', out], accounts)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/RSA_PSS_SHA_256 +KMS_MESSAGE_TOO_LARGE: takes 8192 bytes$/m)
  expect(stdout).toMatch(/ED25519 +KMS_MESSAGE_TOO_LARGE: takes 4096 bytes$/m)
  expect(stdout).toContain('1 signature,')
  expect(stdout).toContain('2 not signed (file too large)')
})

it.runIf(hasOpenssl())('quotes the names of files in its commands', async () => {
  const file = join(scratch, "it's $HOME.bin")
  writeFileSync(file, 'a message')
  await runDemo(['--live', file, '--out', join(scratch, 'o u t')], accounts)
  const commands = readFileSync(join(scratch, 'o u t', 'CHECK.txt'), 'utf8')
  const answer = execFileSync('sh', ['-ec', commands], { cwd: ROOT, encoding: 'utf8' })
  expect(answer.match(/Verified/g)).toHaveLength(3)
})

function hasOpenssl(): boolean {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')
  } catch {
    return false
  }
}
