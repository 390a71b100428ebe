import type { KmsignEvents } from './internal.ts'
import { SCOPE_NAME, type TelemetryApi, type TelemetryAttributes, type TelemetryMeter } from './telemetry-api.ts'
import { callAttributes, type Subject, subjectAttributes } from './telemetry-attributes.ts'

/** What is done with each kind of event. */
export type EventRecorders = { readonly [N in keyof KmsignEvents]: (event: KmsignEvents[N]) => void }

/** From a local check to the default timeout of a call, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 20]
const REQUESTS = [0, 1, 2, 3, 4, 6, 10]

/** Makes measurements of the events; the instruments are made here, once. */
export function createMetricRecorders(
  { metrics, context }: TelemetryApi,
  signerInMetrics: boolean,
): EventRecorders | undefined {
  const meter = metrics?.getMeter(SCOPE_NAME)
  if (meter === undefined) return undefined
  const instruments = createInstruments(meter, () => context?.active())
  const subjectOf = (event: Required<Subject>): Subject => (signerInMetrics ? event : { provider: event.provider })
  return {
    'kmsign:call': (event) => {
      const attributes = callAttributes(subjectOf(event), event)
      instruments.callDuration(event.durationMs / 1_000, attributes)
      instruments.callAttempts(event.attempts, attributes)
      if (event.code !== undefined) instruments.callErrors(1, attributes)
    },
    'kmsign:attempt': (event) => {
      const { httpStatus: status } = event
      const answered = status === undefined ? {} : { 'http.response.status_code': status }
      const attributes = { ...subjectAttributes(subjectOf(event), event.code), ...answered }
      instruments.attemptDuration(event.durationMs / 1_000, attributes)
    },
    'kmsign:credentials': (event) => {
      const code = event.failed ? 'KMS_CREDENTIALS_UNAVAILABLE' : undefined
      instruments.refreshes(1, { ...subjectAttributes(subjectOf(event), code), 'kmsign.reason': event.reason })
    },
    'kmsign:unverified': (event) => {
      instruments.unverified(1, { ...subjectAttributes(subjectOf(event), undefined), 'kmsign.reason': event.why })
    },
  }
}

function createInstruments(meter: TelemetryMeter, activeContext: () => unknown) {
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) => {
    const made = meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } })
    return (value: number, attributes: TelemetryAttributes) => made.record(value, attributes, activeContext())
  }
  const counter = (name: string, unit: string, description: string) => {
    const made = meter.createCounter(name, { unit, description })
    return (value: number, attributes: TelemetryAttributes) => made.add(value, attributes, activeContext())
  }
  return {
    callDuration: histogram('kmsign.call.duration', 's', 'Duration of calls, repeats included.', SECONDS),
    callAttempts: histogram('kmsign.call.attempts', '{request}', 'Requests sent for a call.', REQUESTS),
    callErrors: counter('kmsign.call.errors', '{call}', 'Calls that failed with an error of kmsign.'),
    attemptDuration: histogram('kmsign.attempt.duration', 's', 'Duration of single attempts.', SECONDS),
    refreshes: counter('kmsign.credentials.refreshes', '{refresh}', 'Calls of credentials functions.'),
    unverified: counter('kmsign.signatures.unverified', '{signature}', 'Signatures returned without a check.'),
  }
}
