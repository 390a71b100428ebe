import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Signer, SignerOptions, SigningAlgorithm } from '@kmsign/core'
import { type AlgorithmDeclaration, type Declaration, FAULT_KINDS } from './declaration.ts'
import { toEmulatorFault } from './emulator-faults.ts'
import type { Harness, KeyChoice, KeyNeed, Subject } from './harness.ts'

/** The part of a running `@kmsign/emulator` that is used; the kit does not depend on it. */
export interface EmulatorLike {
  /** Where it listens. */
  readonly url: string
  /** Spoils the next answers. */
  readonly faults: {
    add(fault: { readonly kind: string; readonly operation?: string; readonly times?: number }): void
    clear(): void
  }
  /** What was received, oldest first. */
  readonly requests: readonly { readonly operation: string }[]
  /** PEM of a key, read behind the protocol's back; of its newest version unless one is named. */
  publicKey(keyId: string, version?: string): Promise<string>
  /** Ends it with every connection. */
  close(): Promise<void>
}

/** What one adapter and its emulated provider are like. */
export interface EmulatedAdapter<A extends SigningAlgorithm, C extends object, E extends EmulatorLike>
  extends Pick<Declaration<A>, 'provider' | 'digest' | 'messageBytes' | 'remoteVerify' | 'publicKey'> {
  /** See {@link Declaration.algorithms}. */
  readonly algorithms: readonly [AlgorithmDeclaration<A>, ...AlgorithmDeclaration<A>[]]
  /** Starts an emulator that keeps its keys in `dataDirectory`. */
  start(options: { readonly dataDirectory: string }): Promise<E>
  /** The right credentials. Members whose names speak of a secret or token are looked for in whatever can be logged. */
  credentials(emulator: E): C
  /** Makes a key for an algorithm and returns its id, as `signer` takes it. */
  createKey(emulator: E, need: KeyNeed<A>): Promise<string>
  /** Disables a key. */
  disable(emulator: E, keyId: string): void
  /** Makes a new version and returns its name; left out where keys have no versions. */
  rotate?(emulator: E, keyId: string): string
  /** Makes a signer with the adapter's factory; the options go before what it adds. */
  signer(emulator: E, keyId: string, options: SignerOptions<C> & { readonly algorithm: A }): Signer
  /** False where the provider does not look at the time. Default true. */
  readonly clock?: boolean
  /** A key serves one algorithm only. Default false: it serves all that fit its spec. */
  readonly keyPerAlgorithm?: boolean
  /** The id of a key that does not exist. Default: the id of one that does, with its last character changed. */
  readonly unknownKey?: string
}

const WRONG_SECRET = 'kmsign-canary-wrong-secret-5f0c2e9d'

/**
 * An adapter in front of `@kmsign/emulator`: a fresh emulator for each test, which is asked for its public keys from the
 * inside. RSA keys take seconds to make, the large ones now and then longer than a test may last: they are begun with the
 * first test, and every test is given copies of the two of each size.
 */
