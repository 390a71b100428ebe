// The parts of the OpenTelemetry API that are used, by their shape, so that no package is imported: whatever version of
// `@opentelemetry/api` 1.x the application has, it is the one that its SDK is registered with.

/** Names and values of a span or a measurement. */
export type TelemetryAttributes = Readonly<Record<string, string | number>>

interface Span {
  setStatus(status: { code: number; message?: string }): unknown
  end(endTime?: number): void
}

/** A tracer of OpenTelemetry. */
export interface TelemetryTracer {
  /** As `Tracer.startSpan` of OpenTelemetry. */
  startSpan(
    name: string,
    options?: { kind?: number; startTime?: number; attributes?: { [name: string]: string | number } },
    context?: unknown,
  ): Span
}

interface InstrumentOptions {
  description?: string
  unit?: string
  advice?: { explicitBucketBoundaries?: number[] }
}

/** A counter of OpenTelemetry. */
export interface TelemetryCounter {
  /** As `Counter.add` of OpenTelemetry. */
  add(value: number, attributes?: { [name: string]: string | number }, context?: unknown): void
}

/** A histogram of OpenTelemetry. */
export interface TelemetryHistogram {
  /** As `Histogram.record` of OpenTelemetry. */
  record(value: number, attributes?: { [name: string]: string | number }, context?: unknown): void
}

/** A meter of OpenTelemetry. */
export interface TelemetryMeter {
  /** As `Meter.createCounter` of OpenTelemetry. */
  createCounter(name: string, options?: InstrumentOptions): TelemetryCounter
  /** As `Meter.createHistogram` of OpenTelemetry. */
  createHistogram(name: string, options?: InstrumentOptions): TelemetryHistogram
}

/**
 * What the application takes from its own `@opentelemetry/api`: `trace` makes spans, `metrics` makes measurements, either
 * may be left out. `context` gives the parent of a span, `diag` hears of an SDK that throws. Providers fit as well.
 */
export interface TelemetryApi {
  /** Makes spans: one for each call and one for each attempt. */
  readonly trace?: { getTracer(name: string): TelemetryTracer } | undefined
  /** Makes measurements. */
  readonly metrics?: { getMeter(name: string): TelemetryMeter } | undefined
  /** Gives the parent of a span. Default: spans have none. */
  readonly context?: { active(): unknown } | undefined
  /** Hears of an SDK that throws. Default: nobody does. */
  readonly diag?: { error(message: string, ...details: unknown[]): void } | undefined
}

/** The instrumentation scope that spans and measurements carry. */
export const SCOPE_NAME = '@kmsign/core'
