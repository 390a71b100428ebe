import { sign as cryptoSign, verify as cryptoVerify, generateKeyPairSync } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { isKmsError, type KmsError } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import { describe, expect, it } from 'vitest'
import {
  type Credentials,
  fail,
  hang,
  KEY,
  OTHER_KEY,
  type ScriptedDriver,
  type Step,
  scriptedDriver,
  signatureBy,
  succeed,
} from './scripted-driver.ts'

const MESSAGE = Buffer.from('a message')
const signerOver = (driver: ScriptedDriver, options: object = {}) =>
  createSigner(driver, 'ECDSA_SHA_256', { credentials: { token: 'secret' } as Credentials, ...options })

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return isKmsError(error) ? error.code : String(error)
}

async function errorOf(promise: Promise<unknown>): Promise<KmsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isKmsError(error)) throw new Error(`expected a KmsError, got ${String(error)}`)
  return error
}

describe('a signature', () => {
  it('is verified before it is returned, with one key request for many signatures', async () => {
    const driver = scriptedDriver([succeed])
    const signer = signerOver(driver)
    const results = await Promise.all(Array.from({ length: 20 }, () => signer.sign(MESSAGE)))
    for (const result of results) {
      expect(result.verified).toBe(true)
      expect(cryptoVerify('sha256', MESSAGE, KEY.publicKey, result.signature)).toBe(true)
    }
    expect(driver.keyRequests).toHaveLength(1)
    expect(Object.isFrozen(results[0])).toBe(true)
  })

  it('comes in the encoding asked for', async () => {
    const { signature, encoding } = await signerOver(scriptedDriver([succeed])).sign(MESSAGE, { encoding: 'p1363' })
    expect(encoding).toBe('p1363')
    expect(cryptoVerify('sha256', MESSAGE, { key: KEY.publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  })

  it('is of the bytes at the time of the call', async () => {
    const message = Buffer.from('a message')
    const pending = signerOver(scriptedDriver([succeed])).sign(message)
    message.fill(0)
    const { signature } = await pending
    expect(cryptoVerify('sha256', MESSAGE, KEY.publicKey, signature)).toBe(true)
  })

  it('by another key is replaced by a new one, which must check out', async () => {
    const driver = scriptedDriver([signatureBy(OTHER_KEY), succeed])
    const result = await signerOver(driver).sign(MESSAGE)
    expect(result).toMatchObject({ verified: true, attempts: 2 })
    expect(driver.keyRequests).toHaveLength(2)
  })

  it('that never checks out is KMS_INTEGRITY', async () => {
    const driver = scriptedDriver([signatureBy(OTHER_KEY)])
    expect(await codeOf(signerOver(driver).sign(MESSAGE))).toBe('KMS_INTEGRITY')
    expect(driver.attempts).toHaveLength(2)
  })

  it('that does not fit the pinned key is KMS_KEY_MISMATCH, and the key is never fetched', async () => {
    const driver = scriptedDriver([succeed])
    expect(await codeOf(signerOver(driver, { publicKey: OTHER_KEY.publicKey }).sign(MESSAGE))).toBe('KMS_KEY_MISMATCH')
    expect(driver.keyRequests).toHaveLength(0)
  })

  it('after a key was replaced behind the same name is checked with the new key', async () => {
    let current = KEY
    const step: Step = (attempt, request) => signatureBy(current)(attempt, request)
    const driver = scriptedDriver([step], { publicKey: () => current.publicKey })
    const signer = signerOver(driver)
    await signer.sign(MESSAGE)
    current = OTHER_KEY
    expect((await signer.sign(MESSAGE)).verified).toBe(true)
  })

  it('under integrity off costs no other request and says so', async () => {
    const driver = scriptedDriver([succeed])
    expect((await signerOver(driver, { integrity: 'off' }).sign(MESSAGE)).verified).toBe(false)
    expect(driver.keyRequests).toHaveLength(0)
  })

  it('that cannot be checked must at least be a signature', async () => {
    const garbage: Step = async () => ({ signature: new Uint8Array(70) })
    const signer = signerOver(scriptedDriver([garbage]), { integrity: 'off' })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INVALID_RESPONSE')
  })

  it('by another version than the one asked for is refused', async () => {
    const signer = signerOver(scriptedDriver([signatureBy(KEY, { keyVersion: '2' })]))
    expect(await codeOf(signer.sign(MESSAGE, { keyVersion: '1' }))).toBe('KMS_KEY_VERSION_CHANGED')
    expect((await signer.sign(MESSAGE, { keyVersion: '2' })).keyVersion).toBe('2')
  })
})

describe('the public key', () => {
  const refused = (code: 'KMS_PERMISSION_DENIED' | 'KMS_UNAVAILABLE') => {
    const driver: ScriptedDriver = scriptedDriver([succeed], {
      fetchPublicKey: async ({ keyVersion }) => {
        driver.keyRequests.push(keyVersion)
        throw { mapped: { code, phase: 'response', retry: 'never' } }
      },
    })
    return driver
  }

  it('that may not be read leaves signatures unverified, and is not asked for again', async () => {
    const driver = refused('KMS_PERMISSION_DENIED')
    const signer = signerOver(driver)
    expect((await signer.sign(MESSAGE)).verified).toBe(false)
    expect((await signer.sign(MESSAGE)).verified).toBe(false)
    expect(driver.keyRequests).toHaveLength(1)
  })

  it('that could not be read this time is asked for again', async () => {
    const driver = refused('KMS_UNAVAILABLE')
    const signer = signerOver(driver)
    await signer.sign(MESSAGE)
    await signer.sign(MESSAGE)
    expect(driver.keyRequests).toHaveLength(2)
  })

  it('that cannot be had is an error under integrity require', async () => {
    const signer = signerOver(refused('KMS_PERMISSION_DENIED'), { integrity: 'require' })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_PERMISSION_DENIED')
  })

  it('of another type than the algorithm is KMS_KEY_MISMATCH', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    expect(await codeOf(signerOver(scriptedDriver([succeed], { publicKey })).sign(MESSAGE))).toBe('KMS_KEY_MISMATCH')
  })

  it('of a version that the provider does not know means a new signature, and no trust lost in the others', async () => {
    const versions = ['9', '1', '1', '9', '9']
    const step: Step = (attempt, request) => signatureBy(KEY, { keyVersion: versions.shift() ?? '1' })(attempt, request)
    const driver: ScriptedDriver = scriptedDriver([step], {
      publicKeyBy: 'version',
      fetchPublicKey: async ({ keyVersion }) => {
        driver.keyRequests.push(keyVersion)
        if (keyVersion === '9') throw { mapped: { code: 'KMS_INVALID_ARGUMENT', phase: 'response' } }
        return { spki: KEY.publicKey }
      },
    })
    const signer = signerOver(driver)
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, keyVersion: '1', attempts: 2 })
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 1 })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INTEGRITY')
  })

  it('of another key that answered in its place is an error, whatever the integrity', async () => {
    const driver = scriptedDriver([succeed], {
      fetchPublicKey: async () => {
        throw { mapped: { code: 'KMS_INTEGRITY', phase: 'response' } }
      },
    })
    expect(await codeOf(signerOver(driver).sign(MESSAGE))).toBe('KMS_INTEGRITY')
  })

  it('of another type explains why the provider refused a parameter', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const driver = scriptedDriver([fail('KMS_INVALID_ARGUMENT')], { publicKey })
    expect(await codeOf(signerOver(driver).sign(MESSAGE))).toBe('KMS_KEY_MISMATCH')
  })

  it('of another type explains that from the cache too, and nothing else', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const steps = (['KMS_INVALID_ARGUMENT', 'KMS_PERMISSION_DENIED', 'KMS_INVALID_ARGUMENT'] as const).map((code) =>
      fail(code),
    )
    const driver = scriptedDriver(steps, { publicKey })
    const signer = signerOver(driver)
    const codes = [await codeOf(signer.sign(MESSAGE)), await codeOf(signer.sign(MESSAGE))]
    codes.push(await codeOf(signer.sign(MESSAGE)))
    expect(codes).toEqual(['KMS_KEY_MISMATCH', 'KMS_PERMISSION_DENIED', 'KMS_KEY_MISMATCH'])
    expect(driver.keyRequests).toHaveLength(1)
  })

  it('is cached until a refresh is asked for', async () => {
    const driver = scriptedDriver([succeed])
    const signer = signerOver(driver)
    await signer.getPublicKey()
    await signer.getPublicKey()
    const key = await signer.getPublicKey({ refresh: true })
    expect(driver.keyRequests).toHaveLength(2)
    expect(key.keySpec).toBe('EC_P256')
  })
})

