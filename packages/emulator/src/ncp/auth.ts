import { createHmac } from 'node:crypto'
import { equalInConstantTime } from '../encoding.ts'
import type { WireRequest } from '../message.ts'
import { authenticationRefusal } from './errors.ts'
import type { NcpSettings } from './settings.ts'

export interface NcpCredentials {
  readonly accessKey: string
  readonly secretKey: string
  /** Only the v1 signature of API 1.0 has one. */
  readonly apiGatewayKey: string
}

/** `stage` is the path stage of API 1.0; API 2.0 takes the v2 signature alone. */
export type SignatureStage = 'v1' | 'v2'

export const HEADERS = {
  timestamp: 'x-ncp-apigw-timestamp',
  accessKey: 'x-ncp-iam-access-key',
  apiGatewayKey: 'x-ncp-apigw-api-key',
  v1: 'x-ncp-apigw-signature-v1',
  v2: 'x-ncp-apigw-signature-v2',
  token: 'x-ncp-ocapi-token',
} as const

/** Account authentication of `security-kms` (2026-09-17): missing parts, time window, access key, then the MAC. */
export function checkAccountSignature(
  request: WireRequest,
  stage: SignatureStage,
  credentials: NcpCredentials,
  settings: NcpSettings,
  now: number,
): void {
  const { headers } = request
  const timestamp = headers[HEADERS.timestamp]
  const accessKey = headers[HEADERS.accessKey]
  const given = givenSignature(request, stage, settings)
  if (timestamp === undefined || accessKey === undefined || given === undefined) {
    throw authenticationRefusal(settings, 'Authentication information are missing.')
  }
  const invalid = authenticationRefusal(settings, 'Invalid authentication information.')
  if (!/^\d{1,16}$/.test(timestamp) || Math.abs(now - Number(timestamp)) >= settings.clockWindowMs) throw invalid
  const knownKey = equalInConstantTime(accessKey, credentials.accessKey)
  const gatewayKey = headers[HEADERS.apiGatewayKey] ?? ''
  const knownGatewayKey = stage === 'v2' || equalInConstantTime(gatewayKey, credentials.apiGatewayKey)
  const lines = stage === 'v1' ? [timestamp, gatewayKey, accessKey] : [timestamp, accessKey]
  const expected = accountSignature(credentials.secretKey, request.method, request.target, lines)
  if (!equalInConstantTime(given, expected) || !knownKey || !knownGatewayKey) throw invalid
}

/** Base64 of HMAC-SHA256 over `METHOD target` and the other lines, one LF between, none at the end. */
function accountSignature(secretKey: string, method: string, target: string, lines: readonly string[]): string {
  const text = [`${method} ${target}`, ...lines].join('\n')
  return createHmac('sha256', Buffer.from(secretKey, 'utf8')).update(text, 'utf8').digest('base64')
}

function givenSignature(request: WireRequest, stage: SignatureStage, settings: NcpSettings): string | undefined {
  const { headers } = request
  if (stage === 'v1') return headers[HEADERS.v1]
  return headers[HEADERS.v2] ?? (settings.signatureV1OnV2Stage ? headers[HEADERS.v1] : undefined)
}
