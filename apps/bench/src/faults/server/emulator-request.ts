import { createHash, createHmac, createPublicKey } from 'node:crypto'
import type { Target } from '../clients/client.ts'
import type { Wire } from './backend.ts'

/** A request with its proof, ready for any way of sending it. */
export interface SignedRequest {
  readonly method: 'POST'
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type EmulatorOperation = 'sign' | 'verify' | 'getPublicKey'

/** The plain request of an operation, before it is authenticated. */
export interface PlainRequest {
  readonly target: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const MESSAGE = Buffer.from('a message').toString('base64')
const SIGNATURE = Buffer.alloc(70, 1).toString('base64')

const AWS_NAMES: Readonly<Record<EmulatorOperation, string>> = {
  sign: 'Sign',
  verify: 'Verify',
  getPublicKey: 'GetPublicKey',
}
const VOLCENGINE_NAMES: Readonly<Record<EmulatorOperation, string>> = {
  sign: 'AsymmetricSign',
  verify: 'AsymmetricVerify',
  getPublicKey: 'GetPublicKey',
}
const NCP_NAMES: Readonly<Record<EmulatorOperation, string>> = {
  sign: 'sign',
  verify: 'verify',
  getPublicKey: 'get-pub-key',
}
const JSON_TYPE = { 'content-type': 'application/json' } as const

/** What a right client sends, written from the providers' documents and not with our adapters. */
export function plainRequest({ keyId }: Target, wire: Wire, operation: EmulatorOperation): PlainRequest {
  const asked = operation !== 'getPublicKey'
  const proof = operation === 'verify'
  if (wire === 'ncp') {
    const body = { ...(asked && { data: MESSAGE }), ...(proof && { signature: `ncpkms:v1:${SIGNATURE}` }) }
    return { target: `/kms/v1/keys/${keyId}/${NCP_NAMES[operation]}`, body: JSON.stringify(body), headers: JSON_TYPE }
  }
  if (wire === 'aws') {
    const options = { Message: MESSAGE, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }
    const body = { KeyId: keyId, ...(asked && options), ...(proof && { Signature: SIGNATURE }) }
    const type = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${AWS_NAMES[operation]}`,
    }
    return { target: '/', body: JSON.stringify(body), headers: type }
  }
  const options = { Message: MESSAGE, MessageType: 'RAW', Algorithm: 'ECDSA_SHA_256' }
  const body = { KeyID: keyId, ...(asked && options), ...(proof && { Signature: SIGNATURE }) }
  const target = `/?Action=${VOLCENGINE_NAMES[operation]}&Version=2021-02-18`
  return { target, body: JSON.stringify(body), headers: JSON_TYPE }
}

/** Adds the proof to a request as it is, right or wrong. */
export function authenticate(target: Target, wire: Wire, plain: PlainRequest, now = Date.now()): SignedRequest {
  const host = new URL(target.url).host
  const proof = wire === 'ncp' ? ncpProof(target, plain, now) : dayKeyProof(target, wire, plain, { host, now })
  return { method: 'POST', target: plain.target, body: plain.body, headers: { host, ...plain.headers, ...proof } }
}

/** The public key of an emulated key, as SPKI DER. */
export async function fetchPublicKey(target: Target, wire: Wire): Promise<Buffer> {
  const { headers, body, ...request } = authenticate(target, wire, plainRequest(target, wire, 'getPublicKey'))
  const { host: _host, ...sent } = headers
  const answer = await fetch(`${target.url}${request.target}`, { method: 'POST', headers: sent, body })
  const text = await answer.text()
  const found = /"[pP]ublicKey"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  if (found === undefined) throw new Error(`The emulator gave no public key: ${text.slice(0, 200)}`)
  const key = JSON.parse(found) as string
  const pem = key.includes('BEGIN') ? key : `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----`
  return createPublicKey(pem).export({ type: 'spki', format: 'der' })
}

function ncpProof({ credentials }: Target, plain: PlainRequest, now: number): Readonly<Record<string, string>> {
  const text = `POST ${plain.target}\n${now}\n${credentials.accessKeyId}`
  return {
    'x-ncp-apigw-timestamp': String(now),
    'x-ncp-iam-access-key': credentials.accessKeyId,
    'x-ncp-apigw-signature-v2': hmac(credentials.secretAccessKey, text).toString('base64'),
  }
}

/** AWS Signature Version 4, and Volcengine's, which differs from it in names only. */
const DAY_KEY = {
  aws: {
    scheme: 'AWS4-HMAC-SHA256',
    end: 'aws4_request',
    before: 'AWS4',
    date: 'x-amz-date',
    token: 'x-amz-security-token',
  },
  volcengine: { scheme: 'HMAC-SHA256', end: 'request', before: '', date: 'x-date', token: 'x-security-token' },
} as const

function dayKeyProof(
  { credentials, region }: Target,
  wire: 'aws' | 'volcengine',
  plain: PlainRequest,
  { host, now }: { readonly host: string; readonly now: number },
): Readonly<Record<string, string>> {
  const names = DAY_KEY[wire]
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const own = { [names.date]: stamp, ...(sessionToken === undefined ? {} : { [names.token]: sessionToken }) }
  const covered = Object.entries({ ...plain.headers, ...own, host }).sort(([left], [right]) => (left < right ? -1 : 1))
  const list = covered.map(([name]) => name).join(';')
  const [path = '/', query = ''] = plain.target.split('?')
  const lines = covered.map(([name, value]) => `${name}:${value}\n`).join('')
  const canonical = ['POST', path, query, lines, list, sha256(plain.body)].join('\n')
  const scope = [stamp.slice(0, 8), region, 'kms', names.end]
  const text = [names.scheme, stamp, scope.join('/'), sha256(canonical)].join('\n')
  const key = scope.reduce<Buffer | string>((secret, part) => hmac(secret, part), `${names.before}${secretAccessKey}`)
  const signature = hmac(key, text).toString('hex')
  const credential = `${accessKeyId}/${scope.join('/')}`
  return {
    ...own,
    authorization: `${names.scheme} Credential=${credential}, SignedHeaders=${list}, Signature=${signature}`,
  }
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
