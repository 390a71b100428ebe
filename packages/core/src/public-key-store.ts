import type { Call } from './call.ts'
import { createKmsError, isKmsError, type KmsError } from './errors.ts'
import { type ErrorSubject, restate } from './failure.ts'
import { type PublicKey, withIdentity } from './public-key.ts'

/** Where a signer's public keys come from, cached per version. */
export interface PublicKeyStore {
  readonly pinned: boolean
  /** False when no public key can ever be had. */
  readonly possible: boolean
  /** The last fetch brought no key. */
  readonly failing: boolean
  /** The cached key, without a request. */
  peek(version: string | undefined): PublicKey | undefined
  /**
   * The key of a version (undefined: the current one). Joins a fetch under way. Rejects with a `KmsError` or the end of
   * the call. A missing permission or operation is remembered for five minutes.
   */
  get(call: Call, version: string | undefined, refresh?: boolean): Promise<PublicKey>
}

/** The pinned key or keys of the options, parsed. */
export interface PinnedKeys {
  readonly all?: PublicKey
  readonly byVersion?: ReadonlyMap<string, PublicKey>
}

type Fetch = (call: Call, version: string | undefined) => Promise<PublicKey>
/** The owner of a fetch may end for its own reasons; those who joined it then start over. */
type Outcome = { readonly key: PublicKey } | { readonly error: KmsError } | { readonly ownerEnded: true }

const REMEMBER_REFUSAL_MS = 5 * 60_000
/** Permission or operation missing: not asking again is right for these, all other failures may pass. */
const REFUSALS = ['KMS_PERMISSION_DENIED', 'KMS_UNSUPPORTED'] as const
const CURRENT = ''

export function pinnedKeyStore(pinned: PinnedKeys, subject: ErrorSubject): PublicKeyStore {
  const { all, byVersion = new Map<string, PublicKey>() } = pinned
  const peek = (version: string | undefined): PublicKey | undefined => {
    if (all !== undefined) return withIdentity(all, { keyVersion: version })
    return version === undefined ? [...byVersion.values()].at(-1) : byVersion.get(version)
  }
  return {
    pinned: true,
    possible: true,
    failing: false,
    peek,
    async get(call, version) {
      const key = peek(version)
      if (key !== undefined) return key
      const detail = 'this version of the key is not among the pinned ones'
      throw createKmsError('KMS_KEY_VERSION_CHANGED', { ...subject, operation: call.operation, detail })
    },
  }
}

export function fetchedKeyStore(
  fetch: Fetch | undefined,
  subject: ErrorSubject,
  now: () => number = () => performance.now(),
): PublicKeyStore {
  const cached = new Map<string, PublicKey>()
  const underWay = new Map<string, Promise<Outcome>>()
  let failing = false
  let refusal: { readonly error: KmsError; readonly until: number } | undefined

  const load = async (fetchKey: Fetch, call: Call, slot: string): Promise<Outcome> => {
    try {
      const key = await fetchKey(call, slot === CURRENT ? undefined : slot)
      refusal = undefined
      failing = false
      if (slot !== CURRENT && !cached.has(slot)) cached.delete(CURRENT)
      cached.set(slot, key)
      return { key }
    } catch (error) {
      failing = true
      if (!isKmsError(error)) return { ownerEnded: true }
      // Where a key could be had before, a refusal says nothing about the next one.
      if (cached.size === 0 && isLasting(error, slot)) refusal = { error, until: now() + REMEMBER_REFUSAL_MS }
      return { error }
    } finally {
      underWay.delete(slot)
    }
  }

  return {
    pinned: false,
    possible: fetch !== undefined,
    get failing() {
      return failing
    },
    peek: (version) => cached.get(version ?? CURRENT),
    async get(call, version, refresh = false) {
      const slot = version ?? CURRENT
      for (;;) {
        const known = refresh ? undefined : cached.get(slot)
        if (known !== undefined) return known
        if (fetch === undefined)
          throw createKmsError('KMS_UNSUPPORTED', { ...subject, operation: call.operation, detail: NO_KEY })
        if (refusal !== undefined && now() < refusal.until && !refresh) throw restate(refusal.error, call)
        let pending = underWay.get(slot)
        if (pending === undefined) {
          pending = load(fetch, call, slot)
          underWay.set(slot, pending)
        }
        const joined = pending
        const outcome = await call.bounded(() => joined)
        if ('key' in outcome) return outcome.key
        if ('error' in outcome) throw restate(outcome.error, call)
      }
    },
  }
}

/** A refused parameter means a missing operation only where no version was named that it could have been about. */
function isLasting(error: KmsError, slot: string): boolean {
  return isKmsError(error, ...REFUSALS) || (slot === CURRENT && isKmsError(error, 'KMS_INVALID_ARGUMENT'))
}

const NO_KEY = 'this provider has no public key operation, and no key is pinned'
