import { channel } from 'node:diagnostics_channel'
import { createSigner } from '@kmsign/core/driver'
import { startTelemetry, type TelemetryApi } from '@kmsign/core/opentelemetry'
import { createTestSigner } from '@kmsign/core/testing'
import * as everything from '@opentelemetry/api'
import { context, diag, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hang, scriptedDriver, succeed } from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const CHANNELS = ['kmsign:call', 'kmsign:attempt', 'kmsign:credentials', 'kmsign:unverified']
const milliseconds = ([seconds, nanoseconds]: [number, number]) => seconds * 1_000 + nanoseconds / 1e6

const spans = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const measured = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 })
const meterProvider = new MeterProvider({ readers: [reader] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(tracerProvider)
metrics.setGlobalMeterProvider(meterProvider)
afterAll(async () => {
  await meterProvider.shutdown()
  await tracerProvider.shutdown()
})

const running: (() => void)[] = []
const start = (...given: Parameters<typeof startTelemetry>) => {
  const stop = startTelemetry(...given)
  running.push(stop)
  return stop
}
beforeEach(async () => {
  spans.reset()
  await reader.forceFlush()
  measured.reset()
})
afterEach(() => {
  for (const stop of running.splice(0)) stop()
})

/** What was measured since the test began: `{ name: [{ attributes, value }] }`. */
async function measurements() {
  await reader.forceFlush()
  const found = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  return Object.fromEntries(
    found.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.map(({ attributes, value }) => ({ attributes, value: value as number | Histogram })),
    ]),
  )
}

describe('a span', () => {
  it('is made of each call, with its times', async () => {
    start({ trace, context })
    const before = Date.now()
    await createTestSigner({ name: 'mine' }).sign(MESSAGE)
    const after = Date.now()
    const [span, ...more] = spans.getFinishedSpans()
    expect(more).toEqual([])
    expect(span).toMatchObject({
      name: 'kmsign.sign',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      instrumentationScope: { name: '@kmsign/core' },
    })
    expect(span?.attributes).toEqual({
      'kmsign.signer': 'mine',
      'kmsign.provider': 'local',
      'kmsign.operation': 'sign',
      // The public key beside it is not counted.
      'kmsign.attempts': 1,
    })
    const [begin, end] = [milliseconds(span?.startTime ?? [0, 0]), milliseconds(span?.endTime ?? [0, 0])]
    expect(begin).toBeGreaterThanOrEqual(before - 1)
    expect(end).toBeLessThanOrEqual(after + 1)
    expect(begin).toBeLessThan(end)
  })

  it('lasts as long as the call did', async () => {
    start({ trace })
    const slow = scriptedDriver([
      async (attempt, request) => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        return succeed(attempt, request)
      },
    ])
    await createSigner(slow, 'ECDSA_SHA_256', { credentials: { token: 't' } }).sign(MESSAGE)
    const duration = milliseconds(spans.getFinishedSpans()[0]?.duration ?? [0, 0])
    expect(duration).toBeGreaterThan(55)
    expect(duration).toBeLessThan(2_000)
  })

  it.each([{}, { context }])('is a child of the span around the call, each of its own (%#)', async (more) => {
    start({ trace, ...more })
    const signer = createTestSigner()
    const tracer = trace.getTracer('application')
    const parents = await Promise.all(
      [0, 1, 2].map((index) =>
        tracer.startActiveSpan(`request ${index}`, async (parent) => {
          await signer.sign(MESSAGE)
          parent.end()
          return parent.spanContext()
        }),
      ),
    )
    const ours = spans.getFinishedSpans().filter(({ name }) => name === 'kmsign.sign')
    const above = ours.map((span) => `${span.spanContext().traceId} ${span.parentSpanContext?.spanId}`)
    expect(new Set(above)).toEqual(new Set(parents.map(({ traceId, spanId }) => `${traceId} ${spanId}`)))
    expect(above).toHaveLength(3)
  })

  it('of a failed call has status ERROR and the code', async () => {
    start({ trace })
    const signer = createTestSigner({ fail: ['KMS_UNAVAILABLE', 'KMS_KEY_STATE'] })
    await expect(signer.sign(MESSAGE)).rejects.toThrow()
    const [span] = spans.getFinishedSpans()
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'KMS_KEY_STATE' })
    expect(span?.attributes).toMatchObject({ 'error.type': 'KMS_KEY_STATE' })
  })

  it('of a call that the caller ended has no status', async () => {
    start({ trace })
    const signer = createSigner(scriptedDriver([hang()]), 'ECDSA_SHA_256', { credentials: { token: 't' } })
    await expect(signer.sign(MESSAGE, { signal: AbortSignal.timeout(10) })).rejects.toThrow()
    expect(spans.getFinishedSpans()[0]?.status).toEqual({ code: SpanStatusCode.UNSET })
  })

  it('is made of verify and getPublicKey too', async () => {
    start({ trace })
    const signer = createTestSigner()
    await signer.getPublicKey()
    await signer.verify(MESSAGE, new Uint8Array(3))
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['kmsign.getPublicKey', 'kmsign.verify'])
  })
})

