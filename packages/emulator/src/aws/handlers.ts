import { randomUUID } from 'node:crypto'
import { parseJsonObject } from '../encoding.ts'
import type { HandleContext, ProviderHandlers, ScriptedRefusal, WireRequest, WireResponse } from '../message.ts'
import { checkSignature } from './auth.ts'
import type { AwsCall, AwsService } from './call.ts'
import * as crypto from './crypto-operations.ts'
import { AwsRefusal, ERRORS } from './errors.ts'
import * as keys from './key-operations.ts'

type Operation = (call: AwsCall) => object | undefined | Promise<object>

/** Operations by their wire name, each with the name that faults and the request log use for all providers. */
const OPERATIONS: Readonly<Record<string, { readonly operation: string; readonly run: Operation }>> = {
  Sign: { operation: 'sign', run: crypto.sign },
  Verify: { operation: 'verify', run: crypto.verify },
  GetPublicKey: { operation: 'getPublicKey', run: crypto.getPublicKey },
  CreateKey: { operation: 'createKey', run: keys.createKey },
  CreateAlias: { operation: 'createAlias', run: keys.createAlias },
  DescribeKey: { operation: 'getKey', run: keys.describeKey },
  ListKeys: { operation: 'listKeys', run: keys.listKeys },
  EnableKey: { operation: 'enableKey', run: keys.enableKey },
  DisableKey: { operation: 'disableKey', run: keys.disableKey },
  ScheduleKeyDeletion: { operation: 'requestDeletion', run: keys.scheduleKeyDeletion },
  CancelKeyDeletion: { operation: 'cancelDeletion', run: keys.cancelKeyDeletion },
}

/** What a scripted status is called when the script names nothing. */
const SCRIPTED_NAMES: Readonly<Record<number, string>> = {
  403: 'AccessDeniedException',
  429: 'ThrottlingException',
  500: 'KMSInternalException',
  503: 'ServiceUnavailableException',
}

/** AWS KMS over JSON 1.1, request value in, response value out. */
export function createAwsHandlers(service: AwsService): ProviderHandlers {
  return {
    name: 'aws',
    identify: (request) => ({ operation: lookUp(request)?.operation ?? 'unknown' }),
    handle: (request, context) => answer(service, request, context),
    refuse,
  }
}

async function answer(
  service: AwsService,
  request: WireRequest,
  { now, tampering }: HandleContext,
): Promise<WireResponse> {
  try {
    checkSignature(request, service.credentials, service.region, service.settings, now)
    const found = lookUp(request)
    if (!found || request.method !== 'POST') throw new AwsRefusal('UnknownOperationException')
    if (service.settings.deniedOperations.includes(found.operation)) {
      throw new AwsRefusal('AccessDeniedException', 'User is not authorized to perform this action')
    }
    const input = parseJsonObject(request.body)
    if (!input) throw new AwsRefusal('SerializationException', 'The body is not a JSON object.')
    const result = await found.run({ service, input, now, tampering })
    return respond(200, result)
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error
    return fail(ERRORS[error.type], error.type, error.message)
  }
}

function refuse(refusal: ScriptedRefusal): WireResponse {
  switch (refusal.reason) {
    case 'throttle':
      return fail(400, 'ThrottlingException', 'Rate exceeded')
    case 'access-denied':
      return fail(400, 'AccessDeniedException', 'User is not authorized to perform this action')
    case 'expired-token':
      return fail(400, 'ExpiredTokenException', 'The security token included in the request is expired')
    case 'echo': {
      const { status, headers, body } = fail(refusal.status, 'ValidationException', refusal.text)
      const id = refusal.requestId === undefined ? {} : { 'x-amzn-requestid': refusal.requestId }
      return { status, headers: { ...headers, ...id }, body }
    }
    case 'status':
      return fail(
        refusal.status,
        // A name of another status would be read before the status.
        refusal.code ?? SCRIPTED_NAMES[refusal.status] ?? `Scripted${refusal.status}`,
        'Scripted failure',
      )
  }
}

function fail(status: number, type: string, message: string): WireResponse {
  return respond(status, { __type: type, message })
}

/** Operations without a result answer with an empty body. */
function respond(status: number, body: object | undefined): WireResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() }
  return { status, headers, body: body === undefined ? '' : JSON.stringify(body) }
}

function lookUp(request: WireRequest): { readonly operation: string; readonly run: Operation } | undefined {
  const name = (request.headers['x-amz-target'] ?? '').replace(/^TrentService\./, '')
  return Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined
}
