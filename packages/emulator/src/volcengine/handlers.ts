import { randomBytes } from 'node:crypto'
import {
  type HandleContext,
  type ProviderHandlers,
  type ScriptedRefusal,
  splitTarget,
  type WireRequest,
  type WireResponse,
} from '../message.ts'
import { checkAuthorization, parseAuthorization } from './auth.ts'
import type { VolcengineCall, VolcengineService } from './call.ts'
import { decodeQuery } from './canonical-query.ts'
import * as crypto from './crypto-actions.ts'
import { chinaTime } from './describe.ts'
import { ERRORS, type VolcengineErrorCode, VolcengineRefusal } from './errors.ts'
import * as keys from './key-actions.ts'
import * as keyrings from './keyring-actions.ts'
import { readParameters } from './parameters.ts'

const VERSION = '2021-02-18'

type Action = (call: VolcengineCall) => object | undefined | Promise<object>

/** Actions by their wire name, each with the name that faults and the request log use for all providers. */
const ACTIONS: Readonly<Record<string, { readonly operation: string; readonly run: Action }>> = {
  AsymmetricSign: { operation: 'sign', run: crypto.asymmetricSign },
  AsymmetricVerify: { operation: 'verify', run: crypto.asymmetricVerify },
  GetPublicKey: { operation: 'getPublicKey', run: crypto.getPublicKey },
  CreateKey: { operation: 'createKey', run: keys.createKey },
  DescribeKey: { operation: 'getKey', run: keys.describeOneKey },
  DescribeKeys: { operation: 'listKeys', run: keys.describeKeys },
  EnableKey: { operation: 'enableKey', run: keys.enableKey },
  DisableKey: { operation: 'disableKey', run: keys.disableKey },
  ArchiveKey: { operation: 'archiveKey', run: keys.archiveKey },
  CancelArchiveKey: { operation: 'cancelArchiveKey', run: keys.cancelArchiveKey },
  ScheduleKeyDeletion: { operation: 'requestDeletion', run: keys.scheduleKeyDeletion },
  CancelKeyDeletion: { operation: 'cancelDeletion', run: keys.cancelKeyDeletion },
  UpdateKey: { operation: 'updateKey', run: keys.updateKey },
  CreateKeyring: { operation: 'createKeyring', run: keyrings.createKeyring },
  QueryKeyring: { operation: 'getKeyring', run: keyrings.queryKeyring },
  DescribeKeyrings: { operation: 'listKeyrings', run: keyrings.describeKeyrings },
  DescribeRegions: { operation: 'listRegions', run: keyrings.describeRegions },
}

/** The code of a scripted status: of several documented ones the least surprising. */
const SCRIPTED_CODES: Readonly<Record<number, VolcengineErrorCode>> = {
  400: 'InvalidParameter',
  401: 'SignatureDoesNotMatch',
  403: 'AccessDenied',
  404: 'Not Found',
  405: 'MethodNotAllowed',
  429: 'FlowLimitExceeded',
  500: 'UndefinedError',
  502: 'FailToConnect',
  503: 'ServiceUnavailableTemp',
  504: 'InternalServiceTimeout',
}

/** Volcengine's KMS 2021-02-18, request value in, response value out. */
export function createVolcengineHandlers(service: VolcengineService): ProviderHandlers {
  return {
    name: 'volcengine',
    identify(request) {
      const { Action = '' } = publicParameters(request)
      return { operation: lookUp(Action)?.operation ?? 'unknown' }
    },
    handle: (request, context) => answer(service, request, context),
    refuse: (refusal, request, context) => refuse(service, refusal, request, context),
  }
}

