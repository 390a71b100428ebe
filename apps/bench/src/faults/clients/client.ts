import type { Wire } from '../server/backend.ts'

/** The clients that are measured; ours first. */
export const CLIENTS = {
  'kmsign ncp': { wire: 'ncp', ours: true },
  'kmsign volcengine': { wire: 'volcengine', ours: true },
  'kmsign aws': { wire: 'aws', ours: true },
  '@volcengine/openapi': { wire: 'volcengine', ours: false },
  '@volcengine/sdk-core': { wire: 'volcengine', ours: false },
  '@aws-sdk/client-kms': { wire: 'aws', ours: false },
  'undici request': { wire: 'volcengine', ours: false },
  'global fetch': { wire: 'volcengine', ours: false },
} as const satisfies Readonly<Record<string, { readonly wire: Wire; readonly ours: boolean }>>

export type ClientName = keyof typeof CLIENTS
export type OurClient = 'kmsign ncp' | 'kmsign volcengine' | 'kmsign aws'

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[]
export const OUR_CLIENTS = CLIENT_NAMES.filter(isOurs)

export function isOurs(name: ClientName): name is OurClient {
  return CLIENTS[name].ours
}

/** Where a client sends its requests, and what it signs them with. */
export interface Target {
  readonly url: string
  readonly keyId: string
  readonly region: string
  readonly credentials: Credentials
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** One client with its own defaults. */
export interface MeasuredClient {
  /** Signs with ECDSA P-256; whatever the client takes for a signature is handed on as it is. */
  sign(message: Uint8Array): Promise<unknown>
  close(): Promise<void>
}

/** Long and unmistakable, so that a piece of them is found wherever it shows. */
export const MARKED_CREDENTIALS: Credentials = Object.freeze({
  accessKeyId: 'AKIAMARKERMARKER0000',
  secretAccessKey: 'SECRETMARKERsecretSECRETMARKERsecret0000',
  sessionToken: 'TOKENMARKERtokenTOKENMARKERtoken',
})

export const MARKED_MESSAGE = Buffer.from('MESSAGEMARKERmessageMESSAGEMARKE', 'latin1')

/** A key of the raw server, which takes every name. */
export function rawTarget(url: string, keyId = '39a0e7c6-b7dd-4c83-b400-3449bb95403a'): Target {
  return { url, keyId, region: 'us-east-1', credentials: MARKED_CREDENTIALS }
}
