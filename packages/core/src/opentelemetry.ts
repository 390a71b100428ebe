/**
 * Spans and measurements for OpenTelemetry from the events that signers publish. The application passes its own tracer and
 * meter; nothing of OpenTelemetry is imported.
 *
 * @module @kmsign/core/opentelemetry
 */
import { type KmsignEvents, subscribe } from './internal.ts'
import type { TelemetryApi } from './telemetry-api.ts'
import { createMetricRecorders } from './telemetry-metrics.ts'
import { createSpanRecorder } from './telemetry-spans.ts'

export type {
  TelemetryApi,
  TelemetryCounter,
  TelemetryHistogram,
  TelemetryMeter,
  TelemetryTracer,
} from './telemetry-api.ts'

/** Options of {@link startTelemetry}. */
export interface TelemetryOptions {
  /**
   * Whether measurements carry `kmsign.signer`. Turn it off where signers are made without bound, such as one for each
   * tenant: every name would be a time series of its own. Spans always carry it. Default true.
   */
  readonly signerInMetrics?: boolean
}

/**
 * Makes OpenTelemetry spans and measurements of what all signers in this process do, until the function that is returned
 * is called. Start it once, after the SDK is registered: instruments that are made before go nowhere.
 *
 * - a span of kind CLIENT for each call, `kmsign.sign`, `kmsign.verify` or `kmsign.getPublicKey`, below the span that is
 *   active where the call was made, with status ERROR and the code where the call failed
 * - `kmsign.call.duration` and `kmsign.attempt.duration`, histograms in seconds
 * - `kmsign.call.attempts`, histogram of the requests sent for a call
 * - `kmsign.call.errors`, `kmsign.credentials.refreshes`, `kmsign.signatures.unverified`, counters
 *
 * Attributes: `kmsign.signer`, `kmsign.provider`, `kmsign.operation`, `kmsign.attempts` (spans), `kmsign.reason`,
 * `error.type` (the code of `KMS_ERRORS`), `http.response.status_code`. Their values come from the options and from fixed
 * lists, so their number is bounded by that of the signers; none is a secret, a message or a signature.
 *
 * What the SDK throws goes to `api.diag`, if that is given, and no further.
 *
 * @param api `trace` and `metrics`, or one of them, from the application's own `@opentelemetry/api`; `context` for the
 *   parents of spans where the providers are not the global ones
 * @returns stops it; calling it again does nothing
 * @throws TypeError when neither `trace` nor `metrics` is there, or an option is wrong.
 * @example
 * import { context, diag, metrics, trace } from '@opentelemetry/api'
 * const stop = startTelemetry({ context, diag, metrics, trace })
 */
export function startTelemetry(api: TelemetryApi, options: TelemetryOptions = {}): () => void {
  assertApi(api)
  const { signerInMetrics = true } = assertOptions(options)
  const span = createSpanRecorder(api)
  const measure = createMetricRecorders(api, signerInMetrics)
  const stops: (() => void)[] = []
  const listen = <N extends keyof KmsignEvents>(name: N, recorders: readonly Recorder<N>[]) => {
    if (recorders.length > 0) stops.push(subscribe(name, (event) => record(api, recorders, event)))
  }
  listen('kmsign:call', [span, measure?.['kmsign:call']].filter(isThere))
  listen('kmsign:attempt', [measure?.['kmsign:attempt']].filter(isThere))
  listen('kmsign:credentials', [measure?.['kmsign:credentials']].filter(isThere))
  listen('kmsign:unverified', [measure?.['kmsign:unverified']].filter(isThere))
  return () => {
    for (const stop of stops.splice(0)) stop()
  }
}

type Recorder<N extends keyof KmsignEvents> = (event: KmsignEvents[N]) => void

/** What a listener of a diagnostics channel throws ends the process: telemetry must not. */
function record<E>({ diag }: TelemetryApi, recorders: readonly ((event: E) => void)[], event: E): void {
  for (const recorder of recorders) {
    try {
      recorder(event)
    } catch (error) {
      diag?.error('kmsign: the telemetry SDK failed', error)
    }
  }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

function assertApi(api: TelemetryApi): void {
  const { trace, metrics, context } = (api ?? {}) as { [K in keyof TelemetryApi]: unknown }
  const has = (value: unknown, method: string) =>
    typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[method] === 'function'
  if (trace === undefined && metrics === undefined) {
    throw new TypeError('api must have trace or metrics of @opentelemetry/api.')
  }
  if (trace !== undefined && !has(trace, 'getTracer')) throw new TypeError('api.trace must have getTracer.')
  if (metrics !== undefined && !has(metrics, 'getMeter')) throw new TypeError('api.metrics must have getMeter.')
  if (context !== undefined && !has(context, 'active')) throw new TypeError('api.context must have active.')
}

function assertOptions(options: TelemetryOptions): TelemetryOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object.')
  const unknown = Object.keys(options).find((name) => name !== 'signerInMetrics')
  if (unknown !== undefined) throw new TypeError('options has a name that is not known; known is signerInMetrics.')
  const { signerInMetrics } = options
  if (signerInMetrics === undefined || typeof signerInMetrics === 'boolean') return options
  throw new TypeError('options.signerInMetrics must be true or false.')
}
