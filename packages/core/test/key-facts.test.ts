import { inspect } from 'node:util'
import { isKmsError, type KmsError, type KmsErrorCode } from '@kmsign/core'
import { type Attempt, createSigner, type KeyFacts, type MappedError } from '@kmsign/core/driver'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { scopeState } from '../src/shared-state.ts'
import {
  type Credentials,
  fail,
  KEY,
  OTHER_KEY,
  type Step,
  scriptedDriver,
  signatureBy,
  succeed,
} from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const MINUTE_MS = 60_000
const REFUSED: Partial<MappedError> = { httpStatus: 422, providerCode: 'UNPROCESSABLE_ENTITY', requestId: 'request-1' }
const disabled = fail('KMS_KEY_STATE', REFUSED)

type Describe = (attempt: Attempt<Credentials>) => Promise<KeyFacts>

/** A signer whose driver describes its key, and how often it was asked to. */
function signerOver(steps: readonly Step[], describeKey: Describe, options: Record<string, unknown> = {}) {
  const asked: Attempt<Credentials>[] = []
  const driver = scriptedDriver(steps, {
    describeKey: (attempt) => {
      asked.push(attempt)
      return describeKey(attempt)
    },
  })
  const credentials = { token: 'the token' }
  return { driver, asked, signer: createSigner(driver, 'ECDSA_SHA_256', { credentials, ...options }) }
}

const facts = (known: unknown) => async () => known as KeyFacts
const refuse = (code: KmsErrorCode) => async () => Promise.reject({ mapped: { code, phase: 'response' } })
const never: Describe = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

async function failureOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.catch((reason: unknown) => reason)
  if (isKmsError(error)) return error
  expect.fail(`Expected a KmsError, got ${String(error)}`)
}

/** Moves the time by which things are remembered, and leaves timers alone. */
function passTime(ms: number): void {
  const real = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => real + ms)
}

afterEach(() => void vi.restoreAllMocks())

describe('what a failure says of the key', () => {
  it.each([
    [{ state: 'DISABLE', type: 'AES256' }, 'the key is DISABLE, type AES256'],
    [
      { state: 'PendingDelete', usage: 'SIGN_VERIFY', type: 'EC_P256', deletionDate: Date.UTC(2027, 0, 9, 23) },
      'the key is PendingDelete, deletion 2027-01-09, usage SIGN_VERIFY, type EC_P256',
    ],
    [{ usage: 'ENCRYPT_DECRYPT' }, 'the key has usage ENCRYPT_DECRYPT'],
    [{ state: 'a\u0000b\u202e\nc', type: 'x'.repeat(500) }, `the key is a b c, type ${'x'.repeat(64)} (`],
  ])('%j', async (known, sentence) => {
    const { signer, asked } = signerOver([disabled], facts(known))
    const error = await failureOf(signer.sign(MESSAGE))
    expect(error.message).toContain(sentence)
    expect(asked).toHaveLength(1)
    expect(JSON.stringify(error).length).toBeLessThan(2_048)
  })

  it('leaves code and fields as they are without it', async () => {
    const plain = await failureOf(signerOver([disabled], facts({}), { name: 'one' }).signer.sign(MESSAGE))
    const told = await failureOf(
      signerOver([disabled], facts({ state: 'DISABLE' }), { name: 'one' }).signer.sign(MESSAGE),
    )
    expect({ ...told }).toEqual({ ...plain })
    expect(told).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1, httpStatus: 422, retryable: false })
    expect(told.message.replace(': the key is DISABLE', '')).toBe(plain.message)
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain('the token')
  })

  it.each([undefined, null, {}, 'DISABLE', { state: 7, type: {}, deletionDate: 'soon' }, { deletionDate: 9e99 }])(
    'is nothing when the driver gives %j',
    async (known) => {
      const { signer } = signerOver([disabled], facts(known))
      expect((await failureOf(signer.sign(MESSAGE))).message).not.toContain('the key is ')
    },
  )

  it.each(['KMS_KEY_MISMATCH', 'KMS_INVALID_ARGUMENT'] as const)('goes with %s of the provider', async (code) => {
    const { signer } = signerOver([fail(code, { httpStatus: 400 })], facts({ type: 'AES256' }))
    expect((await failureOf(signer.sign(MESSAGE))).message).toContain('type AES256')
    const unsent = signerOver([fail(code)], facts({ type: 'AES256' }))
    expect((await failureOf(unsent.signer.sign(MESSAGE))).code).toBe(code)
    expect(unsent.asked).toHaveLength(0)
  })

  it('goes with getPublicKey and verify too', async () => {
    const { signer, driver } = signerOver([succeed], facts({ state: 'DISABLE' }))
    Object.assign(driver, { fetchPublicKey: () => disabled({} as never, {} as never) })
    for (const call of [signer.getPublicKey(), signer.verify(MESSAGE, new Uint8Array(70))]) {
      expect((await failureOf(call)).message).toContain('the key is DISABLE')
    }
  })
})

