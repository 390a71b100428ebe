import { createHttpError, type HttpErrorCode, type HttpErrorFacts } from './errors.ts'

/** What the attempt knew when it failed. */
export interface FailureFacts extends HttpErrorFacts {
  readonly host: string
}

/** undici's own codes that say what happened whatever the phase. */
const FIXED: Readonly<Record<string, HttpErrorCode | undefined>> = {
  __proto__: null,
  UND_ERR_CONNECT_TIMEOUT: 'HTTP_TIMEOUT',
  UND_ERR_HEADERS_TIMEOUT: 'HTTP_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'HTTP_TIMEOUT',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'HTTP_BODY_TOO_LARGE',
  UND_ERR_HEADERS_OVERFLOW: 'HTTP_PROTOCOL',
  UND_ERR_CLOSED: 'HTTP_CLOSED',
  UND_ERR_DESTROYED: 'HTTP_CLOSED',
} as never

/** A request that undici would not send, because the caller wrote it wrong. */
const CALLER = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])
/** The codes of OpenSSL's certificate checks, its alerts, and Node's own on top of them. */
const TLS =
  /^(?:ERR_(?:SSL|TLS|OSSL)|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_|ERROR_IN_C)/
const UNTRUSTED = /^(?:UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_UNTRUSTED|INVALID_CA)/

/**
 * Turns what undici, Node or our connector failed with into an error of ours. Only codes are taken from it: undici's
 * errors can hold sockets and pieces of the answer. Under Jest it is not `instanceof Error`.
 *
 * @returns an `HttpError`, or a `TypeError` for a request that is not well-formed
 */
export function toFailure(error: unknown, facts: FailureFacts): Error {
  const cause = read(error)
  const { code, systemCode = code, peer = facts.host, message } = cause
  if (code !== undefined && CALLER.has(code)) return new TypeError(`The HTTP request is not well-formed: ${message}`)
  const kind = kindOf({ ...cause, systemCode }, facts)
  const reason = systemCode === undefined ? '' : ` (${systemCode})`
  const phase = kind === 'HTTP_TLS' ? 'connect' : facts.phase
  return createHttpError(kind, `${describe(kind, systemCode, peer)}${reason}`, { ...facts, phase, systemCode })
}

function kindOf({ code, systemCode, name, message }: Cause, facts: FailureFacts): HttpErrorCode {
  const fixed = code === undefined ? undefined : FIXED[code]
  if (fixed !== undefined) return fixed
  if (systemCode !== undefined && isHandshake(systemCode, facts)) return 'HTTP_TLS'
  if (facts.phase === 'connect') return 'HTTP_CONNECT'
  // undici's parser errors mostly come without their code. They are told by their name, an early end by its words, as
  // is a 100 or 101 nobody asked for, which has the code of a lost connection.
  const unparsable = name === 'HTTPParserError' || message === 'bad response' || message === 'bad upgrade'
  if (unparsable && !message.includes('EOF')) return 'HTTP_PROTOCOL'
  if (facts.status !== undefined) return 'HTTP_BODY_TRUNCATED'
  // Before the status it means headers that contradict each other.
  return code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ? 'HTTP_PROTOCOL' : 'HTTP_RESET'
}

/**
 * Whether the handshake failed, as against a connection that broke later. In TLS 1.3 a server refuses the client's
 * certificate, or the lack of one, when the client has already begun to send; nobody has read the request then.
 */
function isHandshake(systemCode: string, { phase, reusedConnection }: FailureFacts): boolean {
  if (!TLS.test(systemCode)) return false
  return phase === 'connect' || (phase === 'request' && !reusedConnection && systemCode.includes('ALERT'))
}

function describe(kind: HttpErrorCode, systemCode = '', peer: string): string {
  switch (kind) {
    case 'HTTP_TLS':
      return describeTls(systemCode, peer)
    case 'HTTP_CONNECT':
      return systemCode === 'PROXY_STATUS_407' ? `The ${peer} wants other credentials` : `No connection to ${peer}`
    case 'HTTP_TIMEOUT':
      return `No answer from ${peer} in time`
    case 'HTTP_RESET':
      return `${peer} ended the connection before it answered`
    case 'HTTP_BODY_TRUNCATED':
      return `${peer} ended the connection inside the body`
    case 'HTTP_CLOSED':
      return `The client of ${peer} is closed`
    case 'HTTP_BODY_TOO_LARGE':
      return `${peer} sent too large a body`
    case 'HTTP_PROTOCOL':
    case 'HTTP_REDIRECT':
    case 'HTTP_BODY_MALFORMED':
      return `${peer} did not answer in HTTP/1.1`
  }
}

function describeTls(systemCode: string, peer: string): string {
  if (UNTRUSTED.test(systemCode)) {
    return `The certificate of ${peer} is not signed by a trusted authority; a private one is trusted through option tls.ca`
  }
  if (systemCode === 'ERR_TLS_CERT_ALTNAME_INVALID' || systemCode.startsWith('HOSTNAME_')) {
    return `The certificate of ${peer} is for another host name; check the base URL`
  }
  if (systemCode === 'CERT_HAS_EXPIRED' || systemCode === 'CERT_NOT_YET_VALID') {
    return `The certificate of ${peer} is not valid today; it must be renewed, or the clock here is wrong`
  }
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(systemCode)) {
    return `${peer} refused the TLS handshake; if it wants a client certificate, set options tls.cert and tls.key`
  }
  return `The TLS handshake with ${peer} failed; check that the port speaks TLS`
}

interface Cause {
  readonly code: string | undefined
  readonly systemCode: string | undefined
  readonly peer: string | undefined
  readonly name: string
  readonly message: string
}

function read(error: unknown): Cause {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const text = (name: keyof Cause) => (typeof fields[name] === 'string' ? fields[name] : undefined)
  const code = text('code')
  return {
    code: code === 'KMSIGN_CONNECT' ? undefined : code,
    systemCode: text('systemCode'),
    peer: text('peer'),
    name: text('name') ?? '',
    message: text('message') ?? '',
  }
}
