import { createHmac, randomUUID } from 'node:crypto'
import { equalInConstantTime, parseJsonObject } from '../encoding.ts'

export type TokenKind = 'access' | 'refresh'

export interface TokenClaims {
  readonly kind: TokenKind
  readonly keyTag: string
  /** The token generator's generation; rotating the generator raises it. */
  readonly generation: number
  /** Milliseconds; absent for a token without end. */
  readonly expiresAt?: number
}

const HEADER = encode({ alg: 'HS256', typ: 'JWT' })
const HOUR_MS = 3_600_000
export const DEFAULT_HOURS: Readonly<Record<TokenKind, number>> = { access: 72, refresh: 2160 }
const MAX_HOURS = 17_520

/** A JWT whose claims are ours: the documents say JWT, and nothing about what is in it. */
export function issueToken(secret: string, claims: TokenClaims): string {
  const signed = `${HEADER}.${encode({ ...claims, jti: randomUUID() })}`
  return `${signed}.${seal(secret, signed)}`
}

/** The claims of a token that we made, whatever its time, or undefined. */
export function readToken(secret: string, token: string): TokenClaims | undefined {
  const [header = '', claims = '', signature = '', ...rest] = token.split('.')
  if (rest.length > 0 || !equalInConstantTime(signature, seal(secret, `${header}.${claims}`))) return undefined
  return parseJsonObject(Buffer.from(claims, 'base64url')) as unknown as TokenClaims
}

/** Hours as documented: 1 to 17,520, integer or string, `UL` for no end; undefined when none of these. */
export function parseTokenHours(value: unknown, kind: TokenKind): number | 'UL' | undefined {
  if (value === undefined || value === null) return DEFAULT_HOURS[kind]
  if (value === 'UL') return 'UL'
  const hours = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(hours) && Number(hours) >= 1 && Number(hours) <= MAX_HOURS ? Number(hours) : undefined
}

export function expiry(hours: number | 'UL', now: number): { readonly expiresAt?: number } {
  return hours === 'UL' ? {} : { expiresAt: now + hours * HOUR_MS }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function seal(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}
