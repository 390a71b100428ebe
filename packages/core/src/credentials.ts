import { isDate } from 'node:util/types'
import { describeType } from './bytes.ts'
import type { CredentialsContext, CredentialsSource } from './contract.ts'
import { sharedState } from './shared-state.ts'

type Reason = CredentialsContext['reason']
type Fetch<C> = (context: CredentialsContext) => Promise<C & { readonly expiresAt?: Date }>

/** What is known of one credentials function, shared by all signers that were given it. */
export interface CredentialsCell<C> {
  current: { readonly value: C; readonly refreshAt: number; readonly expiresAt: number } | undefined
  pending: Pending<C> | undefined
  /** After a refresh failed: not another one in the background before this. */
  holdUntil: number
}

interface Pending<C> {
  readonly promise: Promise<C>
  readonly controller: AbortController
  waiters: number
}

/** One signer's way to its credentials. */
export interface CredentialsProvider<C> {
  /** True when asking again after a rejection can give others. */
  readonly renewable: boolean
  /** Credentials in hand, without waiting; undefined when they must be fetched first. */
  peek(now: number): C | undefined
  /** Fetches, or joins a fetch under way. `leave` is called by a waiter that gives up. */
  fetch(now: number): { readonly promise: Promise<C>; leave(): void }
  /** The provider refused `credentials`: forget them, unless they were replaced meanwhile. */
  reject(credentials: C): void
}

const REFRESH_BEFORE_MS = 60_000
const REFRESH_SHARE = 0.2
const REFRESH_HOLD_MS = 1_000

export function createCredentialsProvider<C>(
  source: CredentialsSource<C>,
  onFetched: (reason: Reason, durationMs: number, failed: boolean) => void,
): CredentialsProvider<C> {
  if (typeof source !== 'function') {
    const fixed = Promise.resolve(source)
    return { renewable: false, peek: () => source, fetch: () => ({ promise: fixed, leave() {} }), reject() {} }
  }
  const get = source as Fetch<C>
  const cell = cellOf<C>(get)
  let rejected = false

  const start = (reason: Reason, now: number): Pending<C> => {
    const controller = new AbortController()
    const startedAt = performance.now()
    const promise = run(get, { signal: controller.signal, reason }).then(
      (value) => {
        settle()
        cell.current = { value, ...lifetime(value, now + performance.now() - startedAt) }
        onFetched(reason, performance.now() - startedAt, false)
        return value
      },
      (error: unknown) => {
        settle()
        cell.holdUntil = now + REFRESH_HOLD_MS
        onFetched(reason, performance.now() - startedAt, true)
        throw error
      },
    )
    const pending: Pending<C> = { promise, controller, waiters: 0 }
    const settle = () => {
      if (cell.pending === pending) cell.pending = undefined
    }
    // A refresh in the background has no waiter to hear of its failure.
    promise.catch(() => {})
    cell.pending = pending
    return pending
  }

  return {
    renewable: true,
    peek(now) {
      const { current } = cell
      if (current === undefined || now >= current.expiresAt) return undefined
      // While the ones in hand still work, the next ones are fetched beside the calls that use them.
      const due = now >= current.refreshAt && now >= cell.holdUntil
      if (due && cell.pending === undefined) start('expiring', now).waiters += 1
      return current.value
    },
    fetch(now) {
      const reason = rejected ? 'rejected' : cell.current === undefined ? 'first' : 'expiring'
      const pending = cell.pending ?? start(reason, now)
      rejected = false
      pending.waiters += 1
      return { promise: pending.promise, leave: () => leave(cell, pending) }
    },
    reject(credentials) {
      if (cell.current?.value !== credentials) return
      cell.current = undefined
      rejected = true
    },
  }
}

function cellOf<C>(get: Fetch<C>): CredentialsCell<C> {
  const { credentials } = sharedState()
  let cell = credentials.get(get) as CredentialsCell<C> | undefined
  if (cell === undefined) {
    cell = { current: undefined, pending: undefined, holdUntil: 0 }
    credentials.set(get, cell)
  }
  return cell
}

/** One caller's abort ends only its own wait; the function hears of it when nobody waits any more. */
function leave<C>(cell: CredentialsCell<C>, pending: Pending<C>): void {
  pending.waiters -= 1
  if (pending.waiters > 0 || cell.pending !== pending) return
  cell.pending = undefined
  pending.controller.abort(new DOMException('Nobody waits for these credentials any more', 'AbortError'))
}

async function run<C>(get: Fetch<C>, context: CredentialsContext): Promise<C & { readonly expiresAt?: Date }> {
  const value: unknown = await get(context)
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`The credentials function must return an object, it returned ${describeType(value)}.`)
  }
  const { expiresAt } = value as { expiresAt?: unknown }
  if (expiresAt !== undefined && !(isDate(expiresAt) && Number.isFinite(expiresAt.getTime()))) {
    throw new TypeError(`expiresAt of the credentials must be a valid Date, it is ${describeType(expiresAt)}.`)
  }
  return value as C & { readonly expiresAt?: Date }
}

function lifetime(value: { readonly expiresAt?: Date }, now: number): { refreshAt: number; expiresAt: number } {
  const expiresAt = value.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
  const early = Math.min(REFRESH_BEFORE_MS, REFRESH_SHARE * Math.max(0, expiresAt - now))
  return { refreshAt: expiresAt - early, expiresAt }
}
