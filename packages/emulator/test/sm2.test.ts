import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64, volcengine } from './harness.ts'

const MESSAGE = Buffer.from('judged by openssl')
const DEFAULT_ID = '1234567812345678'
const installed = hasSm2()

function hasSm2(): boolean {
  try {
    return execFileSync('openssl', ['ecparam', '-list_curves'], { encoding: 'utf8' }).includes('SM2')
  } catch {
    return false
  }
}

/** SM2 has no other judge here: node:crypto cannot set the id, and the emulator's own library must not judge itself. */
describe.skipIf(!installed)('SM2 (needs an openssl with SM2)', () => {
  let emulator: Emulator
  let directory: string
  let pem: string
  let keyId: string

  beforeAll(async () => {
    emulator = await startEmulator()
    directory = mkdtempSync(join(tmpdir(), 'kmsign-sm2-'))
    keyId = (await emulator.volcengine.createKey({ keySpec: 'EC_SM2' })).keyId
    pem = (await volcengine(emulator, 'GetPublicKey', { KeyID: keyId })).json.Result.PublicKey
  })
  afterAll(async () => {
    rmSync(directory, { recursive: true })
    await emulator.close()
  })

  function opensslAccepts(signature: Buffer, id = DEFAULT_ID, message = MESSAGE): boolean {
    const path = (name: string, data: string | Buffer): string => {
      writeFileSync(join(directory, name), data)
      return join(directory, name)
    }
    const files = [
      '-inkey',
      path('key.pem', pem),
      '-in',
      path('message', message),
      '-sigfile',
      path('signature', signature),
    ]
    const args = ['pkeyutl', '-verify', '-pubin', ...files, '-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${id}`]
    try {
      return execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' }).includes('Success')
    } catch {
      return false
    }
  }

  const sign = async (more: object) => {
    const answer = await volcengine(emulator, 'AsymmetricSign', { KeyID: keyId, Algorithm: 'SM2_DSA', ...more })
    return Buffer.from(answer.json.Result.Signature, 'base64')
  }
  const isValid = async (Message: Buffer, signature: Buffer, MessageType = 'RAW') => {
    const parameters = {
      KeyID: keyId,
      Algorithm: 'SM2_DSA',
      Message: base64(Message),
      MessageType,
      Signature: base64(signature),
    }
    return (await volcengine(emulator, 'AsymmetricVerify', parameters)).json.Result.SignatureValid
  }

  it('signs RAW with the standard id', async () => {
    const signature = await sign({ Message: base64(MESSAGE) })
    expect(opensslAccepts(signature)).toBe(true)
    expect(opensslAccepts(signature, 'somebody else')).toBe(false)
    expect(opensslAccepts(signature, DEFAULT_ID, Buffer.from('other'))).toBe(false)
    expect(await isValid(MESSAGE, signature)).toBe(true)
  })

  it('signs DIGEST as e = SM3(ZA‖M)', async () => {
    const point = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64').subarray(-64)
    const curve =
      'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
      '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'
    const za = createHash('sm3')
      .update(Buffer.from('0080', 'hex'))
      .update(DEFAULT_ID)
      .update(Buffer.from(curve, 'hex'))
      .update(point)
    const e = createHash('sm3').update(za.digest()).update(MESSAGE).digest()
    const signature = await sign({ Message: base64(e), MessageType: 'DIGEST' })
    expect(opensslAccepts(signature)).toBe(true)
    expect(await isValid(e, signature, 'DIGEST')).toBe(true)
  })

  it('refuses what its library would let through', async () => {
    const signature = await sign({ Message: base64(MESSAGE) })
    const zero = Buffer.from('3006020100020100', 'hex')
    for (const bad of [Buffer.concat([signature, Buffer.from([0])]), zero, Buffer.alloc(64), signature.subarray(1)]) {
      expect(await isValid(MESSAGE, bad)).toBe(false)
    }
  })

  it('takes another id by setting', async () => {
    const id = 'a user id that is rather longer than 32 bytes'
    const other = await startEmulator({ volcengine: { sm2UserId: id } })
    const { keyId: KeyID } = await other.volcengine.createKey({ keySpec: 'EC_SM2' })
    pem = (await volcengine(other, 'GetPublicKey', { KeyID })).json.Result.PublicKey
    const answer = await volcengine(other, 'AsymmetricSign', { KeyID, Algorithm: 'SM2_DSA', Message: base64(MESSAGE) })
    expect(opensslAccepts(Buffer.from(answer.json.Result.Signature, 'base64'), id)).toBe(true)
    await other.close()
  })
})
