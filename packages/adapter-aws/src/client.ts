import type { KMSClient } from '@aws-sdk/client-kms'
import type { Attempt } from '@kmsign/core/driver'
import { type AwsCredentials, copyCredentials } from './credentials.ts'
import type { AwsConfig, KmsClientLike } from './options.ts'
import { createRequestHandler, type HandlerOptions } from './request-handler.ts'

/** The operations that are used, by the name of their command. */
export type Operation = 'SignCommand' | 'VerifyCommand' | 'GetPublicKeyCommand' | 'DescribeKeyCommand'

/** The way to AWS KMS. */
export interface Connection {
  send(operation: Operation, input: object, attempt: Attempt<AwsCredentials | undefined>): Promise<unknown>
  close(): Promise<void>
}

type Sdk = typeof import('@aws-sdk/client-kms')
let loading: Promise<Sdk> | undefined

/** Loaded with the first request: importing it takes longer than the rest of a process' start. */
function loadSdk(): Promise<Sdk> {
  loading ??= import('@aws-sdk/client-kms')
  return loading
}

/** The given client, or one of our own. */
export function connect(config: AwsConfig): Connection {
  return config.client === undefined ? ownConnection(config) : injectedConnection(config.client)
}

function injectedConnection(client: KmsClientLike): Connection {
  return {
    async send(operation, input, { signal }) {
      const command = new (await loadSdk())[operation](input as never)
      return client.send(command as never, { abortSignal: signal })
    },
    async close() {},
  }
}

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
function ownConnection(config: AwsConfig): Connection {
  const handler = createRequestHandler(config.http)
  const clients = new WeakMap<AwsCredentials, BoundClient>()
  let chained: BoundClient | undefined

  const clientFor = ({ KMSClient }: Sdk, credentials: AwsCredentials | undefined): BoundClient => {
    const known = credentials === undefined ? chained : clients.get(credentials)
    if (known !== undefined) return known
    const made = bind(
      new KMSClient({
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
      const sdk = await loadSdk()
      const bound = clientFor(sdk, credentials)
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