describe('a failure', () => {
  it('below the driver counts as the requests that it was', async () => {
    const driver = scriptedDriver([signatureBy(KEY, { attempts: 3 })])
    expect((await signerOver(driver).sign(MESSAGE)).attempts).toBe(3)
  })

  it('that may pass is repeated, each time with a new attempt', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE'), fail('KMS_INTERNAL'), succeed])
    expect(await signerOver(driver).sign(MESSAGE)).toMatchObject({ attempts: 3, verified: true })
    expect(driver.attempts.map((attempt) => attempt.number)).toEqual([1, 2, 3])
  })

  it.each(['KMS_KEY_STATE', 'KMS_PERMISSION_DENIED', 'KMS_KEY_NOT_FOUND', 'KMS_UNKNOWN'] as const)(
    '%s is not repeated',
    async (code) => {
      const driver = scriptedDriver([fail(code)])
      const error = await errorOf(signerOver(driver).sign(MESSAGE))
      expect(error).toMatchObject({
        code,
        attempts: expect.any(Number),
        retryable: false,
        operation: 'sign',
        keyId: 'key-1',
      })
      expect(driver.attempts).toHaveLength(1)
    },
  )

  it('ends with the last error after maxAttempts', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE')])
    expect(await codeOf(signerOver(driver, { maxAttempts: 2, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_UNAVAILABLE')
    expect(driver.attempts).toHaveLength(2)
  })

  it('ends with the last error when the next wait would cross the deadline', async () => {
    const driver = scriptedDriver([fail('KMS_THROTTLED', { retryAfterMs: 5_000 })])
    const startedAt = performance.now()
    expect(await codeOf(signerOver(driver, { timeoutMs: 500, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_THROTTLED')
    expect(performance.now() - startedAt).toBeLessThan(400)
  })

  it('of an outage does not multiply the load', async () => {
    const driver = scriptedDriver([fail('KMS_INTERNAL')])
    const signer = signerOver(driver, { integrity: 'off' })
    const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf(signer.sign(MESSAGE))))
    expect(new Set(codes)).toEqual(new Set(['KMS_INTERNAL']))
    expect(driver.attempts.length / 300).toBeLessThanOrEqual(1.15)
  })

  it('of an outage costs one request for the public key, and not one with every call', async () => {
    let down = true
    const driver: ScriptedDriver = scriptedDriver([fail('KMS_INTERNAL'), fail('KMS_INTERNAL'), succeed], {
      fetchPublicKey: async ({ keyVersion }) => {
        driver.keyRequests.push(keyVersion)
        if (down) throw { mapped: { code: 'KMS_INTERNAL', phase: 'response' } }
        return { spki: KEY.publicKey.export({ type: 'spki', format: 'der' }) }
      },
    })
    const signer = signerOver(driver, { maxAttempts: 1 })
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INTERNAL')
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_INTERNAL')
    expect(driver.keyRequests).toHaveLength(1)
    down = false
    expect((await signer.sign(MESSAGE)).verified).toBe(true)
    expect(driver.keyRequests).toHaveLength(2)
  })

  it('on a stale connection is repeated at once and for nothing', async () => {
    const stale = fail('KMS_NETWORK', { phase: 'request', reusedConnection: true })
    const driver = scriptedDriver([stale, succeed])
    const startedAt = performance.now()
    await signerOver(driver, { integrity: 'off' }).sign(MESSAGE)
    expect(performance.now() - startedAt).toBeLessThan(30)
  })

  it('of the clock is mended by the Date of the server, once, for all signers of the scope', async () => {
    const clock = () => 1_000_000
    const step: Step = async (attempt, request) => {
      if (attempt.now() !== 4_600_000)
        throw { mapped: { code: 'KMS_CLOCK_SKEW', phase: 'response', serverDate: 4_600_000 } }
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([step])
    expect((await signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE)).attempts).toBe(2)
    expect((await signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE)).attempts).toBe(1)
  })

  it('of the clock that the Date of the server does not explain is final', async () => {
    const clock = () => 1_000_000
    const driver = scriptedDriver([fail('KMS_CLOCK_SKEW', { serverDate: 1_000_100 })])
    expect(await codeOf(signerOver(driver, { clock, integrity: 'off' }).sign(MESSAGE))).toBe('KMS_CLOCK_SKEW')
    expect(driver.attempts).toHaveLength(1)
  })

  it('of concurrent calls with one wrong clock costs each one repeat', async () => {
    const clock = () => 1_000_000
    const step: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (attempt.now() !== 4_600_000)
        throw { mapped: { code: 'KMS_CLOCK_SKEW', phase: 'response', serverDate: 4_600_000 } }
      return succeed(attempt, request)
    }
    const signer = signerOver(scriptedDriver([step]), { clock, integrity: 'off' })
    const results = await Promise.all(Array.from({ length: 10 }, () => signer.sign(MESSAGE)))
    expect(results.every((result) => result.attempts === 2)).toBe(true)
  })

  it('that is nothing known is KMS_UNKNOWN, whatever was thrown', async () => {
    for (const thrown of [undefined, null, 'text', 7, new Error('boom')]) {
      const driver = scriptedDriver([
        async () => {
          throw thrown
        },
      ])
      expect(await codeOf(signerOver(driver).sign(MESSAGE))).toBe('KMS_UNKNOWN')
    }
  })
})

describe('time', () => {
  it('for one attempt is bounded, even when the driver hears no signal', async () => {
    const driver = scriptedDriver([hang({ deaf: true }), succeed])
    const result = await signerOver(driver, { attemptTimeoutMs: 60, integrity: 'off' }).sign(MESSAGE)
    expect(result.attempts).toBe(2)
    expect(driver.attempts[0]?.signal.aborted).toBe(true)
  })

  it.each([
    ['answer', (settle: { resolve(): void; reject(): void }) => settle.resolve()],
    ['failure', (settle: { resolve(): void; reject(): void }) => settle.reject()],
  ])('that one attempt has outlived makes its late %s worthless', async (_, end) => {
    let endFirst = () => {}
    const first: Step = (attempt, request) =>
      new Promise((resolve, reject) => {
        const answer = () => void signatureBy(KEY, { requestId: 'late' })(attempt, request).then(resolve)
        endFirst = () => end({ resolve: answer, reject: () => reject(new Error('late')) })
      })
    const second: Step = async (attempt, request) => {
      endFirst()
      await new Promise((resolve) => setTimeout(resolve, 5))
      return signatureBy(KEY, { requestId: 'in time' })(attempt, request)
    }
    const signer = signerOver(scriptedDriver([first, second]), { attemptTimeoutMs: 40, integrity: 'off' })
    expect(await signer.sign(MESSAGE)).toMatchObject({ requestId: 'in time', attempts: 2 })
  })

  it('for the whole call is bounded over attempts, with the last failure as cause', async () => {
    const driver = scriptedDriver([fail('KMS_UNAVAILABLE'), hang()])
    const startedAt = performance.now()
    const error = await errorOf(signerOver(driver, { timeoutMs: 150, integrity: 'off' }).sign(MESSAGE))
    expect(error.code).toBe('KMS_TIMEOUT')
    expect(isKmsError(error.cause, 'KMS_UNAVAILABLE')).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(250)
  })

  it('for reading a stream does not count', async () => {
    async function* slowly() {
      yield MESSAGE.subarray(0, 4)
      await new Promise((resolve) => setTimeout(resolve, 120))
      yield MESSAGE.subarray(4)
    }
    const signer = signerOver(scriptedDriver([succeed]), { timeoutMs: 100 })
    const { signature } = await signer.signStream(slowly())
    expect(await signer.verify(MESSAGE, signature)).toBe(true)
  })
})

describe("the caller's signal", () => {
  it.each([
    ['during an attempt', hang({ deaf: true })],
    ['during a wait', fail('KMS_THROTTLED', { retryAfterMs: 4_000 })],
  ])('%s ends the call with its own reason, unchanged', async (_when, step) => {
    const controller = new AbortController()
    const reason = { mine: true }
    const pending = signerOver(scriptedDriver([step]), { integrity: 'off' }).sign(MESSAGE, {
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(reason), 20)
    await expect(pending).rejects.toBe(reason)
  })

  it('that is aborted already means that nothing is sent', async () => {
    const driver = scriptedDriver([succeed])
    await expect(signerOver(driver).sign(MESSAGE, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(driver.attempts).toHaveLength(0)
  })

  it('has one listener, whatever the number of calls', async () => {
    const { signal } = new AbortController()
    let most = 0
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      most = Math.max(most, getEventListeners(signal, 'abort').length)
      return succeed(attempt, request)
    }
    const signer = signerOver(scriptedDriver([slow]))
    await Promise.all(Array.from({ length: 30 }, () => signer.sign(MESSAGE, { signal })))
    expect([most, getEventListeners(signal, 'abort').length]).toEqual([1, 0])
  })

  it('while a stream is read closes the stream', async () => {
    let closed = false
    async function* endless() {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          yield new Uint8Array(1)
        }
      } finally {
        closed = true
      }
    }
    const controller = new AbortController()
    const pending = signerOver(scriptedDriver([succeed])).signStream(endless(), { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 30)
    await expect(pending).rejects.toBe('enough')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(closed).toBe(true)
  })
})

describe('arguments', () => {
  const signer = signerOver(scriptedDriver([succeed]))

  it.each([
    ['a text as message', () => signer.sign('text' as never)],
    ['a number as digest', () => signer.signDigest(7 as never)],
    ['options that are no object', () => signer.sign(MESSAGE, 7 as never)],
    ['a timeout of zero', () => signer.sign(MESSAGE, { timeoutMs: 0 })],
    ['an unknown encoding', () => signer.sign(MESSAGE, { encoding: 'hex' as never })],
    ['a source that is no stream', () => signer.signStream(7 as never)],
    ['a signature that is a text', () => signer.verify(MESSAGE, 'text' as never)],
  ])('%s are a TypeError', async (_what, call) => {
    await expect(call()).rejects.toBeInstanceOf(TypeError)
  })

  it('over the limit of a provider without digest mode are KMS_MESSAGE_TOO_LARGE before any request', async () => {
    const driver = scriptedDriver([succeed])
    expect(await codeOf(signerOver(driver).sign(new Uint8Array(101)))).toBe('KMS_MESSAGE_TOO_LARGE')
    expect(await codeOf(signerOver(driver).signDigest(new Uint8Array(32)))).toBe('KMS_UNSUPPORTED')
    expect(await codeOf(signerOver(driver).signDigest(new Uint8Array(31)))).toBe('KMS_INVALID_ARGUMENT')
    expect(driver.attempts).toHaveLength(0)
  })

  it('of a stream over the limit fail at that byte and close the source', async () => {
    let read = 0
    function* chunks() {
      for (;;) {
        read += 1
        yield new Uint8Array(60)
      }
    }
    expect(await codeOf(signer.signStream(chunks()))).toBe('KMS_MESSAGE_TOO_LARGE')
    expect(read).toBe(2)
  })
})

describe('close', () => {
  it('refuses new calls, lets running ones finish, and is idempotent', async () => {
    const slow: Step = async (attempt, request) => {
      await new Promise((resolve) => setTimeout(resolve, 40))
      return succeed(attempt, request)
    }
    const driver = scriptedDriver([slow])
    const signer = signerOver(driver)
    const running = signer.sign(MESSAGE)
    const closing = signer.close()
    expect(await codeOf(signer.sign(MESSAGE))).toBe('KMS_SIGNER_CLOSED')
    expect((await running).verified).toBe(true)
    await Promise.all([closing, signer.close()])
    expect(driver.closed).toBe(1)
  })

  it('ends what does not finish in time', async () => {
    const signer = signerOver(scriptedDriver([hang({ deaf: true })]))
    const running = codeOf(signer.sign(MESSAGE))
    await signer.close({ timeoutMs: 20 })
    expect(await running).toBe('KMS_SIGNER_CLOSED')
  })

  it('ends everything at once without patience', async () => {
    const signer = signerOver(scriptedDriver([hang({ deaf: true })]))
    const running = codeOf(signer.sign(MESSAGE))
    await signer.close({ timeoutMs: 0 })
    expect(await running).toBe('KMS_SIGNER_CLOSED')
  })
})

describe('the signer', () => {
  it('is frozen, and so are its capabilities', () => {
    const signer = signerOver(scriptedDriver([succeed]))
    expect(Object.isFrozen(signer) && Object.isFrozen(signer.capabilities)).toBe(true)
    expect(signer.capabilities).toEqual({ digest: false, maxMessageBytes: 100, remoteVerify: false, publicKey: true })
  })

  it('names every wrong option at once and shows no value', () => {
    const wrong = {
      timeoutMs: -1,
      integrity: 'secret-value',
      clock: 5,
      rateLimit: { perSecond: 0, brust: 1 },
      publicKey: 'x',
    }
    const attempt = () => signerOver(scriptedDriver([succeed]), wrong)
    expect(attempt).toThrowError(expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }))
    try {
      attempt()
    } catch (error) {
      const { issues, message } = error as KmsError
      const paths = issues?.map((issue) => issue.path)
      expect(paths).toEqual(['publicKey', 'integrity', 'timeoutMs', 'rateLimit.perSecond', 'rateLimit.brust', 'clock'])
      expect(message).toContain("did you mean 'burst'?")
      expect(message).not.toContain('secret-value')
    }
  })

  it('with integrity require cannot be made where no key can ever be had', () => {
    const driver = scriptedDriver([succeed], { publicKeyBy: 'none' })
    expect(() => signerOver(driver, { integrity: 'require' })).toThrowError(
      expect.objectContaining({ code: 'KMS_INVALID_CONFIG' }),
    )
  })
})

describe('verify', () => {
  const signature = new Uint8Array(cryptoSign('sha256', MESSAGE, KEY.privateKey))

  it('is true, false, and false for what is no signature', async () => {
    const signer = signerOver(scriptedDriver([succeed]))
    expect(await signer.verify(MESSAGE, signature)).toBe(true)
    expect(await signer.verify(Buffer.from('another'), signature)).toBe(false)
    expect(await signer.verify(MESSAGE, new Uint8Array(3))).toBe(false)
    expect(await signer.verifyStream([MESSAGE], signature)).toBe(true)
  })

  it('goes to the provider when the public key cannot be had', async () => {
    let asked = 0
    const driver = scriptedDriver([succeed], {
      publicKeyBy: 'none',
      verifyPayload: async () => {
        asked += 1
        return true
      },
    })
    const signer = signerOver(driver)
    expect(await signer.verify(MESSAGE, signature)).toBe(true)
    expect(asked).toBe(1)
    expect(await codeOf(signer.verify(MESSAGE, signature, { mode: 'local' }))).toBe('KMS_UNSUPPORTED')
  })

  it('by the provider is not asked for what no key could have signed', async () => {
    let asked = 0
    const verifyPayload = async () => {
      asked += 1
      return false
    }
    const signer = signerOver(scriptedDriver([succeed], { verifyPayload }))
    for (const bytes of [0, 7, 64, 500]) {
      expect(await signer.verify(MESSAGE, new Uint8Array(bytes), { mode: 'remote' })).toBe(false)
    }
    expect(asked).toBe(0)
    expect(await signer.verify(MESSAGE, signature, { mode: 'remote' })).toBe(false)
    expect(asked).toBe(1)
  })

  it('by a provider without the operation is KMS_UNSUPPORTED', async () => {
    const signer = signerOver(scriptedDriver([succeed]))
    expect(await codeOf(signer.verify(MESSAGE, signature, { mode: 'remote' }))).toBe('KMS_UNSUPPORTED')
  })

  it('takes a result with its own encoding', async () => {
    const signer = signerOver(scriptedDriver([succeed]))
    const result = await signer.sign(MESSAGE, { encoding: 'p1363' })
    expect(await signer.verify(MESSAGE, result)).toBe(true)
    expect(await signer.verify(MESSAGE, { ...result, algorithm: 'ECDSA_SHA_384' } as never)).toBe(false)
  })
})