describe('the question', () => {
  it('is not asked after a success, after other failures, or after what core found itself', async () => {
    const steps = [succeed, fail('KMS_PERMISSION_DENIED', { httpStatus: 403 }), fail('KMS_KEY_NOT_FOUND')]
    const { signer, asked } = signerOver(steps, facts({ state: 'ENABLE' }))
    await signer.sign(MESSAGE)
    for (const _step of steps.slice(1)) await failureOf(signer.sign(MESSAGE))
    expect(asked).toHaveLength(0)
    const pinned = signerOver([signatureBy(OTHER_KEY)], facts({ state: 'ENABLE' }), {
      publicKey: await signer.getPublicKey().then((key) => key.toPem()),
    })
    expect((await failureOf(pinned.signer.sign(MESSAGE))).code).toBe('KMS_KEY_MISMATCH')
    expect(pinned.asked).toHaveLength(0)
  })

  it('is never asked with integrity off', async () => {
    const { signer, asked } = signerOver([disabled], facts({ state: 'DISABLE' }), { integrity: 'off' })
    expect((await failureOf(signer.sign(MESSAGE))).code).toBe('KMS_KEY_STATE')
    expect(asked).toHaveLength(0)
  })

  it('is asked once a minute, and by all who wait together', async () => {
    const { signer, asked } = signerOver([disabled], facts({ state: 'DISABLE' }))
    const errors = await Promise.all(Array.from({ length: 20 }, () => failureOf(signer.sign(MESSAGE))))
    errors.push(await failureOf(signer.sign(MESSAGE)))
    for (const { message } of errors) expect(message).toContain('the key is DISABLE')
    expect(asked).toHaveLength(1)
    passTime(MINUTE_MS + 1_000)
    await failureOf(signer.sign(MESSAGE))
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['KMS_PERMISSION_DENIED', 1],
    ['KMS_INTERNAL', 2],
    ['KMS_UNAUTHENTICATED', 2],
    ['KMS_NETWORK', 2],
  ] as const)('that ends in %s is asked with one attempt, and %i times in two minutes', async (code, times) => {
    const { signer, asked } = signerOver([disabled], refuse(code))
    for (const ms of [0, 1, 2 * MINUTE_MS]) {
      if (ms > 0) passTime(ms)
      expect(await failureOf(signer.sign(MESSAGE))).toMatchObject({ code: 'KMS_KEY_STATE', attempts: 1 })
      vi.restoreAllMocks()
    }
    expect(asked).toHaveLength(times)
  })

  it('leaves the credentials alone', async () => {
    const reasons: string[] = []
    const credentials = async ({ reason }: { readonly reason: string }) => {
      reasons.push(reason)
      return { token: 'one' }
    }
    const { signer } = signerOver([disabled], refuse('KMS_UNAUTHENTICATED'), { credentials })
    await failureOf(signer.sign(MESSAGE))
    await failureOf(signer.sign(MESSAGE))
    expect(reasons).toEqual(['first'])
  })

  it('leaves the retry budget alone', async () => {
    const { signer, driver } = signerOver([fail('KMS_UNAVAILABLE'), disabled], facts({ state: 'DISABLE' }), {
      publicKey: KEY.publicKey,
    })
    const { budget } = scopeState(driver.quotaScope)
    const before = budget.tokens
    expect((await failureOf(signer.sign(MESSAGE))).message).toContain('the key is DISABLE')
    // What the repeat of the signature cost, and nothing given back for the answer about the key.
    expect(before - budget.tokens).toBe(14)
  })
})

describe('a question without an answer', () => {
  it('holds an error up for two seconds at most, and once', async () => {
    const { signer, asked } = signerOver([disabled], never)
    const startedAt = performance.now()
    expect((await failureOf(signer.sign(MESSAGE))).code).toBe('KMS_KEY_STATE')
    expect(performance.now() - startedAt).toBeLessThan(2_300)
    expect(asked[0]?.signal.aborted).toBe(true)
    const secondAt = performance.now()
    await failureOf(signer.sign(MESSAGE))
    expect(performance.now() - secondAt).toBeLessThan(200)
  })

  it('never makes a timeout of an error, and ends before the deadline', async () => {
    const { signer, asked } = signerOver([disabled], never, { timeoutMs: 300 })
    // A timeout would have that code; the limit of the question alone is two seconds.
    const startedAt = performance.now()
    expect((await failureOf(signer.sign(MESSAGE))).code).toBe('KMS_KEY_STATE')
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('gives way to the caller’s abort at once, with the reason unchanged', async () => {
    const { signer, asked } = signerOver([disabled], never)
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 50)
    await expect(signer.sign(MESSAGE, { signal: controller.signal })).rejects.toBe(reason)
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('is shared: one caller’s abort does not end it for another', async () => {
    let answer: (known: KeyFacts) => void = () => {}
    const { signer } = signerOver([disabled], () => new Promise((resolve) => (answer = resolve)))
    const controller = new AbortController()
    const first = signer.sign(MESSAGE, { signal: controller.signal })
    const second = failureOf(signer.sign(MESSAGE))
    setTimeout(() => controller.abort('enough'), 20)
    await expect(first).rejects.toBe('enough')
    answer({ state: 'DISABLE' })
    expect((await second).message).toContain('the key is DISABLE')
  })

  it('ends with the signer', async () => {
    const { signer, asked } = signerOver([disabled], never)
    const failure = failureOf(signer.sign(MESSAGE))
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await signer.close({ timeoutMs: 10 })
    expect((await failure).code).toBe('KMS_SIGNER_CLOSED')
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('is not asked when no time is left', async () => {
    const late: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 85))
      return disabled(attempt, request)
    }
    const { signer, asked } = signerOver([late], never, { timeoutMs: 100 })
    await failureOf(signer.sign(MESSAGE))
    expect(asked).toHaveLength(0)
  })
})
