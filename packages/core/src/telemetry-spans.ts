import type { KmsignEvents } from './internal.ts'
import { SCOPE_NAME, type TelemetryApi, type TelemetryTracer } from './telemetry-api.ts'
import { callAttributes } from './telemetry-attributes.ts'

/** `SpanKind.CLIENT` and `SpanStatusCode.ERROR` of OpenTelemetry; both are fixed in its 1.x interface. */
const CLIENT = 2
const ERROR = 2

/** Makes one span of each finished call: a child of the span that is active where the call was made. */
export function createSpanRecorder({
  trace,
  context,
}: TelemetryApi): ((call: KmsignEvents['kmsign:call']) => void) | undefined {
  if (trace === undefined) return undefined
  const tracer: TelemetryTracer = trace.getTracer(SCOPE_NAME)
  return (call) => {
    const endTime = preciseNow()
    const span = tracer.startSpan(
      `kmsign.${call.operation}`,
      {
        kind: CLIENT,
        startTime: endTime - call.durationMs,
        attributes: { ...callAttributes(call, call), 'kmsign.attempts': call.attempts },
      },
      context?.active(),
    )
    if (call.code !== undefined) span.setStatus({ code: ERROR, message: call.code })
    span.end(endTime)
  }
}

/**
 * Milliseconds since the epoch with fractions. Held to the millisecond that `Date.now` says, by which SDKs time the spans
 * around ours: the monotonic clock drifts away from it in a process that runs for days.
 */
function preciseNow(): number {
  const wall = Date.now()
  return Math.min(Math.max(performance.timeOrigin + performance.now(), wall), wall + 0.999)
}
