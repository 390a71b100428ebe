import {
  algorithmFacts,
  algorithmRow,
  isSigningAlgorithm,
  rowsForAlgorithm,
  type SigningAlgorithm,
} from './algorithms.ts'
import type { Call } from './call.ts'
import { type AttemptPolicy, callDriver, type Work } from './call-driver.ts'
import { createCallRoom } from './call-room.ts'
import { supportsVerification } from './check-signature.ts'
import type { CredentialsSource, Signer, SignerCapabilities } from './contract.ts'
import { createCredentialsProvider } from './credentials.ts'
import type { Attempt, DriverSignature, OfferedAlgorithm, SignerDriver, SignRequest } from './driver-contract.ts'
import { createKmsError } from './errors.ts'
import { publish } from './events.ts'
import type { ErrorSubject } from './failure.ts'
import { explainByKeyFacts } from './key-facts.ts'
import { parseOptions, type Report } from './options.ts'
import { digestKind } from './payload.ts'
import { type PublicKey, parsePublicKey, withIdentity } from './public-key.ts'
import { fetchedKeyStore, type PinnedKeys, type PublicKeyStore, pinnedKeyStore } from './public-key-store.ts'
import { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limit.ts'
import { type ScopeState, scopeState } from './shared-state.ts'
import { openSigner } from './signer-calls.ts'
import type { SignerContext } from './signer-context.ts'
import { type CreateSignerOptions, coreFields, sm2UserIdText } from './signer-options.ts'

type Options = ReturnType<typeof readOptions>

/**
 * Makes the portable signer over a driver. No I/O. For adapter authors; applications call an adapter's factory.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` for wrong options, for an algorithm that the driver does not offer or that does
 *   not fit the declared or pinned key, and for `integrity: 'require'` where no check can ever be made.
 */
export function createSigner<A extends SigningAlgorithm, C>(
  driver: SignerDriver<C>,
  algorithm: A,
  options: CreateSignerOptions<C>,
): Signer<A> {
  const parsed = readOptions(driver, algorithm, options)
  const subject: ErrorSubject = Object.freeze({
    provider: driver.provider,
    signer: parsed.name ?? `${driver.provider}:${driver.keyId}`,
    keyId: driver.keyId,
  })
  const policy = attemptPolicy(driver, subject, parsed, options.credentials as CredentialsSource<C>)
  const keys = keyStore(driver, policy, parsed.publicKey)
  const context = contextOf(driver, algorithm, { parsed, policy, keys, sm2UserIdGiven: options.sm2UserId })
  const room = createCallRoom(subject, {
    timeoutMs: parsed.timeoutMs,
    release: async () => driver.close?.(),
    // Off promises no request beyond the caller's own.
    explain: parsed.integrity === 'off' ? undefined : explainByKeyFacts(driver, policy),
  })
  return openSigner<A>(context, room)
}

function readOptions<C>(driver: SignerDriver<C>, algorithm: SigningAlgorithm, options: CreateSignerOptions<C>) {
  const fields = coreFields()
  // Names that only the adapter knows are its own affair.
  const own = Object.fromEntries(
    Object.keys(fields).map((name) => [name, (options as Record<string, unknown>)?.[name]]),
  )
  return parseOptions(driver.provider, own, fields, (parsed, report) => {
    if (driver.apiVersion !== 1) report('driver.apiVersion', 'expected 1, the driver is for another version of core')
    const offered = isSigningAlgorithm(algorithm) ? driver.algorithms[algorithm] : undefined
    if (offered === undefined) {
      const list = Object.keys(driver.algorithms).join(', ')
      return report('algorithm', `expected an algorithm that ${driver.provider} offers: ${list}`)
    }
    checkPairs(algorithm, parsed.keySpec, parsed.publicKey, report)
    const possible =
      parsed.publicKey !== undefined || (driver.fetchPublicKey !== undefined && driver.publicKeyBy !== 'none')
    if (parsed.integrity === 'require' && !(possible && canCheck(algorithm))) {
      report('integrity', "'require' can never hold here: no public key can be had, or this runtime cannot check it")
    }
  })
}

function checkPairs(
  algorithm: SigningAlgorithm,
  keySpec: CreateSignerOptions<unknown>['keySpec'],
  pinned: PinnedKeys | undefined,
  report: Report,
): void {
  if (keySpec !== undefined && algorithmRow(algorithm, keySpec) === undefined) {
    report('keySpec', `a ${keySpec} key cannot be used with ${algorithm}`)
  }
  for (const key of [pinned?.all, ...(pinned?.byVersion?.values() ?? [])]) {
    if (key === undefined) continue
    const fits =
      algorithmRow(algorithm, key.keySpec) !== undefined && (keySpec === undefined || keySpec === key.keySpec)
    if (!fits) report('publicKey', `is a ${key.keySpec} key, which does not fit the algorithm or key spec declared`)
  }
}

function canCheck(algorithm: SigningAlgorithm): boolean {
  const row = algorithmRow(algorithm, 'ML_DSA_44')
  return row === undefined || supportsVerification(row, 'message')
}

function attemptPolicy<C>(
  driver: SignerDriver<C>,
  subject: ErrorSubject,
  parsed: Options,
  credentials: CredentialsSource<C>,
): AttemptPolicy<C> {
  const { provider, signer } = subject
  const scope = scopeState(driver.quotaScope)
  return {
    ...subject,
    scope,
    credentials: createCredentialsProvider(credentials, (reason, durationMs, failed) =>
      publish('kmsign:credentials', { provider, signer, reason, durationMs, failed }),
    ),
    limiter: limiterOf(scope, parsed.rateLimit),
    attemptTimeoutMs: parsed.attemptTimeoutMs,
    maxAttempts: parsed.maxAttempts,
    clock: parsed.clock,
    mapError: (error) => driver.mapError(error),
  }
}

function limiterOf(scope: ScopeState, limit: RateLimit | undefined): RateLimiter | undefined {
  if (limit === undefined) return undefined
  scope.limiter ??= createRateLimiter()
  scope.limiter.tighten(limit)
  return scope.limiter
}

function keyStore<C>(
  driver: SignerDriver<C>,
  policy: AttemptPolicy<C>,
  pinned: PinnedKeys | undefined,
): PublicKeyStore {
  if (pinned !== undefined) return pinnedKeyStore(pinned, policy)
  if (driver.fetchPublicKey === undefined || driver.publicKeyBy === 'none') return fetchedKeyStore(undefined, policy)
  const source = driver as Required<Pick<SignerDriver<C>, 'fetchPublicKey'>>
  const perform = async (request: { readonly keyVersion?: string }, attempt: Attempt<C>) => {
    const answer = await source.fetchPublicKey(request, attempt)
    return { ...answer, key: parseFetched(answer.spki, answer.keySpec) }
  }
  const [asked, beside] = [{ perform }, { perform, beside: true }]
  const fetch = async (call: Call, keyVersion: string | undefined): Promise<PublicKey> => {
    const request = keyVersion === undefined ? {} : { keyVersion }
    const { value } = await callDriver(policy, call, call.operation === 'sign' ? beside : asked, request)
    const version = value.keyVersion ?? keyVersion
    return withIdentity(value.key, { keyId: value.keyId ?? driver.keyId, ...(version && { keyVersion: version }) })
  }
  return fetchedKeyStore(fetch, policy)
}

/** A key that cannot be read is an answer that cannot be read. */
function parseFetched(
  spki: Parameters<typeof parsePublicKey>[0],
  keySpec: PublicKey['keySpec'] | undefined,
): PublicKey {
  let key: PublicKey
  try {
    key = parsePublicKey(spki)
  } catch {
    throw createKmsError('KMS_INVALID_RESPONSE', { operation: 'getPublicKey', detail: 'the public key cannot be read' })
  }
  if (keySpec === undefined || keySpec === key.keySpec) return key
  throw createKmsError('KMS_INVALID_RESPONSE', { operation: 'getPublicKey', detail: 'key and key spec disagree' })
}

interface Parts<C> {
  readonly parsed: Options
  readonly policy: AttemptPolicy<C>
  readonly keys: PublicKeyStore
  readonly sm2UserIdGiven: unknown
}

function contextOf<C>(driver: SignerDriver<C>, algorithm: SigningAlgorithm, parts: Parts<C>): SignerContext {
  const { parsed, policy, keys } = parts
  const offered = driver.algorithms[algorithm] as OfferedAlgorithm
  const verify = driver.verifyPayload?.bind(driver)
  const signing: Work<C, SignRequest, DriverSignature> = {
    perform: (request, attempt) => driver.signPayload(request, attempt),
  }
  return Object.freeze({
    subject: policy,
    algorithm,
    facts: algorithmFacts(algorithm),
    rows: rowsForAlgorithm(algorithm).filter((row) => row.keySpec === (parsed.keySpec ?? row.keySpec)),
    offered,
    publicKeyBy: driver.publicKeyBy,
    keySpec: parsed.keySpec,
    keys,
    integrity: parsed.integrity,
    sm2UserId: parsed.sm2UserId,
    sm2UserIdText: sm2UserIdText(parts.sm2UserIdGiven, parsed.sm2UserId),
    capabilities: capabilitiesOf(offered, verify !== undefined, keys.possible),
    learned: { forms: new Map(), digestOnly: false },
    requestSignature: (call, request) => callDriver(policy, call, signing, request),
    requestVerification:
      verify && (async (call, request) => (await callDriver(policy, call, { perform: verify }, request)).value),
  } satisfies SignerContext)
}

function capabilitiesOf(offered: OfferedAlgorithm, remoteVerify: boolean, publicKey: boolean): SignerCapabilities {
  const digest = digestKind(offered) !== undefined
  const maxMessageBytes = offered.payloads.message?.maxBytes
  const limit = digest || maxMessageBytes === undefined ? {} : { maxMessageBytes }
  return Object.freeze({ digest, ...limit, remoteVerify, publicKey })
}
