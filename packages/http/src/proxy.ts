export type Environment = Readonly<Record<string, string | undefined>>

/** A proxy that opens tunnels with CONNECT. */
export interface ProxyServer {
  readonly secure: boolean
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  /** The `proxy-authorization` value, if the URL held credentials. */
  readonly authorization: string | undefined
}

/** A proxy from its URL; undefined when the URL cannot be one. */
export function parseProxy(url: URL | undefined): ProxyServer | undefined {
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined
  const secure = url.protocol === 'https:'
  const credentials = readCredentials(url)
  if (credentials === undefined) return undefined
  const authorization = credentials === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  return Object.freeze({ secure, hostname: bareHost(url), port: portOf(url), authorization })
}

/**
 * The proxy variable that applies to `url`, as curl and undici read them: lower case first, HTTP_PROXY for `https:` too
 * where there is no HTTPS_PROXY, nothing for the hosts of NO_PROXY.
 */
export function proxyFromEnvironment(url: URL, environment: Environment): { name: string; value: string } | undefined {
  const { no_proxy: lower, NO_PROXY: upper } = environment
  if (isExempt(url, lower ?? upper ?? '')) return undefined
  const http = ['http_proxy', 'HTTP_PROXY']
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', ...http] : http
  for (const name of names) {
    const value = environment[name]
    if (value !== undefined && value !== '') return { name, value }
  }
  return undefined
}

/** The host without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
}

/** The port, the scheme's own where the URL names none. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}

function isExempt(url: URL, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '' || entry === '*') return entry === '*'
    const [, host = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? []
    if (port !== undefined && Number(port) !== portOf(url)) return false
    const name = host.toLowerCase().replace(/^\*?\./, '')
    return url.hostname === name || bareHost(url) === name || url.hostname.endsWith(`.${name}`)
  })
}

function readCredentials(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return ''
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  } catch {
    return undefined
  }
}
