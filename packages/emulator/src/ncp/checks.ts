import { type JsonObject, parseJsonObject } from '../encoding.ts'
import { checkAccountSignature, HEADERS } from './auth.ts'
import { invalidRequest, invalidStatus, keyOf, type NcpCall } from './call.ts'
import { authenticationRefusal, NcpRefusal } from './errors.ts'
import { readToken, type TokenKind } from './tokens.ts'

/** The order is not documented; it is inferred, and this is the one place that knows it. */
export const CHECKS = [
  ['authentication', checkAuthentication],
  ['permission', checkPermission],
  ['rate', checkRate],
  ['key exists', checkKeyExists],
  ['key state', checkKeyState],
  ['key type', checkKeyType],
] as const satisfies readonly (readonly [string, (call: NcpCall) => void])[]

/** The body is read as JSON whatever its Content-Type says, because the documents' own examples send none. */
export function readBody(call: NcpCall): JsonObject {
  const body = parseJsonObject(call.request.body)
  if (!body) throw new NcpRefusal({ gateway: 'badRequest' }, 'The request body is not a JSON object.')
  return body
}

function checkAuthentication(call: NcpCall): void {
  const { service, request, route } = call
  const token = call.api === '2.0' ? request.headers[HEADERS.token] : undefined
  const account = request.headers[HEADERS.accessKey] !== undefined
  if (token !== undefined && account && service.settings.bothAuthHeaders === 'reject') {
    throw authenticationRefusal(service.settings, 'Invalid authentication information.')
  }
  if (token !== undefined) {
    checkToken(call, token)
    return
  }
  if (route.auth === 'refresh') throw authenticationRefusal(service.settings, 'Authentication information are missing.')
  checkAccountSignature(request, call.stage, service.credentials, service.settings, call.now)
}

/** An access token for crypto calls, a refresh token for renewing; each for one key and one generator. */
function checkToken(call: NcpCall, token: string): void {
  const { settings, keys, tokenSecret } = call.service
  const invalid = authenticationRefusal(settings, 'Invalid authentication information.')
  const wanted: TokenKind | undefined = { account: undefined, crypto: 'access', refresh: 'refresh' }[call.route.auth] as
    | TokenKind
    | undefined
  const claims = readToken(tokenSecret, token)
  if (!claims || claims.kind !== wanted || claims.keyTag !== call.keyTag) throw invalid
  if (claims.expiresAt !== undefined && call.now >= claims.expiresAt) throw invalid
  const generator = keys.find(claims.keyTag)?.generator
  if (settings.generatorRotation === 'invalidates' && generator !== claims.generation) throw invalid
}

function checkPermission(call: NcpCall): void {
  if (!call.service.settings.deniedOperations.includes(call.route.operation)) return
  throw new NcpRefusal({ service: 'FORBIDDEN' })
}

/** API 2.0 counts per key, API 1.0 over all keys. */
function checkRate(call: NcpCall): void {
  const { rates, settings } = call.service
  const scope = call.api === '2.0' ? `key ${call.keyTag ?? ''}` : 'system'
  if (rates.admit(scope, settings.ratePerSecond, call.now)) return
  throw new NcpRefusal({ gateway: throttleError(settings.throttleCode) })
}

export function throttleError(code: '410' | '420'): 'throttleLimited' | 'rateLimited' {
  return code === '410' ? 'throttleLimited' : 'rateLimited'
}

function checkKeyExists(call: NcpCall): void {
  if (call.keyTag !== undefined) keyOf(call)
}

function checkKeyState(call: NcpCall): void {
  if (!call.route.usable) return
  const { status } = keyOf(call)
  if (status !== 'ENABLE') throw invalidStatus(`the key is ${status}`)
}

function checkKeyType(call: NcpCall): void {
  if (!call.route.asymmetric) return
  const { keyType } = keyOf(call)
  if (keyType === 'AES256') throw invalidRequest(`a key of type ${keyType} cannot be used for this`)
}
