import { bareFetch, bareUndici } from './bare.ts'
import { type ClientName, isOurs, type MeasuredClient, type Target } from './client.ts'
import { awsSdk, volcengineOpenapi, volcengineSdkCore } from './official.ts'

type Create = (target: Target) => Promise<MeasuredClient>

const OTHERS = {
  '@volcengine/openapi': volcengineOpenapi,
  '@volcengine/sdk-core': volcengineSdkCore,
  '@aws-sdk/client-kms': awsSdk,
  'undici request': bareUndici,
  'global fetch': bareFetch,
} as const satisfies Partial<Record<ClientName, Create>>

/** A client as its documents start it. Loads nothing of the others. */
export async function createClient(name: ClientName, target: Target): Promise<MeasuredClient> {
  if (!isOurs(name)) return OTHERS[name](target)
  const { kmsignClient } = await import('./kmsign.ts')
  return kmsignClient(name, target)
}
