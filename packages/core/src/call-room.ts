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
  const running: (Call | undefined)[] = []
  let count = 0
  let closed: Promise<void> | undefined
  let onIdle: (() => void) | undefined

  const shut = async (timeoutMs: number) => {
    if (count > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, timeoutMs)
      })
      clearTimeout(timer)
      for (const call of running.slice(0, count)) call?.finish({ by: 'close' })
    }
    await lifetime.release()
  }

  const enter = (call: Call) => {
    call.seat = count
    running[count] = call
    count += 1
  }

  // The last one takes the free seat. Nothing is allocated here, as a Set's tables would be for every lone call.
  const leave = (call: Call, failure?: unknown) => {
    call.dispose()
    count -= 1
    const last = running[count]
    running[count] = undefined
    if (last !== undefined && last !== call) {
      running[call.seat] = last
      last.seat = call.seat
    }
    if (count === 0) onIdle?.()
    if (hasListeners('kmsign:call')) publishCall(subject, call, failure)
  }

  const fail = async (call: Call, error: unknown): Promise<never> => {
    const told = call.end === undefined && lifetime.explain ? await lifetime.explain(call, error) : error
    // What the driver threw does not matter once the call has been ended from outside.
    const failure = call.end === undefined ? told : endOfCall(subject, call)
    leave(call, failure)
    throw failure
  }

  return {
    run(operation, given, work) {
      try {
        const options = readCallOptions(given, operation === 'getPublicKey' ? 'other' : operation)
        if (closed !== undefined) throw closedError(subject, operation)
        const call = new Call(operation, options.signal, options.timeoutMs ?? lifetime.timeoutMs)
        enter(call)
        return begin(call, options, work).then(
          (result) => {
            leave(call)
            return result
          },
          (error) => fail(call, error),
        )
      } catch (error) {
        return Promise.reject(error)
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

/** What the work throws at once rejects too. */
function begin<T, O>(call: Call, options: O, work: (call: Call, options: O) => Promise<T>): Promise<T> {
  try {
    return call.end === undefined ? work(call, options) : Promise.reject(call.end)
  } catch (error) {
    return Promise.reject(error)
  }
}

function closedError({ provider, signer, keyId }: ErrorSubject, operation: KmsOperation) {
  return createKmsError('KMS_SIGNER_CLOSED', { operation, provider, signer, keyId })
}

function publishCall({ signer, provider }: ErrorSubject, call: Call, failure: unknown): void {
  const aborted = call.end?.by === 'caller' && failure !== undefined
  const code: { code?: KmsErrorCode } = !aborted && isKmsError(failure) ? { code: failure.code } : {}
  const durationMs = performance.now() - call.startedAt
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
