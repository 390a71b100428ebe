import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** What a request signature covers, besides the host. The path is always `/`. */
export interface SignableRequest {
  readonly method: 'GET' | 'POST'
  /** As {@link canonicalQuery} writes it, and as it is sent. */
  readonly query: string
  /** The exact text of the body; absent: no body, and no `X-Content-Sha256`. */
  readonly body?: string
}

/** Where requests go. The region is that of the keys and never read from the host name. */
export interface SigningScope {
  /** As it is sent in the Host header, with the port where that is not the scheme's own. */
  readonly host: string
  readonly region: string
}

/** What authenticates requests. */
export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** The headers that authenticate one request at one moment, in milliseconds since the epoch. */
export type RequestSigner = (request: SignableRequest, now: number) => Readonly<Record<string, string>>

/** What can go into a header as it is: visible ASCII. */
export const HEADER_TEXT = /^[\x21-\x7e]+$/

const ALGORITHM = 'HMAC-SHA256'
const SERVICE = 'kms'
/** SHA-256 of nothing. */
const NO_PAYLOAD = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Everything of a signature that stays the same for one second. */
interface Moment {
  readonly second: number
  readonly date: string
  readonly scope: string
  readonly key: KeyObject
  /** From the scheme's name to the hash of the canonical request. */
  readonly head: string
  readonly authorization: string
}

/**
 * Makes the signer of requests for one set of credentials, host and region ("Signing method", docs/6358/166389). The
 * derived key is kept for its day, the date text for its second, and whatever does not change is joined beforehand.
 */
export function createRequestSigner(credentials: SigningCredentials, { host, region }: SigningScope): RequestSigner {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const token = sessionToken === undefined ? '' : `x-security-token:${sessionToken}\n`
  const tokenName = sessionToken === undefined ? '' : ';x-security-token'
  const withBody = `host;x-content-sha256;x-date${tokenName}`
  const withoutBody = `host;x-date${tokenName}`
  let moment: Moment | undefined

  const momentAt = (now: number): Moment => {
    const second = Math.floor(now / 1000)
    if (moment?.second === second) return moment
    const date = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    const scope = `${date.slice(0, 8)}/${region}/${SERVICE}/request`
    const key = moment?.scope === scope ? moment.key : derivedKey(secretAccessKey, date.slice(0, 8), region)
    const head = `${ALGORITHM}\n${date}\n${scope}\n`
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=`
    moment = { second, date, scope, key, head, authorization }
    return moment
  }

  const proofOf = (now: number, method: string, query: string, content: string, names: string, payload: string) => {
    const { date, key, head, authorization } = momentAt(now)
    const canonical = `${method}\n/\n${query}\nhost:${host}\n${content}x-date:${date}\n${token}\n${names}\n${payload}`
    const text = head + hash('sha256', canonical, 'hex')
    const signature = createHmac('sha256', key).update(text).digest('hex')
    const headers: Record<string, string> = {
      'x-date': date,
      authorization: `${authorization}${names}, Signature=${signature}`,
    }
    if (sessionToken !== undefined) headers['x-security-token'] = sessionToken
    return headers
  }

  return ({ method, query, body }, now) => {
    if (body === undefined) return proofOf(now, method, query, '', withoutBody, NO_PAYLOAD)
    const payload = hash('sha256', body, 'hex')
    const headers = proofOf(now, method, query, `x-content-sha256:${payload}\n`, withBody, payload)
    headers['x-content-sha256'] = payload
    return headers
  }
}

/**
 * A query as it is signed and sent: names and values percent-encoded as RFC 3986 has it, sorted by name. No name is
 * repeated by any action used here; the official signers and the documents differ on the order of repeated names.
 */
export function canonicalQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** `encodeURIComponent` leaves five characters bare that RFC 3986 reserves. */
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (bare) => `%${bare.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The secret is used as text: it is not base64, whatever it looks like. */
function derivedKey(secretAccessKey: string, day: string, region: string): KeyObject {
  const chain = [day, region, SERVICE, 'request']
  const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  return createSecretKey(chain.reduce(mac, Buffer.from(secretAccessKey, 'utf8')))
}