export function emulatorSubject<const A extends SigningAlgorithm, C extends object, E extends EmulatorLike>(
  adapter: EmulatedAdapter<A, C, E>,
): Subject<A> {
  const { provider, algorithms, digest, messageBytes, remoteVerify, publicKey, clock = true } = adapter
  const kept = new Map<string, Promise<LastingKeys>>()
  const root = mkdtempSync(join(tmpdir(), 'kmsign-conformance-'))
  const directory = () => mkdtempSync(join(root, 'keys-'))
  const lastingKeys = (need: KeyNeed<A>): Promise<LastingKeys> => {
    const name = adapter.keyPerAlgorithm === true ? `${need.keySpec} ${need.algorithm}` : need.keySpec
    const known = kept.get(name) ?? makeLastingKeys(adapter, need, directory())
    kept.set(name, known)
    return known
  }
  let [begun, finished]: [Promise<unknown> | undefined, boolean] = [undefined, false]
  /** One after the other, so that the tests meanwhile still have the machine. A test waits for those that it needs. */
  const begin = async () => {
    for (const pair of algorithms) if (isLasting(pair) && !finished) await lastingKeys(pair)
  }
  return {
    declaration: {
      ...{ provider, algorithms, digest, messageBytes, remoteVerify, publicKey, clock },
      ...{ rotation: adapter.rotate !== undefined, disable: true, requests: true, faults: FAULT_KINDS },
    },
    async start(need) {
      // The test that needs them hears of what went wrong.
      begun ??= begin().catch(() => undefined)
      const lasting = isLasting(need) ? await lastingKeys(need) : undefined
      const dataDirectory = directory()
      // A copy, for a test may disable a key or make a new version of it.
      if (lasting !== undefined) cpSync(lasting.dataDirectory, dataDirectory, { recursive: true })
      const harness = await withEmulator(adapter, dataDirectory, async (emulator) =>
        openHarness(adapter, emulator, lasting?.ids ?? (await makeKeys(adapter, emulator, need))),
      )
      const close = () => harness.close().finally(() => rmSync(dataDirectory, { recursive: true, force: true }))
      return { ...harness, close }
    },
    async finish() {
      finished = true
      await begun
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const isLasting = ({ keySpec }: KeyNeed): boolean => keySpec.startsWith('RSA')

interface LastingKeys {
  readonly dataDirectory: string
  readonly ids: readonly [string, string]
}

async function makeKeys<A extends SigningAlgorithm, C extends object, E extends EmulatorLike>(
  adapter: EmulatedAdapter<A, C, E>,
  emulator: E,
  need: KeyNeed<A>,
): Promise<readonly [string, string]> {
  return Promise.all([adapter.createKey(emulator, need), adapter.createKey(emulator, need)])
}

/** Keys outlive the emulator that made them. */
async function makeLastingKeys<A extends SigningAlgorithm, C extends object, E extends EmulatorLike>(
  adapter: EmulatedAdapter<A, C, E>,
  need: KeyNeed<A>,
  dataDirectory: string,
): Promise<LastingKeys> {
  return withEmulator(adapter, dataDirectory, async (emulator) => {
    const ids = await makeKeys(adapter, emulator, need)
    await emulator.close()
    return { dataDirectory, ids }
  })
}

/** Starts an emulator for something that ends it; where that fails, nobody else would. */
async function withEmulator<E extends EmulatorLike, T>(
  adapter: Pick<EmulatedAdapter<never, never, E>, 'start'>,
  dataDirectory: string,
  run: (emulator: E) => Promise<T>,
): Promise<T> {
  const emulator = await adapter.start({ dataDirectory })
  try {
    return await run(emulator)
  } catch (error) {
    await emulator.close()
    throw error
  }
}

function openHarness<A extends SigningAlgorithm, C extends object, E extends EmulatorLike>(
  adapter: EmulatedAdapter<A, C, E>,
  emulator: E,
  ids: readonly [string, string],
): Harness<A> {
  const right = adapter.credentials(emulator)
  const wrong = mapSecrets(right, () => WRONG_SECRET)
  const secrets: string[] = [WRONG_SECRET]
  mapSecrets(right, (secret) => {
    secrets.push(secret)
    return secret
  })
  const { rotate } = adapter
  const idOf = (key: KeyChoice) => (key === 'unknown' ? (adapter.unknownKey ?? otherThan(ids[0])) : ids[key])
  return {
    secrets,
    signer(key, { credentials: choice = 'right', ...options }) {
      const credentials = choice === 'right' ? right : choice === 'wrong' ? wrong : choice
      // The kit hands in values of the wrong kind on purpose; they must reach the factory as they are.
      const given = { ...options, credentials } as SignerOptions<C> & { readonly algorithm: A }
      return adapter.signer(emulator, idOf(key), given)
    },
    publicKey: (key, version) => emulator.publicKey(ids[key], version),
    fault: (kind, settings) => emulator.faults.add(toEmulatorFault(kind, settings)),
    requests: () => emulator.requests.map(({ operation }) => operation),
    ...(rotate && { rotate: async (key: 0 | 1) => rotate(emulator, ids[key]) }),
    disable: async (key) => adapter.disable(emulator, ids[key]),
    close: () => emulator.close(),
  }
}

/** The credentials with every secret member changed. */
function mapSecrets<C extends object>(credentials: C, change: (secret: string) => string): C {
  const entries = Object.entries(credentials).map(([name, value]) => {
    return [name, /secret|token/i.test(name) && typeof value === 'string' ? change(value) : value]
  })
  return Object.fromEntries(entries) as C
}

function otherThan(id: string): string {
  return `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
}
