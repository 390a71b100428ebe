import { Call } from './call.ts'
import { readCallOptions } from './call-options.ts'
import type { CallOptions } from './contract.ts'
import { createKmsError, isKmsError, type KmsErrorCode, type KmsOperation } from './errors.ts'
import { hasListeners, publish } from './events.ts'
import { type ErrorSubject, endOfCall } from './failure.ts'
import type { Explain } from './key-facts.ts'

const DEFAULT_CLOSE_TIMEOUT_MS = 5_000

/** Where the calls of one signer run, so that `close` can wait for them. */
export interface CallRoom {
  /** Runs one public call from its arguments to its result; rejects as `Signer` promises. */
  run<T, O extends CallOptions>(
    operation: 'sign' | 'verify' | 'getPublicKey',
    options: O | undefined,
    work: (call: Call, options: O) => Promise<T>,
  ): Promise<T>
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

export function createCallRoom(
  subject: ErrorSubject,
  lifetime: {
    readonly timeoutMs: number
    readonly release: () => Promise<unknown>
    readonly explain?: Explain | undefined
  },
): CallRoom {
  const running = new Set<Call>()
  let closed: Promise<void> | undefined
  let onIdle: (() => void) | undefined

  const shut = async (timeoutMs: number) => {
    if (running.size > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, timeoutMs)
      })
      clearTimeout(timer)
      for (const call of [...running]) call.finish({ by: 'close' })
    }
    await lifetime.release()
  }

  return {
    async run(operation, given, work) {
      const options = readCallOptions(given, operation === 'getPublicKey' ? 'other' : operation)
      if (closed !== undefined) throw closedError(subject, operation)
      const call = new Call(operation, options.signal, options.timeoutMs ?? lifetime.timeoutMs)
      const startedAt = performance.now()
      running.add(call)
      let failure: unknown
      try {
        if (call.end !== undefined) throw call.end
        return await work(call, options)
      } catch (error) {
        const told = call.end === undefined && lifetime.explain ? await lifetime.explain(call, error) : error
        // What the driver threw does not matter once the call has been ended from outside.
        failure = call.end === undefined ? told : endOfCall(subject, call)
        throw failure
      } finally {
        call.dispose()
        running.delete(call)
        if (running.size === 0) onIdle?.()
        if (hasListeners('kmsign:call')) publishCall(subject, call, startedAt, failure)
      }
    },
    async close(options) {
      const atOnce = options?.timeoutMs === 0
      const { timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS } = atOnce ? options : readCallOptions(options, 'other')
      closed ??= shut(timeoutMs)
      return closed
    },
  }
}

function closedError({ provider, signer, keyId }: ErrorSubject, operation: KmsOperation) {
  return createKmsError('KMS_SIGNER_CLOSED', { operation, provider, signer, keyId })
}

function publishCall({ signer, provider }: ErrorSubject, call: Call, startedAt: number, failure: unknown): void {
  const aborted = call.end?.by === 'caller' && failure !== undefined
  const code: { code?: KmsErrorCode } = !aborted && isKmsError(failure) ? { code: failure.code } : {}
  const durationMs = performance.now() - startedAt
  publish('kmsign:call', {
    signer,
    provider,
    operation: call.operation,
    durationMs,
    attempts: call.requests,
    ...code,
    ...(aborted && { aborted }),
  })
}
