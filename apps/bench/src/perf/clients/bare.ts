import { createPublicKey, verify } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { CREDENTIALS, type CreateClient, MESSAGE, QUERY, REGION, type VolcengineAnswer } from './client.ts'

const PATH = `/?${new URLSearchParams(QUERY)}`
/** Headers of realistic length: the bare clients sign nothing, which is the least a request can cost. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-date': '20240708T150011Z',
  'x-content-sha256': 'a'.repeat(64),
  authorization: `HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20240708/${REGION}/kms/request, SignedHeaders=host;x-content-sha256;x-date, Signature=${'b'.repeat(64)}`,
}

/** Bare clients do the least that is of use: build the body, read the answer, decode the signature. */
const bodyOf = () => JSON.stringify({ Message: MESSAGE.toString('base64') })
const signatureOf = (text: string): Uint8Array =>
  Buffer.from((JSON.parse(text) as VolcengineAnswer).Result.Signature, 'base64')

/** What the others are measured by. */
export const bare: CreateClient = async (target) => {
  const { Pool } = await import('undici')
  const pool = new Pool(target.rsa.url, { connections: 256 })
  return async () => {
    const { body } = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body: bodyOf() })
    return signatureOf(await body.text())
  }
}

export const globalFetch: CreateClient = async (target) => {
  const url = target.rsa.url + PATH
  return async () => signatureOf(await (await fetch(url, { method: 'POST', headers: HEADERS, body: bodyOf() })).text())
}

/** The floor: keeps connections alive and frames one request and one answer on each, and knows nothing else of HTTP. */
export const rawSocket: CreateClient = async (target) => {
  const { hostname, port, host } = new URL(target.rsa.url)
  const lines = Object.entries({ host, ...HEADERS }).map(([name, value]) => `${name}: ${value}`)
  const head = `POST ${PATH} HTTP/1.1\r\n${lines.join('\r\n')}\r\ncontent-length: `
  const idle: Line[] = []
  return async () => {
    const line = idle.pop() ?? openLine(connect({ host: hostname, port: Number(port), noDelay: true }))
    const body = bodyOf()
    const text = await line(`${head}${body.length}\r\n\r\n${body}`)
    idle.push(line)
    return signatureOf(text)
  }
}

/** Sends a request and gives the body of its answer. */
type Line = (request: string) => Promise<string>

const LENGTH = 'Content-Length: '

function openLine(socket: Socket): Line {
  let received = ''
  let settle: { resolve(text: string): void; reject(error: Error): void } | undefined
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    const end = received.indexOf('\r\n\r\n')
    const length = Number.parseInt(received.slice(received.indexOf(LENGTH) + LENGTH.length), 10)
    if (end < 0 || received.length < end + 4 + length) return
    const body = received.slice(end + 4)
    received = ''
    settle?.resolve(body)
  })
  socket.on('error', (error) => settle?.reject(error))
  socket.on('close', () => settle?.reject(new Error('the server closed the connection')))
  return (request) =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject }
      socket.write(request, 'latin1')
    })
}

/** So many that the waiting for each call does not count. */
export const VERIFIES_PER_CALL = 32

/** `crypto.verify` alone, with a key parsed from PEM as ours is: one generated in this process verifies more slowly. */
export function bareVerify(kind: 'rsa' | 'ec'): CreateClient {
  return async (target) => {
    const key = createPublicKey(target[kind].publicKey)
    const signature = await (await bare({ ...target, rsa: target[kind] }))()
    return async () => {
      for (let call = 0; call < VERIFIES_PER_CALL; call += 1) {
        if (!verify('sha256', MESSAGE, key, signature)) throw new Error('a signature of the server does not verify')
      }
      return signature
    }
  }
}
