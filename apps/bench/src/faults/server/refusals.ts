import { metadata, type Wire } from './backend.ts'

export type RefusalKind = 'internal' | 'throttled' | 'unavailable' | 'key-state' | 'denied' | 'clock'

/** The provider's own code for each refusal. */
const CODES = {
  ncp: {
    internal: '900',
    throttled: '420',
    unavailable: '500',
    'key-state': 'UNPROCESSABLE_ENTITY',
    denied: '210',
    clock: '200',
  },
  volcengine: {
    internal: 'InternalError',
    throttled: 'FlowLimitExceeded',
    unavailable: 'ServiceUnavailableTemp',
    'key-state': 'InvalidKeyStatus',
    denied: 'AccessDenied',
    clock: 'InvalidTimestamp',
  },
  aws: {
    internal: 'KMSInternalException',
    throttled: 'ThrottlingException',
    unavailable: 'ServiceUnavailableException',
    'key-state': 'KMSInvalidStateException',
    denied: 'AccessDeniedException',
    clock: 'InvalidSignatureException',
  },
} as const satisfies Record<Wire, Record<RefusalKind, string>>

const WORDS: Readonly<Record<RefusalKind, string>> = {
  internal: 'internal error',
  throttled: 'slow down',
  unavailable: 'try later',
  'key-state': 'the key is disabled',
  denied: 'not allowed',
  clock: 'Signature expired: 20240101T000000Z is now earlier than the time of the service',
}

/** The body of a refusal in the provider's shape. */
export function refusalBody(wire: Wire, kind: RefusalKind): string {
  const [code, message] = [CODES[wire][kind], WORDS[kind]]
  if (wire === 'aws') return JSON.stringify({ __type: code, message })
  if (wire === 'volcengine')
    return JSON.stringify({ ResponseMetadata: metadata({ CodeN: 100, Code: code, Message: message }) })
  if (/^\d+$/.test(code)) return JSON.stringify({ error: { errorCode: code, message, details: message } })
  return JSON.stringify({ code, msg: message })
}
