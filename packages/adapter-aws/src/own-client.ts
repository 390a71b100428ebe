import type { KMSClient } from '@aws-sdk/client-kms'
import type { Connection, Sdk } from './connection.ts'
import { type AwsCredentials, copyCredentials } from './credentials.ts'
import type { AwsConfig } from './options.ts'
import { createRequestHandler, type HandlerOptions } from './request-handler.ts'

/** A client with fixed credentials. */
interface BoundClient {
  readonly client: KMSClient
  /** Of the newest attempt. */
  now: () => number
}

/**
 * One client per credentials, so that every attempt is signed with its own; all of them send through one handler. Without
 * credentials there is one client, with the SDK's chain.
 */
export function openConnection(sdk: Sdk, config: AwsConfig): Connection {
  const handler = createRequestHandler(config.http)
  const clients = new WeakMap<AwsCredentials, BoundClient>()
  let chained: BoundClient | undefined

  const clientFor = (credentials: AwsCredentials | undefined): BoundClient => {
    const known = credentials === undefined ? chained : clients.get(credentials)
    if (known !== undefined) return known
    const made = bind(
      new sdk.KMSClient({
        ...(config.region === undefined ? {} : { region: config.region }),
        ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
        ...(credentials === undefined ? {} : { credentials: copyCredentials(credentials) }),
        requestHandler: handler,
        // Core repeats; the environment must not make the SDK repeat or wait beside it.
        maxAttempts: 1,
        retryMode: 'standard',
        disableClockSkewCorrection: false,
      }),
    )
    if (credentials === undefined) chained = made
    else clients.set(credentials, made)
    return made
  }

  return {
    async send(operation, input, { credentials, signal, timeoutMs, now }) {
      const bound = clientFor(credentials)
      bound.now = now
      // The compiler cannot tell that one operation has one input; `wire.ts` makes them in pairs.
      const command = new sdk[operation](input as never)
      return bound.client.send(command as never, forHandler(signal, timeoutMs))
    },
    close: () => handler.close(),
  }
}

/**
 * What the SDK hands on to our handler as it is. The signal goes under a name that the SDK does not look at: it would race
 * every step of its own against it, and core does not wait for the SDK when the signal is aborted.
 */
function forHandler(signal: AbortSignal, timeoutMs: number): HandlerOptions {
  return { signal, requestTimeout: timeoutMs }
}

/**
 * Makes core the only one who corrects the clock. The SDK signs with `Date.now() + config.systemClockOffset` and writes
 * that offset anew after every answer, each client for itself and blind to option `clock`. Here the offset is read from
 * the newest attempt and the SDK's own findings are dropped. Newest is right for an attempt that overlaps with it too:
 * offsets change only by a correction, and attempts begin in the order in which they took theirs.
 */
function bind(client: KMSClient): BoundClient {
  const bound: BoundClient = { client, now: Date.now }
  Object.defineProperty(client.config, 'systemClockOffset', {
    enumerable: true,
    configurable: true,
    get: () => bound.now() - Date.now(),
    set: () => {},
  })
  return bound
}
