/** Every documented code with its HTTP status, and the number where a vendor table lists one. */
export const ERRORS = {
  // AsymmetricSign and the other KMS pages.
  MissingParameter: { status: 400, codeN: 100002 },
  InvalidParameter: { status: 400 },
  InvalidKeyStatus: { status: 400 },
  InvalidKeyUsage: { status: 400 },
  'Reject.Throttling.CMK': { status: 403 },
  'Reject.Throttling.Action': { status: 403 },
  KeyMaterialExpire: { status: 403 },
  KMS_ServiceNotOpen: { status: 403 },
  'Not Found': { status: 404 },
  UndefinedError: { status: 500, codeN: 100001 },
  // The gateway's public codes.
  MissingAuthenticationToken: { status: 401, codeN: 100003 },
  MissingRequestInfo: { status: 400, codeN: 100004 },
  MissingSignature: { status: 401, codeN: 100005 },
  InvalidTimestamp: { status: 400, codeN: 100006 },
  ServiceNotFound: { status: 404, codeN: 100007 },
  InvalidActionOrVersion: { status: 404, codeN: 100008 },
  InvalidAccessKey: { status: 401, codeN: 100009 },
  SignatureDoesNotMatch: { status: 401, codeN: 100010 },
  LackPolicy: { status: 403, codeN: 100012 },
  AccessDenied: { status: 403, codeN: 100013 },
  InternalError: { status: 500, codeN: 100014 },
  FailToConnect: { status: 502, codeN: 100015 },
  InternalServiceTimeout: { status: 504, codeN: 100016 },
  FlowLimitExceeded: { status: 429, codeN: 100018 },
  ServiceUnavailableTemp: { status: 503, codeN: 100019 },
  MethodNotAllowed: { status: 405, codeN: 100020 },
  InvalidAuthorization: { status: 400 },
  InvalidCredential: { status: 400 },
  InvalidSecretToken: { status: 401 },
} as const satisfies Record<string, { status: number; codeN?: number }>

export type VolcengineErrorCode = keyof typeof ERRORS

/** Thrown by a check, turned into an answer in one place. */
export class VolcengineRefusal extends Error {
  readonly code: VolcengineErrorCode

  constructor(code: VolcengineErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export function missingParameter(name: string): VolcengineRefusal {
  return new VolcengineRefusal('MissingParameter', `The request is missing ${name} parameter.`)
}

export function invalidParameter(name: string): VolcengineRefusal {
  return new VolcengineRefusal('InvalidParameter', `The specified parameter ${name} is invalid.`)
}

export function notFound(type: string, identifier: string): VolcengineRefusal {
  return new VolcengineRefusal('Not Found', `The specified ${type} ${identifier} is not found.`)
}
