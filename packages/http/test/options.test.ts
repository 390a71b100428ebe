import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { checkHttpOptions, createHttpClient, type UncheckedHttpOptions } from '../src/index.ts'

const pem = (name: string) => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca.cert')
const cert = pem('client.cert')
const key = pem('client.key')
const baseUrl = 'https://kms.example.com'
const paths = (options: UncheckedHttpOptions) => checkHttpOptions(options).map(({ path }) => path)

afterEach(() => vi.unstubAllEnvs())

describe('checkHttpOptions', () => {
  it.each<[string, UncheckedHttpOptions]>([
    ['an https origin', { baseUrl }],
    ['a URL object and a port', { baseUrl: new URL('https://kms.example.com:8443/') }],
    ['http on localhost', { baseUrl: 'http://localhost:8080' }],
    ['http on a name under localhost', { baseUrl: 'http://kms.localhost' }],
    ['http on 127.0.0.0/8', { baseUrl: 'http://127.1.2.3:1' }],
    ['http on ::1', { baseUrl: 'http://[::1]:1' }],
    ['http elsewhere when allowed', { baseUrl: 'http://10.0.0.1', allowInsecureHttp: true }],
    ['a proxy with credentials', { baseUrl, proxy: 'http://user:p%40ss@proxy.example:3128' }],
    ['an https proxy', { baseUrl, proxy: new URL('https://proxy.example') }],
    ['a proxy from the environment', { baseUrl, proxy: 'env' }],
    ['one private CA', { baseUrl, tls: { ca } }],
    ['several private CAs', { baseUrl, tls: { ca: [ca, ca] } }],
    ['a client certificate', { baseUrl, tls: { cert, key } }],
    [
      'undefined for absent',
      { baseUrl, proxy: undefined, tls: undefined, dispatcher: undefined, maxResponseBytes: undefined },
    ],
  ])('accepts %s', (_title, options) => {
    expect(checkHttpOptions(options)).toEqual([])
  })

  it.each<[string, UncheckedHttpOptions, string[]]>([
    ['no base URL', {}, ['baseUrl']],
    ['a relative URL', { baseUrl: 'kms.example.com' }, ['baseUrl']],
    ['another scheme', { baseUrl: 'ftp://kms.example.com' }, ['baseUrl']],
    ['a path', { baseUrl: `${baseUrl}/v1` }, ['baseUrl']],
    ['a query', { baseUrl: `${baseUrl}/?a=1` }, ['baseUrl']],
    ['an empty query', { baseUrl: `${baseUrl}?` }, ['baseUrl']],
    ['a fragment', { baseUrl: `${baseUrl}#a` }, ['baseUrl']],
    ['credentials', { baseUrl: 'https://user:pass@kms.example.com' }, ['baseUrl']],
    ['http elsewhere', { baseUrl: 'http://kms.example.com' }, ['baseUrl']],
    ['http on a host that only begins like loopback', { baseUrl: 'http://127.0.0.1.example.com' }, ['baseUrl']],
    ['a word for allowInsecureHttp', { baseUrl, allowInsecureHttp: 'yes' }, ['allowInsecureHttp']],
    ['a socks proxy', { baseUrl, proxy: 'socks5://proxy.example' }, ['proxy']],
    ['a proxy with a path', { baseUrl, proxy: 'http://proxy.example/a' }, ['proxy']],
    ['a number for a proxy', { baseUrl, proxy: 1 }, ['proxy']],
    ['a string for tls', { baseUrl, tls: 'ca' }, ['tls']],
    ['a CA that is no certificate', { baseUrl, tls: { ca: 'no' } }, ['tls.ca']],
    ['no CA at all', { baseUrl, tls: { ca: [] } }, ['tls.ca']],
    ['a certificate without its key', { baseUrl, tls: { cert } }, ['tls.key']],
    ['a key without its certificate', { baseUrl, tls: { key } }, ['tls.cert']],
    ['a key of another certificate', { baseUrl, tls: { cert, key: pem('localhost.key') } }, ['tls.key']],
    ['a key that is none', { baseUrl, tls: { cert, key: cert } }, ['tls.key']],
    ['a dispatcher that cannot dispatch', { baseUrl, dispatcher: {} }, ['dispatcher']],
    ['a negative cap', { baseUrl, maxResponseBytes: -1 }, ['maxResponseBytes']],
    ['a fraction for a cap', { baseUrl, maxResponseBytes: 1.5 }, ['maxResponseBytes']],
    [
      'several at once',
      { baseUrl: 'x', proxy: 1, tls: { ca: 1 }, maxResponseBytes: 'x' },
      ['baseUrl', 'proxy', 'tls.ca', 'maxResponseBytes'],
    ],
  ])('refuses %s', (_title, options, expected) => {
    expect(paths(options)).toEqual(expected)
  })

  it('does not repeat values', () => {
    const problems = checkHttpOptions({
      baseUrl: 'https://u:s3cret@h/s3cret?s3cret',
      proxy: 'ftp://s3cret',
      tls: { ca: 's3cret', key: 's3cret' },
    })
    expect(problems.length).toBeGreaterThan(3)
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })

  it('names the variable whose proxy is no URL', () => {
    vi.stubEnv('https_proxy', undefined)
    vi.stubEnv('HTTPS_PROXY', 'no url')
    expect(checkHttpOptions({ baseUrl, proxy: 'env' })).toEqual([
      { path: 'proxy', message: expect.stringContaining('HTTPS_PROXY') },
    ])
  })
})

describe('createHttpClient', () => {
  it('throws one TypeError with every problem', () => {
    expect(() => createHttpClient({ baseUrl: 'x', maxResponseBytes: 0 })).toThrow(TypeError)
    expect(() => createHttpClient({ baseUrl: 'x', maxResponseBytes: 0 })).toThrow(/baseUrl.*maxResponseBytes/)
  })

  it.each([
    ['https://KMS.example.com:443/', 'https://kms.example.com', 'kms.example.com'],
    ['https://kms.example.com:8443', 'https://kms.example.com:8443', 'kms.example.com:8443'],
    ['http://[::1]:80', 'http://[::1]', '[::1]'],
  ])('normalises %s', (given, origin, host) => {
    expect(createHttpClient({ baseUrl: given })).toMatchObject({ origin, host })
  })
})