/** The inferred order of checks: authorization, action, permission, then the action's own. */
async function answer(service: VolcengineService, request: WireRequest, context: HandleContext): Promise<WireResponse> {
  const { now, tampering } = context
  try {
    if (splitTarget(request.target).path !== '/') throw unknownAction('', '')
    if (request.method !== 'GET' && request.method !== 'POST') {
      throw new VolcengineRefusal('MethodNotAllowed', 'The HTTP method is not allowed.')
    }
    const authorization = parseAuthorization(request)
    checkAuthorization(request, authorization, service.credentials, service.settings, now)
    const { Action, Version } = publicParameters(request)
    if (!Action || !Version) throw new VolcengineRefusal('MissingRequestInfo', 'Action or Version is missing.')
    const action = lookUp(Action)
    if (!action || Version !== VERSION) throw unknownAction(Action, Version)
    if (service.settings.deniedOperations.includes(action.operation)) throw accessDenied(Action)
    const parameters = readParameters(request, service.settings)
    const result = await action.run({ service, region: authorization.region, parameters, now, tampering })
    return respond(service, request, now, 200, result === undefined ? {} : { Result: result })
  } catch (error) {
    if (!(error instanceof VolcengineRefusal)) throw error
    return fail(service, request, now, error.code, error.message)
  }
}

function refuse(
  service: VolcengineService,
  refusal: ScriptedRefusal,
  request: WireRequest,
  { now }: HandleContext,
): WireResponse {
  const { throttleCode } = service.settings
  switch (refusal.reason) {
    case 'throttle':
      return fail(service, request, now, throttleCode, 'The request is over its limit.')
    case 'access-denied':
      return fail(service, request, now, 'AccessDenied', accessDenied('this action').message)
    case 'expired-token':
      return fail(service, request, now, 'InvalidSecretToken', 'Invalid secret token, msg: token is expired.')
    case 'echo': {
      const error = { Code: 'InvalidParameter', Message: refusal.text }
      return respond(service, request, now, refusal.status, {}, error, refusal.requestId)
    }
    case 'status': {
      // A code of another status would be read before the status.
      const code = refusal.code ?? SCRIPTED_CODES[refusal.status] ?? `Scripted${refusal.status}`
      const error = { Code: code, Message: 'Scripted failure.' }
      return respond(service, request, now, refusal.status, {}, error)
    }
  }
}

function fail(
  service: VolcengineService,
  request: WireRequest,
  now: number,
  code: VolcengineErrorCode,
  message: string,
): WireResponse {
  const { settings } = service
  const row: { readonly status: number; readonly codeN?: number } = ERRORS[code]
  const codeN = settings.codeN && row.codeN !== undefined ? { CodeN: row.codeN } : {}
  const status = code === 'InvalidTimestamp' ? settings.timestampStatus : row.status
  return respond(service, request, now, status, {}, { ...codeN, Code: code, Message: message })
}

/** The envelope of every outcome; failures before routing echo what was asked. */
function respond(
  { settings, region }: VolcengineService,
  request: WireRequest,
  now: number,
  status: number,
  result: object,
  error?: object,
  requestId = newRequestId(now),
): WireResponse {
  const { Action = '', Version = VERSION } = publicParameters(request)
  const metadata = {
    RequestId: requestId,
    Action,
    Version,
    Service: 'kms',
    Region: scopeRegion(request) ?? region,
    ...(error === undefined ? {} : { Error: error }),
  }
  const body = JSON.stringify({ ResponseMetadata: metadata, ...result })
  return { status, headers: { 'content-type': settings.contentType }, body }
}

function publicParameters(request: WireRequest): Partial<Record<'Action' | 'Version', string>> {
  return Object.fromEntries(decodeQuery(splitTarget(request.target).query))
}

function scopeRegion(request: WireRequest): string | undefined {
  return /Credential=[^/,]*\/[^/,]*\/([A-Za-z0-9-]+)\//.exec(request.headers['authorization'] ?? '')?.[1]
}

/** A timestamp of China and upper-case hex, 32 characters, like the sample. */
function newRequestId(now: number): string {
  const stamp = chinaTime(now).replace(/\D/g, '').slice(0, 14)
  return stamp + randomBytes(9).toString('hex').toUpperCase()
}

function lookUp(action: string): { readonly operation: string; readonly run: Action } | undefined {
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
}

function unknownAction(action: string, version: string): VolcengineRefusal {
  const message = `Could not find operation ${action} for version ${version}.`
  return new VolcengineRefusal('InvalidActionOrVersion', message)
}

function accessDenied(action: string): VolcengineRefusal {
  return new VolcengineRefusal('AccessDenied', `User is not authorized to perform: kms:${action}.`)
}
