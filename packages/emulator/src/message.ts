/** The values that travel between the one file with sockets and the pure handlers. */
export type ProviderName = 'ncp' | 'volcengine' | 'aws'

/** A request as it came off the wire: nothing decoded, nothing normalised, because request signatures cover raw bytes. */
export interface WireRequest {
  readonly method: string
  /** The request target exactly as sent: path and query, percent-encoding untouched. */
  readonly target: string
  /** Names in lower case. Repeated headers are joined with a comma and a space. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Ways in which a scripted fault spoils a signature from the inside, where the answer alone could not be changed. */
export type Tampering = 'wrong-key-id' | 'corrupt-signature' | 'swap-signature' | 'double-hash'

export interface HandleContext {
  /** The emulator's clock for this request, in milliseconds. */
  readonly now: number
  readonly tampering?: Tampering | undefined
}

/** What a request asks for, known before anything is checked. */
export interface Identity {
  readonly operation: string
  readonly keyId?: string
}

/** Refusals that the fault script can ask every provider for, in the provider's own words. */
export type ScriptedRefusal =
  | { readonly reason: 'throttle' | 'expired-token' | 'access-denied' }
  | { readonly reason: 'status'; readonly status: number; readonly code?: string | undefined }
  /** An ordinary refusal of a parameter, with parts of the request for its words and its request id. */
  | { readonly reason: 'echo'; readonly status: number; readonly text: string; readonly requestId: string | undefined }

/** One emulated provider: pure functions from a request to a response. */
export interface ProviderHandlers {
  readonly name: ProviderName
  identify(request: WireRequest): Identity
  handle(request: WireRequest, context: HandleContext): Promise<WireResponse>
  refuse(refusal: ScriptedRefusal, request: WireRequest, context: HandleContext): WireResponse
}

/** The path before the question mark and the raw query after it. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}
