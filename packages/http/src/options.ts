import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { HttpDispatcher } from './dispatcher.ts'
import { type Environment, type ProxyServer, parseProxy, proxyFromEnvironment } from './proxy.ts'

/** One problem of the options: where it is and what is wrong, never the value. */
export interface HttpOptionProblem {
  /** The option's name, such as `baseUrl` or `tls.ca`. */
  readonly path: string
  /** What is wrong and what is expected, without the value. */
  readonly message: string
}

/** How to reach one origin. */
export interface HttpClientOptions {
  /** Scheme, host and port alone: the path must be `/` or empty, without credentials, query or fragment. */
  readonly baseUrl: string | URL
  /** Allows `http:` to hosts other than loopback; false by default. */
  readonly allowInsecureHttp?: boolean
  /**
   * A proxy to tunnel through with CONNECT, by its `http:` or `https:` URL, with credentials if it wants them. `'env'`
   * reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY (lower case first) when the client is created. None by default.
   */
  readonly proxy?: string | URL | 'env'
  /**
   * PEM texts. `ca` replaces the certificate authorities Node trusts, for the server and an `https:` proxy alike; `cert`
   * and an unencrypted `key` go together and are shown to the server alone.
   */
  readonly tls?: { readonly ca?: string | readonly string[]; readonly cert?: string; readonly key?: string }
  /** Sends the requests instead of our own pool, for tests; `proxy` and `tls` are then its own affair. Never closed here. */
  readonly dispatcher?: HttpDispatcher
  /** The largest body accepted, 1 MiB by default. */
  readonly maxResponseBytes?: number
}

/** {@link HttpClientOptions} from someone who has not checked anything yet. */
export type UncheckedHttpOptions = { readonly [Name in keyof HttpClientOptions]?: unknown }

export interface TlsSettings {
  readonly ca?: readonly string[]
  readonly cert?: string
  readonly key?: string
}

/** The options, parsed: complete and frozen. */
export interface HttpSettings {
  readonly url: URL
  readonly proxy: ProxyServer | undefined
  readonly tls: TlsSettings
  readonly dispatcher: HttpDispatcher | undefined
  readonly maxResponseBytes: number
}

const DEFAULT_MAX_RESPONSE_BYTES = 1024 * 1024
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/
type Report = (path: string, message: string) => undefined

/**
 * All problems of `options` at once, without their values; empty when {@link createHttpClient} will take them. Pure; with
 * `proxy: 'env'` it reads the environment.
 */
export function checkHttpOptions(options: UncheckedHttpOptions): readonly HttpOptionProblem[] {
  const problems: HttpOptionProblem[] = []
  readOptions(options, (path, message) => void problems.push({ path, message }))
  return problems
}

/** Parses the options, or throws one `TypeError` with every problem. */
export function parseOptions(options: HttpClientOptions): HttpSettings {
  const problems: string[] = []
  const settings = readOptions(options, (path, message) => void problems.push(`${path} ${message}`))
  if (settings === undefined || problems.length > 0) throw new TypeError(`Wrong HTTP options: ${problems.join('; ')}`)
  return settings
}

function readOptions(options: UncheckedHttpOptions, report: Report): HttpSettings | undefined {
  if (typeof options !== 'object' || options === null)
    return report('options', `must be an object, not ${typeName(options)}`)
  const url = readBaseUrl(options.baseUrl, options.allowInsecureHttp, report)
  const proxy = readProxy(options.proxy, url, process.env, report)
  const tls = readTls(options.tls, report)
  const dispatcher = readDispatcher(options.dispatcher, report)
  const maxResponseBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES
  if (!Number.isSafeInteger(maxResponseBytes) || Number(maxResponseBytes) < 1) {
    report('maxResponseBytes', 'must be a positive whole number of bytes')
  }
  if (url === undefined) return undefined
  return Object.freeze({ url, proxy, tls, dispatcher, maxResponseBytes: Number(maxResponseBytes) })
}