describe('measurements', () => {
  it('are durations, requests and errors of calls, and durations of attempts', async () => {
    start({ metrics })
    const signer = createTestSigner({ name: 'mine', fail: ['KMS_UNAVAILABLE', undefined, 'KMS_KEY_STATE'] })
    await signer.sign(MESSAGE)
    await expect(signer.sign(MESSAGE)).rejects.toThrow()
    const found = await measurements()
    const subject = { 'kmsign.signer': 'mine', 'kmsign.provider': 'local' }
    const good = { ...subject, 'kmsign.operation': 'sign' }
    const bad = { ...good, 'error.type': 'KMS_KEY_STATE' }
    expect(found['kmsign.call.duration']).toMatchObject([
      { attributes: good, value: { count: 1 } },
      { attributes: bad, value: { count: 1 } },
    ])
    expect(found['kmsign.call.attempts']).toMatchObject([
      { attributes: good, value: { count: 1, sum: 2 } },
      { attributes: bad, value: { count: 1, sum: 1 } },
    ])
    expect(found['kmsign.call.errors']).toEqual([{ attributes: bad, value: 1 }])
    expect(found['kmsign.attempt.duration']?.map(({ attributes }) => attributes['error.type'])).toEqual(
      expect.arrayContaining(['KMS_UNAVAILABLE', undefined, 'KMS_KEY_STATE']),
    )
  })

  it('are in seconds', async () => {
    start({ metrics })
    await createTestSigner().sign(MESSAGE)
    await reader.forceFlush()
    const [duration] = measured
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .filter(({ descriptor }) => descriptor.name === 'kmsign.call.duration')
    const point = duration?.dataPoints[0]?.value as Histogram | undefined
    expect(duration?.descriptor.unit).toBe('s')
    expect(point?.buckets.boundaries.at(-1)).toBe(20)
    expect(point?.sum).toBeGreaterThan(0)
    expect(point?.sum).toBeLessThan(2)
  })

  it('count unverified signatures with the reason', async () => {
    start({ metrics })
    await createTestSigner({ name: 'mine', capabilities: { publicKey: false } }).sign(MESSAGE)
    expect((await measurements())['kmsign.signatures.unverified']).toEqual([
      {
        attributes: { 'kmsign.signer': 'mine', 'kmsign.provider': 'local', 'kmsign.reason': 'KMS_UNSUPPORTED' },
        value: 1,
      },
    ])
  })

  it('count credential refreshes, failed ones apart, and hold no secret', async () => {
    start({ metrics, trace })
    let calls = 0
    const credentials = async () => {
      calls += 1
      if (calls === 1) throw new Error('CANARY')
      return { token: 'CANARY' }
    }
    await createSigner(scriptedDriver([succeed]), 'ECDSA_SHA_256', { credentials }).sign(MESSAGE)
    const found = await measurements()
    expect(found['kmsign.credentials.refreshes']).toMatchObject([
      { attributes: { 'kmsign.reason': 'first', 'error.type': 'KMS_CREDENTIALS_UNAVAILABLE' }, value: 1 },
      { attributes: { 'kmsign.reason': 'first' }, value: 1 },
    ])
    const recorded = spans.getFinishedSpans().map(({ name, attributes, status }) => ({ name, attributes, status }))
    expect(JSON.stringify([found, recorded])).not.toContain('CANARY')
  })

  it('carry the HTTP status of refused attempts', async () => {
    start({ metrics })
    const refuse = async () => {
      throw { mapped: { code: 'KMS_KEY_NOT_FOUND', phase: 'response', httpStatus: 404 } }
    }
    const signer = createSigner(scriptedDriver([refuse]), 'ECDSA_SHA_256', {
      credentials: { token: 't' },
      integrity: 'off',
    })
    await expect(signer.sign(MESSAGE)).rejects.toThrow()
    expect((await measurements())['kmsign.attempt.duration']?.[0]?.attributes).toMatchObject({
      'error.type': 'KMS_KEY_NOT_FOUND',
      'http.response.status_code': 404,
    })
  })

  it('name no signer where that would be without bound; spans do', async () => {
    start({ metrics, trace }, { signerInMetrics: false })
    await createTestSigner({ name: 'tenant 1', capabilities: { publicKey: false } }).sign(MESSAGE)
    await createTestSigner({ name: 'tenant 2', capabilities: { publicKey: false } }).sign(MESSAGE)
    const found = await measurements()
    expect(JSON.stringify(found)).not.toContain('tenant')
    expect(found['kmsign.call.duration']).toHaveLength(1)
    expect(spans.getFinishedSpans().map(({ attributes }) => attributes['kmsign.signer'])).toEqual([
      'tenant 1',
      'tenant 2',
    ])
  })
})

