import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { Received } from './raw-server.ts'

/** The three protocols. */
export type Wire = 'ncp' | 'volcengine' | 'aws'
export type Operation = 'sign' | 'verify' | 'getPublicKey' | 'other'

/** A key management service with one real P-256 key, in whichever of the three protocols it is asked. */
export interface Backend {
  /** SPKI DER. */
  readonly spki: Buffer
  /** Signatures that it gave, as text: no error may show one. */
  readonly given: Set<string>
  /** The JSON of the right answer; `spoil` may change the signature on its way into it. */
  answer(request: Received, spoil?: (signature: string) => unknown): string
}

/** The most frequent length of a P-256 signature in DER: 70, 71 and 72 bytes all give 96 base64 characters. */
const STEADY_BYTES = 71

/**
 * `remember`: keeps the signatures it gave; a long run asks for nothing. `steady`: gives signatures of one length only,
 * so that what a seed spoils lies at the same place in the next run.
 */
export function createBackend({ remember = true, steady = false } = {}): Backend {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const given = new Set<string>()
  return {
    spki,
    given,
    answer(request, spoil = (signature) => signature) {
      const wire = wireOf(request)
      const operation = operationOf(request)
      if (operation === 'getPublicKey') return KEY_ANSWERS[wire](request, { spki, pem })
      if (operation === 'verify') return VERDICTS[wire](request, true)
      const message = messageOf(request)
      let made = sign('sha256', message, privateKey)
      while (steady && made.length !== STEADY_BYTES) made = sign('sha256', message, privateKey)
      const text = made.toString('base64')
      if (remember) given.add(text)
      return SIGN_ANSWERS[wire](request, spoil(text))
    },
  }
}

export function wireOf({ target, headers }: Received): Wire {
  if (target.startsWith('/kms/v1/')) return 'ncp'
  return headers['x-amz-target'] === undefined ? 'volcengine' : 'aws'
}

export function operationOf(request: Received): Operation {
  const text = `${request.target} ${request.headers['x-amz-target'] ?? ''}`
  if (/\/sign |Action=AsymmetricSign|TrentService\.Sign/.test(text)) return 'sign'
  if (/\/verify |Action=AsymmetricVerify|TrentService\.Verify/.test(text)) return 'verify'
  return /get-pub-key|Action=GetPublicKey|TrentService\.GetPublicKey/.test(text) ? 'getPublicKey' : 'other'
}

/** The bytes that a request asks to sign. */
export function messageOf({ body }: Received): Buffer {
  const { data, Message } = parse(body)
  return Buffer.from(String(data ?? Message ?? ''), 'base64')
}

/** The metadata that every Volcengine answer carries. */
export function metadata(error?: object): object {
  const call = { RequestId: '20250101000000000000000000000001', Action: 'AsymmetricSign', Version: '2021-02-18' }
  return { ...call, Service: 'kms', Region: 'cn-beijing', ...(error && { Error: error }) }
}

type Answers<T> = Readonly<Record<Wire, (request: Received, content: T) => string>>

const SIGN_ANSWERS: Answers<unknown> = {
  ncp: (_request, signature) => {
    const text = typeof signature === 'string' && signature !== '' ? `ncpkms:v1:${signature}` : signature
    return JSON.stringify({ code: 'SUCCESS', data: { signature: text } })
  },
  volcengine: (request, signature) =>
    JSON.stringify({ ResponseMetadata: metadata(), Result: { KeyID: volcengineKey(request), Signature: signature } }),
  aws: (request, signature) =>
    JSON.stringify({ KeyId: arn(request), Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' }),
}

const KEY_ANSWERS: Answers<{ readonly spki: Buffer; readonly pem: string }> = {
  ncp: (_request, { pem }) => JSON.stringify({ code: 'SUCCESS', data: { publicKey: pem } }),
  volcengine: (request, { pem }) =>
    JSON.stringify({ ResponseMetadata: metadata(), Result: { KeyID: volcengineKey(request), PublicKey: pem } }),
  aws: (request, { spki }) =>
    JSON.stringify({
      KeyId: arn(request),
      PublicKey: spki.toString('base64'),
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    }),
}

const VERDICTS: Answers<boolean> = {
  ncp: (_request, valid) => JSON.stringify({ code: 'SUCCESS', data: { valid } }),
  volcengine: (request, valid) =>
    JSON.stringify({ ResponseMetadata: metadata(), Result: { KeyID: volcengineKey(request), SignatureValid: valid } }),
  aws: (request, valid) =>
    JSON.stringify({ KeyId: arn(request), SignatureValid: valid, SigningAlgorithm: 'ECDSA_SHA_256' }),
}

function volcengineKey({ body, target }: Received): string {
  return String(parse(body)['KeyID'] ?? new URLSearchParams(target.split('?')[1]).get('KeyID') ?? '')
}

function arn({ body }: Received): string {
  return `arn:aws:kms:us-east-1:111122223333:key/${String(parse(body)['KeyId'] ?? '')}`
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** A short name for any bytes. */
export function fingerprint(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
