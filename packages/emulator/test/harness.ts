import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'
import type { Emulator } from '../src/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Not checked, and empty where the text is no JSON: what a test asserts of it is the check. */
  readonly json: AnswerJson
}

/** The members that tests look at, of whichever envelope came. */
export interface AnswerJson {
  readonly code: string
  readonly accessToken: string
  readonly error: { readonly errorCode: unknown; readonly details: unknown }
  readonly data: NcpData
  readonly ResponseMetadata: {
    readonly RequestId: string
    readonly Error?: { readonly Code: string }
  }
  readonly Result: VolcengineResult
}

interface NcpData {
  readonly signature: string
  readonly valid: unknown
  readonly publicKey: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly keyTag: string
  readonly status: string
  readonly versionList: readonly unknown[]
  readonly keyList: unknown
  readonly totalPageNo: unknown
  readonly totalCount: unknown
}

interface VolcengineResult {
  readonly KeyID: string
  readonly Signature: string
  readonly SignatureValid: unknown
  readonly PublicKey: string
  readonly Key: { readonly ID: string; readonly KeyState: string }
  readonly Keys: readonly { readonly KeyName: string }[]
  readonly Keyring: { readonly ID: string; readonly TRN: string }
  readonly Keyrings: unknown
  readonly PageInfo: unknown
}

export interface Sent {
  readonly method?: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** One request over a real socket, the target untouched. */
export function send(emulator: Emulator, { method = 'POST', target, headers = {}, body = '' }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(emulator.url)
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: target, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function parse(text: string): AnswerJson {
  try {
    return JSON.parse(text) as AnswerJson
  } catch {
    return {} as AnswerJson
  }
}

export const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString('base64')
export const hash = (name: string, data: string | Uint8Array): Buffer => createHash(name).update(data).digest()

export interface NcpChange {
  readonly secretKey?: string
  readonly accessKey?: string
  readonly timestamp?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Account signature v2, as a client would make it. */
export function ncpHeaders(emulator: Emulator, method: string, target: string, change: NcpChange = {}) {
  const { accessKey, secretKey } = { ...emulator.ncp.credentials, ...change }
  const timestamp = change.timestamp ?? String(Date.now())
  const text = `${method} ${target}\n${timestamp}\n${accessKey}`
  return {
    'x-ncp-apigw-timestamp': timestamp,
    'x-ncp-iam-access-key': accessKey,
    'x-ncp-apigw-signature-v2': createHmac('sha256', secretKey).update(text).digest('base64'),
    ...change.headers,
  }
}

export function ncp(emulator: Emulator, method: string, path: string, body?: object, change: NcpChange = {}) {
  const target = `/kms/v1/keys${path}`
  const headers = ncpHeaders(emulator, method, target, change)
  return send(emulator, { method, target, headers, body: body === undefined ? '' : JSON.stringify(body) })
}

export interface VolcengineChange {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly at?: number
  readonly service?: string
  readonly region?: string
  readonly method?: string
  readonly query?: string
  readonly alter?: (headers: Record<string, string>) => Record<string, string>
}

/** Signs `host;x-date` and sends parameters in a JSON body; the query is already canonical. */
export function volcengine(
  emulator: Emulator,
  action: string,
  parameters: object | string,
  change: VolcengineChange = {},
) {
  const { accessKeyId, secretAccessKey, sessionToken } = { ...emulator.volcengine.credentials, ...change }
  const { method = 'POST', service = 'kms', region = emulator.volcengine.region } = change
  const query = [`Action=${action}`, 'Version=2021-02-18', ...(change.query ? [change.query] : [])].sort().join('&')
  const body = typeof parameters === 'string' ? parameters : JSON.stringify(parameters)
  const stamp = new Date(change.at ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  const host = new URL(emulator.url).host
  const date = stamp.slice(0, 8)
  const token = sessionToken === undefined ? [] : [['x-security-token', sessionToken] as const]
  const signed = [['host', host], ['x-date', stamp], ...token] as const
  const names = signed.map(([name]) => name).join(';')
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('')
  const canonical = [method, '/', query, lines, names, hash('sha256', body).toString('hex')].join('\n')
  const scope = `${date}/${region}/${service}/request`
  const text = ['HMAC-SHA256', stamp, scope, hash('sha256', canonical).toString('hex')].join('\n')
  const mac = (key: string | Buffer, part: string): Buffer => createHmac('sha256', key).update(part).digest()
  const key = [date, region, service, 'request'].reduce<string | Buffer>(mac, secretAccessKey)
  const signature = mac(key, text).toString('hex')
  const headers = {
    ...Object.fromEntries(signed),
    'content-type': 'application/json',
    authorization: `HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
  return send(emulator, { method, target: `/?${query}`, headers: change.alter?.(headers) ?? headers, body })
}

/** The error code of a Volcengine answer. */
export const codeOf = (answer: Answer): string | undefined => answer.json.ResponseMetadata.Error?.Code