describe('listening', () => {
  const listened = () => CHANNELS.filter((name) => channel(name).hasSubscribers)

  it('begins with the start and ends with the stop, which may be called again', async () => {
    expect(listened()).toEqual([])
    const stop = start({ trace, metrics })
    expect(listened()).toEqual(CHANNELS)
    stop()
    stop()
    expect(listened()).toEqual([])
    await createTestSigner().sign(MESSAGE)
    expect(spans.getFinishedSpans()).toEqual([])
  })

  it('is to calls alone where only spans are wanted', () => {
    start({ trace })
    expect(listened()).toEqual(['kmsign:call'])
  })

  it('takes the whole API, or providers', async () => {
    start(everything)
    start({ trace: tracerProvider, metrics: meterProvider })
    await createTestSigner().sign(MESSAGE)
    expect(spans.getFinishedSpans()).toHaveLength(2)
  })

  it('survives an SDK that throws, and tells `diag`', async () => {
    const told: unknown[] = []
    const broken = {
      getTracer: () => ({
        startSpan: () => {
          throw new Error('broken')
        },
      }),
    }
    start({ trace: broken, metrics, diag: { error: (...words) => void told.push(words) } })
    await createTestSigner().sign(MESSAGE)
    expect(told).toEqual([[expect.any(String), expect.objectContaining({ message: 'broken' })]])
    expect((await measurements())['kmsign.call.duration']).toHaveLength(1)
  })

  it.each([
    ['nothing', undefined, undefined],
    ['an API without either', { diag }, undefined],
    ['a trace that is none', { trace: {} }, undefined],
    ['metrics that are none', { metrics: null }, undefined],
    ['a context that is none', { trace, context: 1 }, undefined],
    ['options that are none', { trace }, 1],
    ['an unknown option', { trace }, { signer: false }],
    ['an option of the wrong type', { trace }, { signerInMetrics: 'no' }],
  ])('refuses %s', (_what, api, options) => {
    expect(() => startTelemetry(api as TelemetryApi, options as never)).toThrow(TypeError)
    expect(listened()).toEqual([])
  })
})
