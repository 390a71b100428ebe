import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonicalQuery, createRequestSigner } from './request-signing.ts'

interface Vector {
  readonly id: string
  readonly input: {
    readonly method: 'GET' | 'POST'
    readonly host: string
    readonly query: Record<string, string>
    readonly extraHeaders: Record<string, string>
    readonly body: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string | null
    readonly region: string
    readonly date: string
  }
  readonly expected: {
    readonly canonicalQueryString: string
    readonly signedHeaders: string
    readonly authorization: string
    readonly requestHeaders: Record<string, string>
  }
}
interface Divergence {
  readonly id: string
  readonly host?: string
  readonly nodeAuthorization?: string
}

// Made with the published official signers over fixed inputs; no service was asked.
const file = readFileSync(new URL('../test/vectors/request-signatures.json', import.meta.url), 'utf8')
const { vectors, divergences } = JSON.parse(file) as { vectors: Vector[]; divergences: Divergence[] }

/** Forms that other clients sign and this one never does. */
const NOT_OURS = ['post-content-type-signed']
const NOT_OURS_DIVERGENCES = ['host-not-signed', 'repeated-parameter-order']
const ours = vectors.filter(({ id }) => !NOT_OURS.includes(id))

function headersOf({ input }: Vector, change: Partial<Vector['input']> = {}): Readonly<Record<string, string>> {
  const { method, query, body, host, region, date, accessKeyId, secretAccessKey, sessionToken } = {
    ...input,
    ...change,
  }
  const credentials = { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined }
  const request = { method, query: canonicalQuery(query), ...(body === '' ? {} : { body }) }
  const { headers, signature } = createRequestSigner(credentials, { host, region })(request, timeOf(date))
  const named = Object.fromEntries(
    headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : [])),
  )
  expect(named['authorization']?.endsWith(`, Signature=${signature}`)).toBe(true)
  return named as Readonly<Record<string, string>>
}

function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

describe('request signing', () => {
  it('has all vectors', () => {
    expect(ours).toHaveLength(vectors.length - NOT_OURS.length)
    expect(ours.length).toBeGreaterThanOrEqual(6)
    expect(divergences.map(({ id }) => id)).toEqual(expect.arrayContaining(NOT_OURS_DIVERGENCES))
  })

  it.each(ours.map((vector) => [vector.id, vector] as const))('signs %s as the official signers do', (_id, vector) => {
    const sent = Object.entries(vector.expected.requestHeaders).filter(([name]) => name !== 'Host')
    const expected = Object.fromEntries(sent.map(([name, value]) => [name.toLowerCase(), value]))
    expect(canonicalQuery(vector.input.query)).toBe(vector.expected.canonicalQueryString)
    expect(headersOf(vector)).toEqual(expected)
  })

  it('keeps a port in the signed host, as the official Node signers do', () => {
    const { host, nodeAuthorization } = divergences.find(({ id }) => id === 'host-with-default-port') ?? {}
    const [first] = vectors
    expect(first && headersOf(first, { host: host ?? '' })['authorization']).toBe(nodeAuthorization)
  })

  it.each([
    ['another body', { body: '{"Message":"AA=="}' }],
    ['another secret', { secretAccessKey: 'c2VjcmV0LWV4YW1wbGI=' }],
    ['another region', { region: 'cn-shanghai' }],
    ['another host', { host: 'kms.cn-shanghai.volcengineapi.com' }],
    ['another second', { date: '20240708T150012Z' }],
    ['another day', { date: '20240709T150011Z' }],
    ['another query', { query: { Action: 'AsymmetricSign', Version: '2021-02-18' } }],
  ] as const)('gives another signature for %s', (_what, change) => {
    const [first] = vectors
    const signatureOf = (headers: Readonly<Record<string, string>>) => headers['authorization']?.slice(-64)
    expect(signatureOf(headersOf(first as Vector, change))).not.toBe(signatureOf(headersOf(first as Vector)))
  })

  it('signs on across midnight and back with one signer', () => {
    const request = { method: 'POST', query: 'Action=AsymmetricSign&Version=2021-02-18', body: '{}' } as const
    const make = () =>
      createRequestSigner({ accessKeyId: 'AKLTEXAMPLE', secretAccessKey: 'x' }, { host: 'h', region: 'cn-beijing' })
    const sign = make()
    const times = ['23:59:59.400Z', '23:59:59.900Z'].map((time) => Date.parse(`2024-07-08T${time}`))
    for (const time of [...times, Date.parse('2024-07-09T00:00:00Z'), ...times]) {
      expect(sign(request, time)).toEqual(make()(request, time))
    }
    expect(sign(request, Date.parse('2024-07-09T00:00:00Z')).headers.join()).toContain('/20240709/')
  })
})

describe('canonicalQuery', () => {
  it('encodes what RFC 3986 reserves and nothing else', () => {
    expect(canonicalQuery({ a: "~-_.!*'() /+%&=密é" })).toBe('a=~-_.%21%2A%27%28%29%20%2F%2B%25%26%3D%E5%AF%86%C3%A9')
  })

  it('sorts by encoded name and keeps empty values', () => {
    expect(canonicalQuery({ b: '', B: '2', a: '1' })).toBe('B=2&a=1&b=')
  })
})
