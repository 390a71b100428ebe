import { generateKeyPairSync, sign } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { KEY_ID, MESSAGE, type Target } from './clients/client.ts'

/**
 * Answers every request with the same text, as cheaply as JavaScript can: what is measured is the client. All clients
 * sign the same message, so the one signature in the answer is right for each of them.
 */
export async function startServer(): Promise<Target> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [rsaUrl, ecUrl] = await Promise.all([
    listen(sign('sha256', MESSAGE, rsa.privateKey)),
    listen(sign('sha256', MESSAGE, ec.privateKey)),
  ])
  const pem = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }) as string
  return { rsa: { url: rsaUrl, publicKey: pem(rsa.publicKey) }, ec: { url: ecUrl, publicKey: pem(ec.publicKey) } }
}

async function listen(signature: Buffer): Promise<string> {
  const base64 = signature.toString('base64')
  const answers = {
    volcengine: answer({
      ResponseMetadata: { RequestId: '202407082300591051190940398C67B7', Action: 'AsymmetricSign', Service: 'kms' },
      Result: { KeyID: KEY_ID, Signature: base64 },
    }),
    ncp: answer({ code: 'SUCCESS', data: { signature: `ncpkms:v1:${base64}` } }),
    aws: answer({
      KeyId: `arn:aws:kms:us-east-1:111122223333:key/${KEY_ID}`,
      Signature: base64,
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    }),
  }
  const choose = (head: string) =>
    head.startsWith('POST /kms') ? answers.ncp : head.startsWith('POST /?') ? answers.volcengine : answers.aws
  const server = createServer({ noDelay: true }, (socket) => {
    let waiting: Buffer = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      const end = waiting.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = waiting.toString('latin1', 0, end)
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (waiting.length < end + 4 + length) return
      waiting = waiting.subarray(end + 4 + length)
      socket.write(choose(head))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answer(body: object): Buffer {
  const text = JSON.stringify(body)
  const head = [
    'HTTP/1.1 200 OK',
    'Server: gateway',
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: application/json',
    'Connection: keep-alive',
    'X-Tt-Logid: 202407082300591051190940398C67B7',
    'X-Ncp-Trace-Id: 5d1f3c2a9b7e4f60',
    `Content-Length: ${text.length}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}
