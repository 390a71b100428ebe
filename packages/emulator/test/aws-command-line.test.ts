import { execFile } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'

const MESSAGE = Buffer.from('signed from the command line')
const folder = mkdtempSync(join(tmpdir(), 'emulator-aws-'))
const messageFile = join(folder, 'message')
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly exitCode: number
  readonly stderr: string
  readonly json: Readonly<Record<string, unknown>>
}

/** The vendor's own command line, given nothing of this machine's configuration. */
function aws(emulator: Emulator, words: readonly string[], secret = emulator.aws.credentials.secretAccessKey) {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_ACCESS_KEY_ID: emulator.aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: emulator.aws.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  }
  const all = ['--endpoint-url', emulator.url, '--output', 'json', 'kms', ...words]
  return new Promise<Ran>((resolve) => {
    execFile('aws', all, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      const json = stdout.startsWith('{') ? JSON.parse(stdout) : {}
      resolve({ exitCode: error === null ? 0 : 1, stderr, json })
    })
  })
}

const installed = await new Promise<boolean>((resolve) => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
  execFile('aws', ['--version'], { env, timeout: 30_000 }, (error) => resolve(error === null))
})

describe.runIf(installed)('the AWS command line', () => {
  let emulator: Emulator
  let keyId: string
  const sign = ['--signing-algorithm', 'ECDSA_SHA_256', '--message', `fileb://${messageFile}`]

  beforeAll(async () => {
    writeFileSync(messageFile, MESSAGE)
    emulator = await startEmulator()
    const made = await aws(emulator, ['create-key', '--key-spec', 'ECC_NIST_P256', '--key-usage', 'SIGN_VERIFY'])
    expect(made.stderr).toBe('')
    keyId = (made.json['KeyMetadata'] as { readonly KeyId: string }).KeyId
  })
  afterAll(() => emulator.close())

  it('signs with a key it has made, as node:crypto finds with the public key it has fetched', async () => {
    const [signed, fetched] = await Promise.all([
      aws(emulator, ['sign', '--key-id', keyId, ...sign]),
      aws(emulator, ['get-public-key', '--key-id', keyId]),
    ])
    const spki = Buffer.from(String(fetched.json['PublicKey']), 'base64')
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    const signature = Buffer.from(String(signed.json['Signature']), 'base64')
    expect(verify('sha256', MESSAGE, key, signature)).toBe(true)
    const signatureFile = join(folder, 'signature')
    writeFileSync(signatureFile, signature)
    const words = ['verify', '--key-id', keyId, ...sign, '--signature', `fileb://${signatureFile}`]
    expect((await aws(emulator, words)).json['SignatureValid']).toBe(true)
  })

  it('is refused with a wrong secret', async () => {
    const { exitCode, stderr } = await aws(emulator, ['sign', '--key-id', keyId, ...sign], 'wrong')
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('InvalidSignatureException')
  })

  it('is refused by a server whose clock is an hour away', async () => {
    const later = await startEmulator({
      clock: () => Date.now() + 3_600_000,
      aws: { credentials: emulator.aws.credentials },
    })
    const { exitCode, stderr } = await aws(later, ['list-keys'])
    await later.close()
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/InvalidSignatureException|Signature expired/)
  })

  it('is refused for a disabled key', async () => {
    expect((await aws(emulator, ['disable-key', '--key-id', keyId])).exitCode).toBe(0)
    expect((await aws(emulator, ['sign', '--key-id', keyId, ...sign])).stderr).toContain('DisabledException')
  })
})
