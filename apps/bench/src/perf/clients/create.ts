import { bare, bareVerify, globalFetch, rawSocket } from './bare.ts'
import type { CreateClient, Sign, Target } from './client.ts'
import { awsSdk, openapi, sdkCore } from './official.ts'
import { aws, awsInjected, ncp, volcengine, volcengineChecked, volcengineEc, volcengineEcChecked } from './ours.ts'

const CLIENTS = {
  ...{ bare, rawSocket, fetch: globalFetch, verifyRsa: bareVerify('rsa'), verifyEc: bareVerify('ec') },
  ...{ openapi, sdkCore, awsSdk },
  ...{ volcengine, volcengineChecked, volcengineEc, volcengineEcChecked, ncp, aws, awsInjected },
} satisfies Record<string, CreateClient>

export type ClientName = keyof typeof CLIENTS

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[]

/** The clients that cost ten times as much as ours and need fewer calls to show it. */
export const HEAVY: ReadonlySet<ClientName> = new Set([
  ...(['fetch', 'openapi', 'sdkCore', 'awsSdk', 'aws', 'awsInjected'] as const),
  ...(['verifyRsa', 'verifyEc'] as const),
])

/** RSA-2048 has 256 bytes; P-256 in DER has at least two short integers. */
const LEAST_BYTES = 64

/** Gives the client once it has shown that it signs: some answer a refusal as if it were a signature. */
export async function createClient(name: ClientName, target: Target): Promise<Sign> {
  const sign = await CLIENTS[name](target)
  const { length } = await sign()
  if (length < LEAST_BYTES) throw new Error(`${name} gave ${length} bytes instead of a signature`)
  return sign
}
