import { type AwsApi, startAws } from './aws/provider.ts'
import { answerWith, type Outcome } from './faults/apply.ts'
import type { FaultRequest } from './faults/kinds.ts'
import { createFaultQueue, type FaultQueue } from './faults/queue.ts'
import { publicKeyDer } from './keys/material.ts'
import { printPublicKey } from './keys/public-key.ts'
import type { WireRequest } from './message.ts'
import { type NcpApi, startNcp } from './ncp/provider.ts'
import { type EmulatorOptions, parseOptions } from './options.ts'
import type { EmulatedProvider } from './provider.ts'
import { createRequestLog, type LoggedRequest } from './request-log.ts'
import { type Providers, routeRequest } from './router.ts'
import { listen } from './server.ts'
import { MEMORY_ONLY, openStore } from './store.ts'
import { createServerIdentity } from './tls.ts'
import { startVolcengine, type VolcengineApi } from './volcengine/provider.ts'

/** The settings in force. None that the providers leave open is confirmed by the real services. */
export interface EmulatorProfile {
  /** The seed of a random profile; undefined for the defaults. */
  readonly seed: number | undefined
  /** Settings of NCP by name. */
  readonly ncp: Readonly<Record<string, unknown>>
  /** Settings of Volcengine by name. */
  readonly volcengine: Readonly<Record<string, unknown>>
  /** Settings of AWS by name. */
  readonly aws: Readonly<Record<string, unknown>>
}

/** A running emulator: three providers behind one address. */
export interface Emulator {
  /** Where it listens: the `baseUrl` of a signer. */
  readonly url: string
  /** PEM, when tls was asked for. */
  readonly ca?: string
  /** The settings in force. */
  readonly profile: EmulatorProfile
  /** NCP's credentials, and keys to make and change. */
  readonly ncp: NcpApi
  /** Volcengine's credentials and region, and keys to make and change. */
  readonly volcengine: VolcengineApi
  /** AWS's credentials and region, and keys to make and change. */
  readonly aws: AwsApi
  /**
   * The public key of a key: PEM of its SubjectPublicKeyInfo, read from the key itself, whatever its state and whatever
   * form the provider's protocol would give it. `keyId` is the name that a client uses: an NCP key tag, a Volcengine key
   * id, an AWS key id, ARN or alias. `version` is for NCP keys; left out, it is the newest. A `TypeError` where there is
   * no such key, version or public key.
   */
  publicKey(keyId: string, version?: string | number): Promise<string>
  /** The next answers, oldest first; provider left out: any. */
  readonly faults: { add(fault: FaultRequest): void; clear(): void }
  /** What was received, without secrets and message bytes; the newest 100,000. */
  readonly requests: readonly LoggedRequest[]
  /** Ends every connection. May be called again. */
  close(): Promise<void>
}

/** The largest body that is read at all; every provider's own limits lie far below. */
const MAX_BODY_BYTES = 16 * 1_048_576

/**
 * Starts an emulator on loopback.
 *
 * @example
 * const emulator = await startEmulator()
 * const { keyTag } = await emulator.ncp.createKey({ keyType: 'ECDSA' })
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host, port, clock, seed, tls, dataDirectory, ...given } = parseOptions(options)
  const store = dataDirectory === undefined ? MEMORY_ONLY : openStore(dataDirectory)
  const context = { clock, store, seed }
  const ncp = startNcp(given.ncp, context)
  const volcengine = startVolcengine(given.volcengine, context)
  const aws = startAws(given.aws, context)
  const providers: Providers = { ncp: ncp.handlers, volcengine: volcengine.handlers, aws: aws.handlers }
  const faults = createFaultQueue()
  const log = createRequestLog()
  const respond = (request: WireRequest): Promise<Outcome> => handle(request, providers, faults, log.add, clock())
  const identity = tls ? await createServerIdentity(host) : undefined
  const server = await listen({ host, port, identity, respond, maxBodyBytes: MAX_BODY_BYTES })
  return Object.freeze<Emulator>({
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${server.port}`,
    ...(identity ? { ca: identity.ca } : {}),
    profile: { seed, ncp: ncp.profile, volcengine: volcengine.profile, aws: aws.profile },
    ncp: ncp.api,
    volcengine: volcengine.api,
    aws: aws.api,
    publicKey: (keyId, version) => readPublicKey([ncp, volcengine, aws], keyId, version?.toString()),
    faults: { add: (fault: FaultRequest) => faults.add(fault), clear: () => faults.clear() },
    requests: log.requests,
    close: () => server.close(),
  })
}

/** Ids are as good as unique over the providers, so the first that knows one has it. */
async function readPublicKey(
  providers: readonly Pick<EmulatedProvider<unknown>, 'material'>[],
  keyId: string,
  version: string | undefined,
): Promise<string> {
  for (const provider of providers) {
    const material = await provider.material(keyId, version)
    const der = material && publicKeyDer(material)
    if (der) return printPublicKey(der, 'pem')
    if (material) throw new TypeError(`The key ${keyId} is symmetric and has no public key`)
  }
  throw new TypeError(`There is no key ${keyId}${version === undefined ? '' : ` with a version ${version}`}`)
}

async function handle(
  request: WireRequest,
  providers: Providers,
  faults: FaultQueue,
  record: (request: LoggedRequest) => void,
  now: number,
): Promise<Outcome> {
  const provider = providers[routeRequest(request)]
  const identity = provider.identify(request)
  const fault = faults.take(provider.name, identity, now)
  const outcome = await answerWith(fault, { provider, request, context: { now } }).catch((): Outcome => {
    // A fault of our own must look like the provider's internal error, not like a lost connection.
    const response = provider.refuse({ reason: 'status', status: 500 }, request, { now })
    return { response, delivery: { how: 'whole' }, now }
  })
  const silent = outcome.delivery.how === 'hang' || outcome.delivery.how === 'reset-before'
  record({
    provider: provider.name,
    ...identity,
    method: request.method,
    status: silent ? 0 : outcome.response.status,
    at: now,
    ...(fault ? { fault: fault.kind } : {}),
  })
  return outcome
}
