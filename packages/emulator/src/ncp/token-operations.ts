import { invalidRequest, invalidStatus, keyOf, type NcpOperationCall } from './call.ts'
import type { NcpKey } from './keys.ts'
import { expiry, issueToken, parseTokenHours, type TokenKind } from './tokens.ts'

export function createGenerator(call: NcpOperationCall): null {
  const key = keyOf(call)
  if (key.generator !== undefined) throw invalidStatus('there is a token generator already')
  return renewGenerator(call, key)
}

export function getGenerator(call: NcpOperationCall): object {
  const key = withGenerator(call)
  return { keyTag: key.keyTag, version: key.generator }
}

export function rotateGenerator(call: NcpOperationCall): null {
  return renewGenerator(call, withGenerator(call))
}

export function deleteGenerator(call: NcpOperationCall): null {
  const key = withGenerator(call)
  key.generator = undefined
  call.service.keys.save(key)
  return null
}

/** POST and PUT token-set: both tokens are new, and the old ones stay good. */
export function issueTokens(call: NcpOperationCall): object {
  const key = withGenerator(call)
  return { refreshToken: newToken(call, key, 'refresh'), accessToken: newToken(call, key, 'access') }
}

export function issueAccessToken(call: NcpOperationCall): object {
  return { accessToken: newToken(call, withGenerator(call), 'access') }
}

function newToken(call: NcpOperationCall, key: NcpKey, kind: TokenKind): string {
  const field = `${kind}TokenHours`
  const hours = parseTokenHours(call.body[field], kind)
  if (hours === undefined) throw invalidRequest(`${field} must be 1 to 17520 or UL`)
  const { keyTag, lastGeneration: generation } = key
  return issueToken(call.service.tokenSecret, { kind, keyTag, generation, ...expiry(hours, call.now) })
}

function renewGenerator(call: NcpOperationCall, key: NcpKey): null {
  key.lastGeneration += 1
  key.generator = key.lastGeneration
  call.service.keys.save(key)
  return null
}

function withGenerator(call: NcpOperationCall): NcpKey {
  const key = keyOf(call)
  if (key.generator === undefined) throw invalidStatus('there is no token generator')
  return key
}
