import { isUint8Array } from 'node:util/types'
import { checkHttpOptions, createHttpClient, type HttpClient, type HttpClientOptions, isEcho } from '@kmsign/http'
import { createFailure } from './failure.ts'

/** A request as the SDK hands it over: signed, with its own Host and Content-Length. */
export interface SdkRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** An answer as the SDK takes it. It is kept as the hidden `$response` of the errors the SDK makes of it. */
export interface SdkResponse {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
  /** Of a refusal: the time the request was signed with, milliseconds since the epoch. */
  readonly sentAt?: number | undefined
  /** Of a refusal: what the request carried that no error may show, whatever was echoed. */
  readonly hidden?: (() => readonly string[]) | undefined
}

/** What comes with one request, as `client.ts` gave it to the SDK. */
export interface HandlerOptions {
  readonly signal?: AbortSignal
  readonly requestTimeout?: number
}

/** The HTTP side of the SDK over `@kmsign/http`: one bounded attempt, no redirects, at most 1 MiB. */
export interface RequestHandler {
  readonly metadata: { readonly handlerProtocol: string }
  handle(request: SdkRequest, options?: HandlerOptions): Promise<{ response: SdkResponse }>
  /** Does nothing: the handler outlives the clients that share it. */
  destroy(): void
  updateHttpClientConfig(): void
  httpHandlerConfigs(): object
  close(): Promise<void>
}

const DEFAULT_TIMEOUT_MS = 5_000

/** Makes the handler. Which origin requests go to is the SDK's to say; it is always the same one for one region. */
export function createRequestHandler(options: Omit<HttpClientOptions, 'baseUrl'>): RequestHandler {
  const clients = new Map<string, HttpClient>()

  const clientOf = ({ protocol, hostname, port }: SdkRequest): HttpClient => {
    const baseUrl = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`
    const known = clients.get(baseUrl)
    if (known !== undefined) return known
    assertEndpoint({ ...options, baseUrl })
    const client = createHttpClient({ ...options, baseUrl })
    clients.set(baseUrl, client)
    return client
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, { signal = new AbortController().signal, requestTimeout = DEFAULT_TIMEOUT_MS } = {}) {
      const { path, headers } = request
      const content = plainBody(request.body)
      const client = clientOf(request)
      const reply = await client.send({
        method: 'POST',
        path,
        headers,
        body: content,
        signal,
        timeoutMs: requestTimeout,
      })
      const refused = reply.status >= 300
      const response = {
        statusCode: reply.status,
        headers: withoutEchoes(reply.headers, headers, content),
        body: Buffer.from(reply.body, 'utf8'),
        ...(refused && { sentAt: signedAt(headers['x-amz-date']), hidden: () => secretsOf(headers, content) }),
      }
      return { response }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** The SDK's body is an array that also plays a string, and warns of it; sent are the bytes alone. */
function plainBody(body: unknown): string | Uint8Array {
  if (!isUint8Array(body)) return typeof body === 'string' ? body : ''
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
}

/** With `baseUrl` the options were checked before; else `AWS_ENDPOINT_URL` or a profile may name anything. */
function assertEndpoint(options: HttpClientOptions): void {
  const [problem] = checkHttpOptions(options)
  if (problem === undefined) return
  throw createFailure('aws.endpoint', `The endpoint that the AWS SDK found ${problem.message}`)
}

/** `20261122T081500Z`. */
function signedAt(stamp: string | undefined): number | undefined {
  const time = Date.parse(stamp?.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z') ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** The headers that the SDK makes names and ids of, emptied where they hold a part of the request. */
const READ_HEADERS = ['x-amzn-requestid', 'x-amzn-request-id', 'x-amz-request-id', 'x-amzn-errortype', 'x-amz-id-2']

function withoutEchoes(
  answered: Readonly<Record<string, string>>,
  headers: SdkRequest['headers'],
  body: string | Uint8Array,
): Record<string, string> {
  const shown = { ...answered }
  const read = READ_HEADERS.filter((name) => shown[name] !== undefined && !UUID.test(shown[name]))
  if (read.length === 0) return shown
  const secrets = secretsOf(headers, body)
  for (const name of read) {
    const value = shown[name] ?? ''
    if (isEcho(value, secrets)) delete shown[name]
  }
  return shown
}

/** What an honest request id looks like; too short and too plain for a part of the request. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function secretsOf(headers: SdkRequest['headers'], body: string | Uint8Array): readonly string[] {
  const authorization = headers['authorization'] ?? ''
  const [, accessKeyId = ''] = /Credential=([^/,]+)/.exec(authorization) ?? []
  const [, signature = ''] = /Signature=(\w+)/.exec(authorization) ?? []
  const content = typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
  const payloads = [...content.matchAll(/"(?:Message|Signature)":"([^"]+)"/g)].map(([, value = '']) => value)
  return [headers['x-amz-security-token'] ?? '', accessKeyId, signature, ...payloads]
}
