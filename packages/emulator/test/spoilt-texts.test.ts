import { verify } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loosenSignature } from '../src/faults/loose-base64.ts'
import { type Emulator, startEmulator } from '../src/index.ts'
import { base64, codeOf, ncp, send, volcengine } from './harness.ts'

const MESSAGE = 'met by a fault'
const data = base64(MESSAGE)
let emulator: Emulator
let keyTag: string
let keyId: string

beforeAll(async () => {
  emulator = await startEmulator()
  keyTag = (await emulator.ncp.createKey({ keyType: 'ECDSA' })).keyTag
  keyId = (await emulator.volcengine.createKey({ keySpec: 'EC_P256' })).keyId
})
afterEach(() => emulator.faults.clear())
afterAll(() => emulator.close())

const sign = () => ncp(emulator, 'POST', `/${keyTag}/sign`, { data })
const signVolcengine = () =>
  volcengine(emulator, 'AsymmetricSign', { KeyID: keyId, Algorithm: 'ECDSA_SHA_256', Message: data })

describe('echo', () => {
  it('repeats parameters and headers in the words and the request id of a refusal', async () => {
    emulator.faults.add({ kind: 'echo', times: 2 })
    const answer = await sign()
    const { accessKey } = emulator.ncp.credentials
    expect([answer.status, answer.json.code, answer.headers['x-ncp-trace-id']]).toEqual([400, 'INVALID_REQUEST', data])
    for (const part of [data, accessKey]) expect(answer.text).toContain(part)
    const other = await signVolcengine()
    expect([other.status, codeOf(other), other.json.ResponseMetadata.RequestId]).toEqual([
      400,
      'InvalidParameter',
      data,
    ])
    for (const part of [keyId, data, 'Credential=', 'Signature=']) expect(other.text).toContain(part)
  })

  it('finds parameters in a query', async () => {
    emulator.faults.add({ kind: 'echo', status: 422 })
    const query = `Message=${encodeURIComponent(data)}`
    const answer = await volcengine(emulator, 'AsymmetricSign', '', { method: 'GET', query })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(data)
  })

  it.each(['서명할 메시지', 'two words', 'a line\nbreak'])('answers also where no header can hold %j', async (text) => {
    emulator.faults.add({ kind: 'echo', times: 3 })
    const answers = [
      await ncp(emulator, 'POST', `/${keyTag}/sign`, { data: text }),
      await volcengine(emulator, 'AsymmetricSign', { KeyID: keyId, Message: text }),
      await send(emulator, {
        target: '/',
        headers: { 'x-amz-target': 'TrentService.Sign' },
        body: JSON.stringify({ KeyId: keyId, Message: text }),
      }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
    for (const answer of answers) expect(answer.text).toContain(JSON.stringify(text).slice(1, -1))
  })
})

describe('signatures in loose-base64', () => {
  it.each([
    ['whitespace', /^[\w+/]+=*\n$/],
    ['unpadded', /^[\w+/]+$/],
    ['url', /^[\w-]*[_-][\w-]*=*$/],
    ['trailing', /^[\w+/]+=*!!!!$/],
  ])('are right, %s', async (form, shape) => {
    const pem = await emulator.publicKey(keyTag)
    for (let round = 0; round < 9; round += 1) {
      emulator.faults.add({ kind: 'loose-base64', operation: 'sign', form })
      const [name, version, text = ''] = (await sign()).json.data.signature.split(':')
      expect([name, version]).toEqual(['ncpkms', 'v1'])
      expect(text).toMatch(shape)
      expect(verify('sha256', Buffer.from(MESSAGE), pem, Buffer.from(text, 'base64'))).toBe(true)
    }
    emulator.faults.add({ kind: 'loose-base64', form })
    const { Signature } = (await signVolcengine()).json.Result
    expect(Buffer.from(Signature, 'base64').toString('base64')).not.toBe(Signature)
  })

  it('are never strict, not even of a length without padding', async () => {
    const other = await emulator.volcengine.createKey({ keySpec: 'RSA_3072' })
    emulator.faults.add({ kind: 'loose-base64', form: 'unpadded' })
    const input = { KeyID: other.keyId, Algorithm: 'RSA_PKCS1_SHA_256', Message: data }
    const { Signature } = (await volcengine(emulator, 'AsymmetricSign', input)).json.Result
    expect(Signature).toHaveLength(511)
  })

  it('are asked for twice where they are always the same', async () => {
    let asked = 0
    const answer = async () => {
      asked += 1
      return { status: 200, headers: {}, body: JSON.stringify({ requestId: asked, Signature: 'AAAA' }) }
    }
    const { body } = await loosenSignature('url', answer)
    expect([asked, body]).toEqual([2, expect.stringContaining('"AAA"')])
  })

  it('leave other answers alone, and what is asked for is done once', async () => {
    emulator.faults.add({ kind: 'loose-base64' })
    const answer = await ncp(emulator, 'POST', `/${keyTag}/rotate`)
    expect([answer.status, answer.json.code]).toEqual([200, 'SUCCESS'])
    await expect(emulator.publicKey(keyTag, 2)).resolves.toContain('PUBLIC KEY')
    await expect(emulator.publicKey(keyTag, 3)).rejects.toThrow(TypeError)
    emulator.faults.add({ kind: 'loose-base64' })
    expect((await ncp(emulator, 'POST', '/nobody/sign', { data })).json.code).not.toBe('SUCCESS')
  })
})

describe('a right answer', () => {
  it('comes under another content-type', async () => {
    emulator.faults.add({ kind: 'content-type', value: 'text/html' })
    const answer = await sign()
    expect([answer.headers['content-type'], answer.json.code]).toEqual(['text/html', 'SUCCESS'])
  })
})
