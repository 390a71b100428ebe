import type { WireResponse } from '../message.ts'
import type { NcpSettings } from './settings.ts'

/** Gateway errors, documented in full: HTTP status, code and message. */
export const GATEWAY_ERRORS = {
  badRequest: { status: 400, code: '100', message: 'Bad Request Exception' },
  authenticationFailed: { status: 401, code: '200', message: 'Authentication Failed' },
  permissionDenied: { status: 401, code: '210', message: 'Permission Denied' },
  notFound: { status: 404, code: '300', message: 'Not Found Exception' },
  quotaExceeded: { status: 429, code: '400', message: 'Quota Exceeded' },
  throttleLimited: { status: 429, code: '410', message: 'Throttle Limited' },
  rateLimited: { status: 429, code: '420', message: 'Rate Limited' },
  entityTooLarge: { status: 413, code: '430', message: 'Request Entity Too Large' },
  endpointError: { status: 503, code: '500', message: 'Endpoint Error' },
  endpointTimeout: { status: 504, code: '510', message: 'Endpoint Timeout' },
  unexpectedError: { status: 500, code: '900', message: 'Unexpected Error' },
} as const

/**
 * Errors of the key management service. FORBIDDEN, INTERNAL_SERVER_ERROR, UNPROCESSABLE_ENTITY and INVALID_REQUEST are
 * documented names with their messages. UNAUTHORIZED is cut short in the copy that could be read. NOT_FOUND and all
 * statuses are PLACEHOLDERS, not vendor values.
 */
const SERVICE_ERRORS = {
  FORBIDDEN: { status: 403, message: 'Forbidden' },
  UNAUTHORIZED: { status: 401, message: 'Unauthorized' },
  NOT_FOUND: { status: 404, message: 'Not found' },
  UNPROCESSABLE_ENTITY: { status: 422, message: 'Invalid status' },
  INVALID_REQUEST: { status: 400, message: 'Invalid request' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Server internal error' },
} as const

export type GatewayError = keyof typeof GATEWAY_ERRORS
export type ServiceError = keyof typeof SERVICE_ERRORS

/** Thrown by a check, turned into an answer in one place. */
export class NcpRefusal extends Error {
  readonly gateway: GatewayError | undefined
  readonly service: ServiceError | undefined

  constructor(error: { gateway: GatewayError } | { service: ServiceError }, details = '') {
    super(details)
    this.gateway = 'gateway' in error ? error.gateway : undefined
    this.service = 'service' in error ? error.service : undefined
  }
}

/** Missing or wrong credentials; the shape on API 2.0 hosts is not documented. */
export function authenticationRefusal(settings: NcpSettings, details: string): NcpRefusal {
  return settings.authErrorShape === 'gateway'
    ? new NcpRefusal({ gateway: 'authenticationFailed' }, details)
    : new NcpRefusal({ service: 'UNAUTHORIZED' }, details)
}

export function refusalResponse(refusal: NcpRefusal, settings: NcpSettings): WireResponse {
  if (refusal.gateway) return gatewayResponse(GATEWAY_ERRORS[refusal.gateway], settings, refusal.message)
  const code = refusal.service ?? 'INTERNAL_SERVER_ERROR'
  const { status, message } = SERVICE_ERRORS[code]
  const msg = refusal.message === '' ? message : `${message}: ${refusal.message}`
  const shown = settings.serviceErrorStatus === '200' ? 200 : status
  return jsonResponse(shown, { code, msg, data: null }, settings)
}

export function gatewayResponse(
  error: { readonly status: number; readonly code: string; readonly message: string },
  settings: NcpSettings,
  details = '',
): WireResponse {
  const errorCode = settings.errorCodeType === 'number' ? Number(error.code) : error.code
  const body = { error: { errorCode, message: error.message, ...(details === '' ? {} : { details }) } }
  return jsonResponse(error.status, body, settings)
}

export function jsonResponse(status: number, body: unknown, settings: NcpSettings): WireResponse {
  return { status, headers: { 'content-type': settings.contentType }, body: JSON.stringify(body) }
}
