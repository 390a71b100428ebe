import type { WireRequest } from '../message.ts'
import { splitTarget } from '../message.ts'
import type { SignatureStage } from './auth.ts'

export type NcpOperation =
  | 'createKey'
  | 'listKeys'
  | 'getKey'
  | 'deleteKey'
  | 'listVersions'
  | 'sign'
  | 'verify'
  | 'getPublicKey'
  | 'enableKey'
  | 'disableKey'
  | 'enableVersion'
  | 'disableVersion'
  | 'rotateKey'
  | 'requestDeletion'
  | 'cancelDeletion'
  | 'updateName'
  | 'updateMemo'
  | 'updateRotationPeriod'
  | 'enableAutoRotation'
  | 'disableAutoRotation'
  | 'createGenerator'
  | 'getGenerator'
  | 'rotateGenerator'
  | 'deleteGenerator'
  | 'issueTokens'
  | 'renewTokens'
  | 'issueAccessToken'

interface NcpRoute {
  readonly method: string
  /** Below the prefix; `{keyTag}` and `{version}` stand for one segment. */
  readonly path: string
  readonly operation: NcpOperation
  /** `crypto` also takes an access token; `refresh` takes a refresh token and nothing else. */
  readonly auth: 'account' | 'crypto' | 'refresh'
  /** Whether a key must be ENABLE. */
  readonly usable: boolean
  /** Whether the key must be RSA2048 or ECDSA. */
  readonly asymmetric: boolean
}

const plain = { auth: 'account', usable: false, asymmetric: false } as const
const crypto = { auth: 'crypto', usable: true, asymmetric: true } as const

/** API 2.0 below /kms/v1/keys, from the pages `security-kms2-*` (2026-09 and 2026-10). */
const ROUTES_2: readonly NcpRoute[] = [
  { method: 'POST', path: '', operation: 'createKey', ...plain },
  { method: 'GET', path: '', operation: 'listKeys', ...plain },
  { method: 'GET', path: '/{keyTag}', operation: 'getKey', ...plain },
  { method: 'DELETE', path: '/{keyTag}', operation: 'deleteKey', ...plain },
  { method: 'GET', path: '/{keyTag}/versions', operation: 'listVersions', ...plain },
  { method: 'POST', path: '/{keyTag}/sign', operation: 'sign', ...crypto },
  { method: 'POST', path: '/{keyTag}/verify', operation: 'verify', ...crypto },
  { method: 'POST', path: '/{keyTag}/get-pub-key', operation: 'getPublicKey', ...crypto },
  { method: 'POST', path: '/{keyTag}/enable', operation: 'enableKey', ...plain },
  { method: 'POST', path: '/{keyTag}/disable', operation: 'disableKey', ...plain },
  { method: 'POST', path: '/{keyTag}/versions/{version}/enable', operation: 'enableVersion', ...plain },
  { method: 'POST', path: '/{keyTag}/versions/{version}/disable', operation: 'disableVersion', ...plain },
  { method: 'POST', path: '/{keyTag}/rotate', operation: 'rotateKey', ...plain, usable: true },
  { method: 'POST', path: '/{keyTag}/request-deletion', operation: 'requestDeletion', ...plain },
  { method: 'POST', path: '/{keyTag}/cancel-deletion', operation: 'cancelDeletion', ...plain },
  { method: 'PUT', path: '/{keyTag}/name', operation: 'updateName', ...plain },
  { method: 'PUT', path: '/{keyTag}/memo', operation: 'updateMemo', ...plain },
  { method: 'PUT', path: '/{keyTag}/rotation-period', operation: 'updateRotationPeriod', ...plain },
  { method: 'POST', path: '/{keyTag}/enable-auto-rotation', operation: 'enableAutoRotation', ...plain },
  { method: 'POST', path: '/{keyTag}/disable-auto-rotation', operation: 'disableAutoRotation', ...plain },
  { method: 'POST', path: '/{keyTag}/token-generator', operation: 'createGenerator', ...plain },
  { method: 'GET', path: '/{keyTag}/token-generator', operation: 'getGenerator', ...plain },
  { method: 'PUT', path: '/{keyTag}/token-generator', operation: 'rotateGenerator', ...plain },
  { method: 'DELETE', path: '/{keyTag}/token-generator', operation: 'deleteGenerator', ...plain },
  { method: 'POST', path: '/{keyTag}/token-set', operation: 'issueTokens', ...plain },
  { method: 'PUT', path: '/{keyTag}/token-set', operation: 'renewTokens', ...plain, auth: 'refresh' },
  { method: 'POST', path: '/{keyTag}/access-token', operation: 'issueAccessToken', ...plain, auth: 'refresh' },
]

/** API 1.0 below /keys/v1 and /keys/v2: signing only, no tokens, no public key. */
const ROUTES_1: readonly NcpRoute[] = ROUTES_2.filter(
  ({ operation }) => operation === 'sign' || operation === 'verify',
).map((route) => ({ ...route, auth: 'account' }))

/** Each prefix is one flavour of the API: its routes, its signature and its envelope. */
const PREFIXES = [
  { prefix: '/kms/v1/keys', api: '2.0', stage: 'v2', routes: ROUTES_2 },
  { prefix: '/keys/v1', api: '1.0', stage: 'v1', routes: ROUTES_1 },
  { prefix: '/keys/v2', api: '1.0', stage: 'v2', routes: ROUTES_1 },
] as const satisfies readonly { prefix: string; api: string; stage: SignatureStage; routes: readonly NcpRoute[] }[]

export interface NcpMatch {
  readonly route: NcpRoute
  readonly api: '2.0' | '1.0'
  readonly stage: SignatureStage
  readonly keyTag: string | undefined
  readonly version: string | undefined
}

/** Finds the route of a request by its raw path; undefined for anything the gateway would not know. */
export function matchRoute(request: WireRequest): NcpMatch | undefined {
  const { path } = splitTarget(request.target)
  for (const { prefix, api, stage, routes } of PREFIXES) {
    if (path !== prefix && !path.startsWith(`${prefix}/`)) continue
    const segments = path.slice(prefix.length).split('/')
    for (const route of routes) {
      const values = route.method === request.method ? matchSegments(route.path.split('/'), segments) : undefined
      if (values) return { route, api, stage, keyTag: values['{keyTag}'], version: values['{version}'] }
    }
  }
  return undefined
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const values: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (!expected.startsWith('{')) {
      if (expected !== segment) return undefined
      continue
    }
    const value = decodeSegment(segment)
    if (value === undefined || value === '') return undefined
    values[expected] = value
  }
  return values
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
