import { sign as cryptoSign, verify as cryptoVerify } from 'node:crypto'
import type { KmsError } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { codeOf, MESSAGE, signerOver } from './outcomes.ts'
import { KEY, OTHER_KEY, type Step, scriptedDriver, signatureBy, succeed } from './scripted-driver.ts'

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
