import { describe, expect, test, vi } from 'vitest'
import { testKey } from '../test/keys.ts'
import { Call } from './call.ts'
import { createKmsError, isKmsError, type KmsErrorCode } from './errors.ts'
import { parsePublicKey } from './public-key.ts'
import { fetchedKeyStore, pinnedKeyStore } from './public-key-store.ts'

const SUBJECT = { provider: 'played', signer: 'mine', keyId: 'key-1' }
const MINUTE_MS = 60_000
const keyOf = (keySpec: 'EC_P256' | 'EC_P384') => parsePublicKey(testKey(keySpec).publicPem)
const newCall = () => new Call('verify', undefined, MINUTE_MS)
const failure = (code: KmsErrorCode) => createKmsError(code, { operation: 'getPublicKey', ...SUBJECT })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isKmsError(error) ? error.code : error),
  )

/** A store whose provider answers as told, the last answer again and again, and a clock that is moved by hand. */
function storeOver(...answers: readonly (KmsErrorCode | 'EC_P256' | 'EC_P384')[]) {
  let now = 0
  const fetch = vi.fn(async (_call: Call, _version: string | undefined) => {
    const answer = answers[Math.min(fetch.mock.calls.length, answers.length) - 1] ?? 'EC_P256'
    if (answer === 'EC_P256' || answer === 'EC_P384') return keyOf(answer)
    throw failure(answer)
  })
  const store = fetchedKeyStore(fetch, SUBJECT, () => now)
  return {
    store,
    fetch,
    pass(ms: number) {
      now += ms
    },
    asked: () => fetch.mock.calls.map(([, version]) => version),
  }
}

describe('pinned keys', () => {
  test('that are one key are that of every version, by its name', async () => {
    const store = pinnedKeyStore({ all: keyOf('EC_P256') }, SUBJECT)
    expect(store).toMatchObject({ pinned: true, possible: true, failing: false })
    expect(store.peek('7')).toMatchObject({ keyVersion: '7', keySpec: 'EC_P256' })
    expect('keyVersion' in (await store.get(newCall(), undefined))).toBe(false)
  })

  test('by version are what they are; without one it is the last', async () => {
    const byVersion = new Map([
      ['1', keyOf('EC_P384')],
      ['2', keyOf('EC_P384')],
      ['3', keyOf('EC_P256')],
    ])
    const store = pinnedKeyStore({ byVersion }, SUBJECT)
    expect(store.peek(undefined)).toBe(byVersion.get('3'))
    expect(await store.get(newCall(), '1')).toBe(byVersion.get('1'))
    await expect(store.get(newCall(), '4')).rejects.toMatchObject({
      code: 'KMS_KEY_VERSION_CHANGED',
      operation: 'verify',
      message: expect.stringContaining('this version of the key is not among the pinned ones'),
      ...SUBJECT,
    })
  })

  test('may be none', () => {
    expect(pinnedKeyStore({}, SUBJECT).peek(undefined)).toBeUndefined()
  })
})

