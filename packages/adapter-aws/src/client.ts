import type { Connection, Sdk } from './connection.ts'
import type { AwsConfig, KmsClientLike } from './options.ts'

let loading: Promise<Sdk> | undefined

/** Loaded with the first request: importing it takes longer than the rest of a process's start. */
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

/** A client of our own, made with the first request: what only the SDK needs is loaded with the SDK. */
function ownConnection(config: AwsConfig): Connection {
  let opening: Promise<Connection> | undefined
  const open = async () => {
    const [sdk, { openConnection }] = await Promise.all([loadSdk(), import('./own-client.ts')])
    return openConnection(sdk, config)
  }
  return {
    async send(operation, input, attempt) {
      opening ??= open()
      return (await opening).send(operation, input, attempt)
    },
    async close() {
      // What could not be loaded needs no closing.
      const connection = await opening?.catch(() => undefined)
      await connection?.close()
    },
  }
}