function readBaseUrl(value: unknown, allowInsecureHttp: unknown, report: Report): URL | undefined {
  if (allowInsecureHttp !== undefined && typeof allowInsecureHttp !== 'boolean') {
    report('allowInsecureHttp', `must be a boolean, not ${typeName(allowInsecureHttp)}`)
  }
  const url = toUrl(value)
  if (url === undefined) return report('baseUrl', 'must be an absolute URL such as https://kms.example.com')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return report('baseUrl', 'must be an https: URL')
  if (url.username !== '' || url.password !== '') report('baseUrl', 'must not hold credentials')
  if (url.pathname !== '/') report('baseUrl', 'must not have a path')
  // `url.search` is empty for a bare `?`, which is a query all the same.
  if (url.href.includes('?')) report('baseUrl', 'must not have a query')
  if (url.href.includes('#')) report('baseUrl', 'must not have a fragment')
  if (url.protocol === 'http:' && allowInsecureHttp !== true && !LOOPBACK.test(url.hostname)) {
    report('baseUrl', 'must be an https: URL; plain http: is for loopback, or set allowInsecureHttp')
  }
  return new URL(url.origin)
}

function readProxy(
  value: unknown,
  url: URL | undefined,
  environment: Environment,
  report: Report,
): ProxyServer | undefined {
  if (value === undefined) return undefined
  const found = value === 'env' ? url && proxyFromEnvironment(url, environment) : { name: 'proxy', value: toUrl(value) }
  if (found === undefined) return undefined
  const proxy = parseProxy(toUrl(found.value))
  const wanted = "must be an http: or https: URL without path, or 'env'"
  if (proxy === undefined)
    report('proxy', value === 'env' ? `is taken from ${found.name}, which is not an http: or https: URL` : wanted)
  return proxy
}

function readTls(value: unknown, report: Report): TlsSettings {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null) {
    report('tls', `must be an object, not ${typeName(value)}`)
    return {}
  }
  const { ca, cert, key } = value as { ca?: unknown; cert?: unknown; key?: unknown }
  const authorities: unknown[] = ca === undefined ? [] : Array.isArray(ca) ? ca : [ca]
  if (Array.isArray(ca) && ca.length === 0) report('tls.ca', 'must hold at least one certificate')
  if (!authorities.every((pem) => readCertificate(pem) !== undefined)) report('tls.ca', 'must be PEM certificates')
  const own = readCertificate(cert)
  if (cert !== undefined && own === undefined) report('tls.cert', 'must be a PEM certificate')
  const ownKey = readPrivateKey(key)
  if (key !== undefined && ownKey === undefined) report('tls.key', 'must be an unencrypted PEM private key')
  if ((cert === undefined) !== (key === undefined))
    report(cert === undefined ? 'tls.cert' : 'tls.key', 'is missing: a client certificate needs both')
  if (own !== undefined && ownKey !== undefined && !own.checkPrivateKey(ownKey))
    report('tls.key', 'does not belong to tls.cert')
  return Object.freeze({
    ...(authorities.length > 0 && { ca: Object.freeze(authorities.map(String)) }),
    ...(cert !== undefined && key !== undefined && { cert: String(cert), key: String(key) }),
  })
}

function readDispatcher(value: unknown, report: Report): HttpDispatcher | undefined {
  if (value === undefined) return undefined
  if (typeof (value as { dispatch?: unknown } | null)?.dispatch === 'function') return value as HttpDispatcher
  return report('dispatcher', 'must have a dispatch function')
}

function readCertificate(pem: unknown): X509Certificate | undefined {
  if (typeof pem !== 'string') return undefined
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function readPrivateKey(pem: unknown): ReturnType<typeof createPrivateKey> | undefined {
  if (typeof pem !== 'string') return undefined
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** A URL of any realm counts, so it is read by its text. */
function toUrl(value: unknown): URL | undefined {
  const text = typeof value === 'string' ? value : (value as { href?: unknown } | null | undefined)?.href
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
}

function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value
}
