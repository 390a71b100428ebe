import type { KmsignEvents } from './internal.ts'
import type { TelemetryAttributes } from './telemetry-api.ts'

type Call = KmsignEvents['kmsign:call']
/** Who an event is about. */
export type Subject = { readonly signer?: string | undefined; readonly provider: string }

/** The provider, the signer if it is to be named, and `error.type` (semantic conventions) where something failed. */
export function subjectAttributes({ signer, provider }: Subject, code: string | undefined): TelemetryAttributes {
  return {
    'kmsign.provider': provider,
    ...(signer === undefined ? {} : { 'kmsign.signer': signer }),
    ...(code === undefined ? {} : { 'error.type': code }),
  }
}

/** As {@link subjectAttributes}, with the operation. */
export function callAttributes(subject: Subject, { operation, code }: Call): TelemetryAttributes {
  return { ...subjectAttributes(subject, code), 'kmsign.operation': operation }
}
