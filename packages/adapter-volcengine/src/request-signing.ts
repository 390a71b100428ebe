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

/** What authenticates one request. */
export interface Proof {
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** Of the headers, what must not be shown; the others are names and times. */
  readonly signature: string
  /** As well: it confirms a message that somebody guessed. Empty without a body. */
  readonly digest: string
}

/** Proves one request at one moment, in milliseconds since the epoch. */
export type RequestSigner = (request: SignableRequest, now: number) => Proof

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
  /** Of a canonical request with a body: what is between the hashes. */
  readonly between: string
  /** The header of a request with a body, up to the signature. */
  readonly authorization: string
}

/** What the canonical request begins with; a signer is asked for few different ones. */
interface Beginning {
  readonly method: string
  readonly query: string
  readonly text: string
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
  let beginning: Beginning | undefined

  const authorizationOf = (scope: string, names: string) =>
    `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=`

  const momentAt = (now: number): Moment => {
    const second = Math.floor(now / 1000)
    if (moment?.second === second) return moment
    const date = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    const scope = `${date.slice(0, 8)}/${region}/${SERVICE}/request`
    const key = moment?.scope === scope ? moment.key : derivedKey(secretAccessKey, date.slice(0, 8), region)
    const head = `${ALGORITHM}\n${date}\n${scope}\n`
    const between = `\nx-date:${date}\n${token}\n${withBody}\n`
    moment = { second, date, scope, key, head, between, authorization: authorizationOf(scope, withBody) }
    return moment
  }

  const beginningOf = (method: string, query: string): string => {
    if (beginning?.query !== query || beginning.method !== method) {
      beginning = { method, query, text: `${method}\n/\n${query}\nhost:${host}\n` }
    }
    return beginning.text
  }

  const signatureOf = (canonical: string, { head, key }: Moment): string =>
    createHmac('sha256', key)
      .update(head + hash('sha256', canonical, 'hex'))
      .digest('hex')

  const tokenHeader = sessionToken === undefined ? [] : ['x-security-token', sessionToken]
  const proofOf = (headers: readonly string[], signature: string, digest: string): Proof => ({
    headers: sessionToken === undefined ? headers : headers.concat(tokenHeader),
    signature,
    digest,
  })

  return ({ method, query, body }, now) => {
    const at = momentAt(now)
    const { date } = at
    const start = beginningOf(method, query)
    if (body === undefined) {
      const signature = signatureOf(`${start}x-date:${date}\n${token}\n${withoutBody}\n${NO_PAYLOAD}`, at)
      const authorization = authorizationOf(at.scope, withoutBody) + signature
      return proofOf(['x-date', date, 'authorization', authorization], signature, '')
    }
    const digest = hash('sha256', body, 'hex')
    const signature = signatureOf(`${start}x-content-sha256:${digest}${at.between}${digest}`, at)
    const authorization = at.authorization + signature
    return proofOf(['x-date', date, 'x-content-sha256', digest, 'authorization', authorization], signature, digest)
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
