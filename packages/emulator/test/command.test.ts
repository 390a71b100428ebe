import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../src/command.ts'
import { base64, ncp } from './harness.ts'

const bin = fileURLToPath(new URL('../bin/kmsign-emulator.js', import.meta.url))
const built = existsSync(fileURLToPath(new URL('../dist/cli.js', import.meta.url)))

describe('command', () => {
  it('starts with keys, faults and settings, and prints one line of JSON', async () => {
    const words =
      '--json --key ncp:ECDSA:my-key --key volcengine:EC_SM2:ring/key --key aws:ECC_NIST_P256:mine --fault status:status=503,provider=ncp --setting ncp.ecdsaEncoding=p1363 --setting ncp.deniedOperations=verify+rotateKey --seed 3'
    const { emulator, output, exitCode } = await runCommand(words.split(' '), {})
    expect(exitCode).toBe(0)
    const line = JSON.parse(output)
    expect(line.url).toBe(emulator?.url)
    expect(line.keys.map((key: { names?: string }) => key.names)).toEqual([undefined, 'ring/key', 'alias/mine'])
    expect(line.credentials.ncp).toEqual(emulator?.ncp.credentials)
    expect(line.profile.ncp).toMatchObject({ ecdsaEncoding: 'p1363', deniedOperations: ['verify', 'rotateKey'] })
    if (!emulator) return
    const sign = () => ncp(emulator, 'POST', `/${line.keys[0].id}/sign`, { data: base64('x') })
    expect([(await sign()).status, (await sign()).status]).toEqual([503, 200])
    await emulator.close()
  })

  it('prints generated secrets and never given ones', async () => {
    const environment = {
      NCLOUD_ACCESS_KEY: 'given-id',
      NCLOUD_SECRET_KEY: 'given-secret',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'given-too',
    }
    const { emulator, output } = await runCommand(['--profile', 'random', '--seed', '9'], environment)
    expect(output).toContain('given-id')
    expect(output).not.toContain('given-secret')
    expect(output).not.toContain('given-too')
    expect(output).toContain(emulator?.volcengine.credentials.secretAccessKey)
    expect(output).toContain('random, seed 9')
    await emulator?.close()
  })

  it.each([
    ['--prot 1', '--port'],
    ['--port many', 'port'],
    ['--key gcp:X', 'provider'],
    ['--key aws:ED448', 'key spec'],
    ['--fault flood', 'flood'],
    ['--fault delay:ms', 'name=value'],
    ['--setting ncp.pading=pss', 'padding'],
    ['--setting padding=pss', 'provider.name'],
    ['--ncp-access-key only', 'belong together'],
    ['extra', 'argument'],
  ])('ends %s with 2 and a message', async (words, message) => {
    const { exitCode, errors, emulator } = await runCommand(words.split(' '), {})
    expect(exitCode).toBe(2)
    expect(errors).toContain(message)
    expect(emulator).toBeUndefined()
  })

  it('ends with 1 when the port is in use', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { exitCode, errors } = await runCommand(['--port', String((server.address() as AddressInfo).port)], {})
    expect([exitCode, errors]).toEqual([1, 'kmsign-emulator: the port is in use; choose another with --port\n'])
    server.close()
  })

  it('shows its help', async () => {
    const { exitCode, output } = await runCommand(['--help'], {})
    expect(exitCode).toBe(0)
    expect(output).toContain('--data-directory')
  })
})

describe.skipIf(!built)('process (needs the built command)', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 on %s', async (signal) => {
    const child = spawn(process.execPath, [bin, '--json'], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
    const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve(by ?? code)))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill(signal)
    expect(await ended).toBe(0)
  })
})
