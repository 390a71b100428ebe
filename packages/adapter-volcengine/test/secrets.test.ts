import { createServer, type Server } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createVolcengineSigner } from '../src/index.ts'
import { failureOf } from './emulated.ts'

const credentials = {
  accessKeyId: 'AKLTsecretId',
  secretAccessKey: 'c2VjcmV0LWV4YW1wbGU=',
  sessionToken: 'STSsession+/==',
}
const message = Buffer.from('a message that nobody else may see', 'utf8')

let server: Server
let baseUrl = ''
const proofs: string[] = []
let answer: (echo: string, proof: string) => unknown = () => ({})
beforeAll(async () => {
  // Answers with everything it was sent, in whatever place a test asks for.
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const proof = String(request.headers.authorization).slice(-64)
      proofs.push(proof)
      const echo = `${request.url} ${Object.entries(request.headers).flat().join(' ')} ${Buffer.concat(chunks)}`
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(answer(echo, proof)))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  baseUrl = `http://127.0.0.1:${port}`
})
afterAll(() => void server.close())

const envelope = (RequestId: string, Code: string, Message: string) => ({
  ResponseMetadata: { RequestId, Error: { Code, Message } },
})

it.each<[string, (echo: string, proof: string) => unknown]>([
  ['the message', (echo) => envelope('r', 'InvalidParameter', echo)],
  ['the flat form', (echo) => ({ HTTPCode: 400, errorcode: 'InvalidParameter', message: echo })],
  ['the code', (_echo, proof) => envelope('r', proof.slice(0, 64), 'm')],
  ['the code, once more', () => envelope('r', credentials.accessKeyId, 'm')],
  ['the request id', () => envelope(credentials.sessionToken, 'InvalidParameter', 'm')],
])('shows nothing of a request that comes back in %s', async (_place, make) => {
  answer = make
  const fixed = { credentials, keyId: 'key', algorithm: 'RSA_PSS_SHA_256', baseUrl } as const
  for (const requestForm of ['body', 'query'] as const) {
    const signer = createVolcengineSigner({ ...fixed, requestForm })
    for (const call of [
      () => signer.sign(message),
      () => signer.verify(message, message, { mode: 'remote' }),
      () => signer.getPublicKey(),
    ]) {
      const error = await failureOf(call())
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack
      for (const secret of [...Object.values(credentials), ...proofs, message.toString('base64')]) {
        expect(shown).not.toContain(secret)
      }
    }
    await signer.close()
  }
})
