import { randomUUID } from 'node:crypto'
import type { HandleContext, ProviderHandlers, ScriptedRefusal, WireRequest, WireResponse } from '../message.ts'
import type { NcpCall, NcpOperationCall, NcpService } from './call.ts'
import { CHECKS, readBody, throttleError } from './checks.ts'
import * as crypto from './crypto-operations.ts'
import {
  authenticationRefusal,
  GATEWAY_ERRORS,
  gatewayResponse,
  jsonResponse,
  NcpRefusal,
  refusalResponse,
} from './errors.ts'
import * as keys from './key-operations.ts'
import { matchRoute, type NcpOperation } from './routes.ts'
import type { NcpSettings } from './settings.ts'
import * as tokens from './token-operations.ts'

type Operation = (call: NcpOperationCall) => object | null | Promise<object>

const OPERATIONS: Readonly<Record<NcpOperation, Operation>> = {
  ...crypto,
  createKey: keys.createKey,
  listKeys: keys.listKeys,
  getKey: keys.getKey,
  deleteKey: keys.deleteKey,
  listVersions: keys.listVersions,
  enableKey: keys.enableKey,
  disableKey: keys.disableKey,
  enableVersion: keys.enableVersion,
  disableVersion: keys.disableVersion,
  rotateKey: keys.rotateKey,
  requestDeletion: keys.requestDeletion,
  cancelDeletion: keys.cancelDeletion,
  updateName: keys.updateName,
  updateMemo: keys.updateMemo,
  updateRotationPeriod: keys.updateRotationPeriod,
  enableAutoRotation: keys.enableAutoRotation,
  disableAutoRotation: keys.disableAutoRotation,
  createGenerator: tokens.createGenerator,
  getGenerator: tokens.getGenerator,
  rotateGenerator: tokens.rotateGenerator,
  deleteGenerator: tokens.deleteGenerator,
  issueTokens: tokens.issueTokens,
  renewTokens: tokens.issueTokens,
  issueAccessToken: tokens.issueAccessToken,
}

/** Documented gateway codes have three digits. */
const UNDOCUMENTED_CODES = 1_000

/** NAVER Cloud's API 1.0 and 2.0, request value in, response value out. */
export function createNcpHandlers(service: NcpService): ProviderHandlers {
  const traced = (response: WireResponse): WireResponse =>
    service.settings.traceId ? withTrace(response, randomUUID().replaceAll('-', '')) : response
  return {
    name: 'ncp',
    identify(request) {
      const match = matchRoute(request)
      return { operation: match?.route.operation ?? 'unknown', ...(match?.keyTag ? { keyId: match.keyTag } : {}) }
    },
    handle: async (request, context) => traced(await answer(service, request, context)),
    refuse: (refusal) => traced(refuse(service, refusal)),
  }
}

/** The id that a response has already stays. */
function withTrace(response: WireResponse, id: string): WireResponse {
  return { ...response, headers: { 'x-ncp-trace-id': id, ...response.headers } }
}

async function answer(service: NcpService, request: WireRequest, context: HandleContext): Promise<WireResponse> {
  const { settings } = service
  try {
    const match = matchRoute(request)
    if (!match) throw new NcpRefusal({ gateway: 'notFound' }, 'URL not found.')
    const call: NcpCall = { ...match, service, request, now: context.now, tampering: context.tampering }
    for (const [, check] of CHECKS) check(call)
    const data = await OPERATIONS[match.route.operation]({ ...call, body: readBody(call) })
    const envelope = match.api === '1.0' ? { code: 'SUCCESS', msg: '', data } : { code: 'SUCCESS', data }
    return jsonResponse(200, envelope, settings)
  } catch (error) {
    if (!(error instanceof NcpRefusal)) throw error
    return refusalResponse(error, settings)
  }
}

/**
 * A status without a documented row carries a number without one: 410, for a start, is a documented code, of another
 * status, and is read before that.
 */
function gatewayErrorOf(status: number, settings: NcpSettings): { readonly code: string; readonly message: string } {
  if (status === 429) return GATEWAY_ERRORS[throttleError(settings.throttleCode)]
  const known = Object.values(GATEWAY_ERRORS).find((error) => error.status === status)
  return known ?? { code: String(UNDOCUMENTED_CODES + status), message: 'Scripted failure' }
}

function refuse({ settings }: NcpService, refusal: ScriptedRefusal): WireResponse {
  switch (refusal.reason) {
    case 'throttle':
      return refusalResponse(new NcpRefusal({ gateway: throttleError(settings.throttleCode) }), settings)
    case 'access-denied':
      return refusalResponse(new NcpRefusal({ service: 'FORBIDDEN' }), settings)
    case 'expired-token':
      return refusalResponse(authenticationRefusal(settings, 'Invalid authentication information.'), settings)
    case 'echo': {
      const body = { code: 'INVALID_REQUEST', msg: refusal.text, data: null }
      const response = jsonResponse(refusal.status, body, settings)
      return refusal.requestId === undefined ? response : withTrace(response, refusal.requestId)
    }
    case 'status': {
      if (refusal.code !== undefined && !/^\d+$/.test(refusal.code)) {
        return jsonResponse(refusal.status, { code: refusal.code, msg: 'Scripted failure', data: null }, settings)
      }
      const { code, message } = gatewayErrorOf(refusal.status, settings)
      return gatewayResponse({ status: refusal.status, code: refusal.code ?? code, message }, settings)
    }
  }
}