describe('fetched keys', () => {
  test('are fetched once for each version, and anew when that is asked for', async () => {
    const { store, asked } = storeOver('EC_P256')
    expect(store).toMatchObject({ pinned: false, possible: true, failing: false })
    expect(store.peek(undefined)).toBeUndefined()
    const key = await store.get(newCall(), undefined)
    expect(await store.get(newCall(), undefined)).toBe(key)
    expect(store.peek(undefined)).toBe(key)
    await store.get(newCall(), undefined, true)
    expect(asked()).toEqual([undefined, undefined])
  })

  test('of a version that is new mean that the current one may be another', async () => {
    const { store, asked } = storeOver('EC_P256')
    await store.get(newCall(), undefined)
    await store.get(newCall(), '2')
    expect(store.peek(undefined)).toBeUndefined()
    await store.get(newCall(), undefined)
    await store.get(newCall(), '2', true)
    expect(store.peek(undefined)).toBeDefined()
    await store.get(newCall(), undefined, true)
    expect(store.peek('2')).toBeDefined()
    expect(asked()).toEqual([undefined, '2', undefined, '2', undefined])
  })

  test('are fetched once for all who ask meanwhile', async () => {
    const { store, fetch } = storeOver('EC_P256')
    const keys = await Promise.all([1, 2, 3].map(() => store.get(newCall(), '1')))
    expect(new Set(keys).size).toBe(1)
    expect(fetch).toHaveBeenCalledOnce()
  })

  test('say so while the last fetch brought none', async () => {
    const { store } = storeOver('KMS_UNAVAILABLE', 'EC_P256')
    expect(await codeOf(store.get(newCall(), undefined))).toBe('KMS_UNAVAILABLE')
    expect(store.failing).toBe(true)
    await store.get(newCall(), undefined)
    expect(store.failing).toBe(false)
  })

  test('cannot be had without the operation, and that is told', async () => {
    const store = fetchedKeyStore(undefined, SUBJECT)
    expect(store.possible).toBe(false)
    await expect(store.get(newCall(), undefined)).rejects.toMatchObject({
      code: 'KMS_UNSUPPORTED',
      operation: 'verify',
      message: expect.stringContaining('this provider has no public key operation, and no key is pinned'),
      ...SUBJECT,
    })
  })

  test('are asked for again by those who joined a fetch whose owner left', async () => {
    const owner = newCall()
    const fetch = vi.fn(async (call: Call) =>
      call === owner ? call.bounded(() => new Promise<never>(() => {})) : keyOf('EC_P256'),
    )
    const store = fetchedKeyStore(fetch, SUBJECT)
    const left = store.get(owner, undefined)
    const joined = store.get(newCall(), undefined)
    owner.finish({ by: 'caller', reason: 'left' })
    await expect(left).rejects.toMatchObject({ by: 'caller' })
    expect((await joined).keySpec).toBe('EC_P256')
    expect(fetch).toHaveBeenCalledTimes(2)
  })
})

describe('a refused key', () => {
  test.each([
    ['KMS_PERMISSION_DENIED', undefined, 1],
    ['KMS_UNSUPPORTED', undefined, 1],
    ['KMS_INVALID_ARGUMENT', undefined, 1],
    ['KMS_PERMISSION_DENIED', '7', 1],
    ['KMS_INVALID_ARGUMENT', '7', 2],
    ['KMS_KEY_NOT_FOUND', undefined, 2],
    ['KMS_UNAVAILABLE', undefined, 2],
  ] as const)('for %s of version %s is asked for %i times', async (code, version, times) => {
    const { store, fetch } = storeOver(code)
    for (let turn = 0; turn < 2; turn += 1) expect(await codeOf(store.get(newCall(), version))).toBe(code)
    expect(fetch).toHaveBeenCalledTimes(times)
  })

  test('is asked for again after five minutes, or when a fresh one is wanted', async () => {
    const { store, fetch, pass } = storeOver('KMS_PERMISSION_DENIED')
    await codeOf(store.get(newCall(), undefined))
    pass(5 * MINUTE_MS - 1)
    await codeOf(store.get(newCall(), undefined))
    expect(fetch).toHaveBeenCalledOnce()
    pass(1)
    await codeOf(store.get(newCall(), undefined))
    expect(fetch).toHaveBeenCalledTimes(2)
    await codeOf(store.get(newCall(), undefined, true))
    expect(fetch).toHaveBeenCalledTimes(3)
  })

  test('is remembered in the terms of the call that hears of it, and forgotten with the first key', async () => {
    const { store, fetch } = storeOver('KMS_PERMISSION_DENIED', 'EC_P256')
    await codeOf(store.get(newCall(), undefined))
    const signing = new Call('sign', undefined, MINUTE_MS)
    await expect(store.get(signing, undefined)).rejects.toMatchObject({ operation: 'sign', ...SUBJECT })
    await store.get(newCall(), '1', true)
    await store.get(newCall(), '2')
    expect(fetch).toHaveBeenCalledTimes(3)
  })

  test('says nothing of the next one where keys could be had', async () => {
    const { store, fetch } = storeOver('EC_P256', 'KMS_PERMISSION_DENIED', 'EC_P384')
    await store.get(newCall(), '1')
    expect(await codeOf(store.get(newCall(), '2'))).toBe('KMS_PERMISSION_DENIED')
    expect((await store.get(newCall(), '2')).keySpec).toBe('EC_P384')
    expect(fetch).toHaveBeenCalledTimes(3)
  })
})
