import { createServer, type Server } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNcpSigner, type NcpCredentials } from '../src/index.ts'
import { failureOf } from './emulated.ts'

const message = Buffer.from('a message that nobody else may see', 'utf8')
const FORMS: readonly NcpCredentials[] = [
  { accessKey: 'TESTACCESSKEY0000001', secretKey: 'TestSecretKey0000000000000000000000000001' },
  { accessToken: 'eyJhbGciOi.access_token.signature' },
  { refreshToken: 'eyJhbGciOi.refresh_token.signature' },
]

let server: Server
let baseUrl = ''
const proofs: string[] = []
let answer: (echo: string, proof: string) => { readonly body: unknown; readonly trace?: string } = () => ({ body: {} })
beforeAll(async () => {
  // Answers with everything it was sent, in whatever place a test asks for.
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { headers, url } = request
      const proof = String(headers['x-ncp-apigw-signature-v2'] ?? headers['x-ncp-ocapi-token'])
      proofs.push(proof)
      const { body, trace = 't' } = answer(
        `${url} ${Object.entries(headers).flat().join(' ')} ${Buffer.concat(chunks)}`,
        proof,
      )
      response.writeHead(400, { 'x-ncp-trace-id': trace }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  baseUrl = `http://127.0.0.1:${port}`
})
afterAll(() => void server.close())

describe.each(FORMS.map((credentials) => [Object.keys(credentials)[0], credentials] as const))(
  'with %s',
  (_form, credentials) => {
    it.each<[string, (echo: string, proof: string) => { readonly body: unknown; readonly trace?: string }]>([
      [
        'the message of the gateway',
        (echo) => ({ body: { error: { errorCode: '100', message: echo, details: echo } } }),
      ],
      ['the message of the service', (echo) => ({ body: { code: 'INVALID_REQUEST', msg: echo, data: null } })],
      ['the code', (_echo, proof) => ({ body: { code: proof } })],
      ['the trace id', (_echo, proof) => ({ body: { code: 'INVALID_REQUEST' }, trace: proof })],
    ])('shows nothing of a request that comes back in %s', async (_place, make) => {
      answer = make
      const signer = createNcpSigner({ credentials, keyTag: 'tag', algorithm: 'RSA_PSS_SHA_256', baseUrl })
      const remote = { mode: 'remote', keyVersion: '1' } as const
      for (const call of [
        () => signer.sign(message),
        () => signer.verify(message, message, remote),
        () => signer.getPublicKey(),
      ]) {
        const error = await failureOf(call())
        const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack
        for (const secret of [...Object.values(credentials), ...proofs, message.toString('base64')]) {
          expect(shown).not.toContain(secret)
        }
      }
      await signer.close()
    })
  },
)
