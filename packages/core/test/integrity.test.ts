import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { MappedError } from '@kmsign/core/driver'
import { describe, expect, it } from 'vitest'
import { testKey } from './keys.ts'
import { DIGESTS, localMaker, type Maker, MESSAGES, offered } from './offered.ts'
import { codeOf, errorOf, listening, MESSAGE, signerOver, whyUnverified } from './outcomes.ts'
import {
  fail,
  KEY,
  OTHER_KEY,
  type ScriptedDriver,
  type Step,
  scriptedDriver,
  signatureBy,
  succeed,
} from './scripted-driver.ts'

const DER = { payloads: MESSAGES, encodings: ['der'] } as const

/** A driver that signs with a version of the key, and whose answers for the public key are chosen by that version. */
function versionedDriver(keyFor: (version: string | undefined) => Promise<typeof KEY.publicKey>) {
  const driver: ScriptedDriver = scriptedDriver([signatureBy(KEY, { keyVersion: '7' })], {
    publicKeyBy: 'version',
    fetchPublicKey: async ({ keyVersion }) => {
      driver.keyRequests.push(keyVersion)
      return { spki: await keyFor(keyVersion) }
    },
  })
  return driver
}

const refuse = (code: MappedError['code']) => Promise.reject({ mapped: { code, phase: 'response', retry: 'never' } })
const never = () => new Promise<never>(() => {})

describe('a result', () => {
  it('names the key as configured where the provider names none, and nothing that is not known', async () => {
    const result = await signerOver(scriptedDriver([succeed])).sign(MESSAGE)
    expect(result).toStrictEqual({
      signature: expect.any(Uint8Array),
      encoding: 'der',
      algorithm: 'ECDSA_SHA_256',
      provider: 'scripted',
      keyId: 'key-1',
      verified: true,
      attempts: 1,
    })
  })

  it('has what the provider says of the key and the request', async () => {
    const said = { keyId: 'key-1/7', keyVersion: '7', requestId: 'request-1' }
    const driver = scriptedDriver([signatureBy(KEY, said)], { publicKeyBy: 'version' })
    expect(await signerOver(driver).sign(MESSAGE)).toMatchObject({ ...said, verified: true })
  })

  it('of RSA is raw, whatever encoding was asked for', async () => {
    const offer = { payloads: MESSAGES, encodings: ['raw'] } as const
    const { signer } = offered('RSA_PKCS1_SHA_256', 'RSA_2048', offer)
    expect(await signer.sign(MESSAGE, { encoding: 'der' })).toMatchObject({ encoding: 'raw', verified: true })
    expect((await signer.sign(MESSAGE, { encoding: 'p1363' })).signature).toHaveLength(256)
  })

  it('counts the requests below the driver in the event of the call too', async () => {
    const counted: number[] = []
    const result = await listening(
      'kmsign:call',
      ({ attempts }) => void counted.push(attempts),
      () => signerOver(scriptedDriver([signatureBy(KEY, { attempts: 3 })])).sign(MESSAGE),
    )
    expect([result.attempts, counted]).toEqual([3, [3]])
  })
})

describe('the public key of a version', () => {
  it('that cannot be had leaves the signature as it is, though the current one can', async () => {
    const driver = versionedDriver((version) =>
      version === undefined ? Promise.resolve(KEY.publicKey) : refuse('KMS_UNAVAILABLE'),
    )
    const signer = signerOver(driver)
    const why = await whyUnverified(async () => {
      expect(await signer.sign(MESSAGE)).toMatchObject({ verified: false, attempts: 1, keyVersion: '7' })
    })
    expect(why).toEqual(['KMS_UNAVAILABLE'])
    expect([driver.attempts.length, driver.keyRequests]).toEqual([1, ['7']])
  })

  it('is not asked for to explain a refused parameter: no signature has named one', async () => {
    const driver = versionedDriver(async () => KEY.publicKey)
    const refusing = { ...driver, signPayload: () => refuse('KMS_INVALID_ARGUMENT') }
    expect(await errorOf(signerOver(refusing).sign(MESSAGE))).toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
    expect(driver.keyRequests).toEqual([])
  })
})

describe('the public key of a key without versions', () => {
  it('that is not found is asked for once', async () => {
    const driver: ScriptedDriver = scriptedDriver([succeed], {
      fetchPublicKey: ({ keyVersion }) => {
        driver.keyRequests.push(keyVersion)
        return refuse('KMS_KEY_NOT_FOUND')
      },
    })
    const why = await whyUnverified(() => signerOver(driver).sign(MESSAGE))
    expect([why, driver.keyRequests.length]).toEqual([['KMS_KEY_NOT_FOUND'], 1])
  })

  it('that takes longer than the call leaves a signature unverified', async () => {
    const driver = scriptedDriver([succeed], { fetchPublicKey: never })
    const why = await whyUnverified(async () => {
      expect((await signerOver(driver, { timeoutMs: 20 }).sign(MESSAGE)).verified).toBe(false)
    })
    expect(why).toEqual(['KMS_TIMEOUT'])
  })

  it('is not waited for when the caller leaves', async () => {
    const controller = new AbortController()
    const driver = scriptedDriver([succeed], { fetchPublicKey: never })
    setTimeout(() => controller.abort('left'), 10)
    expect(await errorOf(signerOver(driver).sign(MESSAGE, { signal: controller.signal }))).toBe('left')
  })

  it('is no business of a signer that checks nothing, not even to explain a refusal', async () => {
    const driver = scriptedDriver([fail('KMS_INVALID_ARGUMENT')])
    const error = await errorOf(signerOver(driver, { integrity: 'off' }).sign(MESSAGE))
    expect(error).toMatchObject({ code: 'KMS_INVALID_ARGUMENT' })
    expect(driver.keyRequests).toEqual([])
  })

  it('of another type explains a mismatch that the provider sees, too', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const driver = scriptedDriver([fail('KMS_KEY_MISMATCH')], { publicKey })
    expect(await errorOf(signerOver(driver).sign(MESSAGE))).toMatchObject({
      code: 'KMS_KEY_MISMATCH',
      message: expect.stringContaining('a EC_P384 key cannot be used with ECDSA_SHA_256'),
    })
  })
})

describe('a signature that does not fit its key', () => {
  /** Signs with a stranger's key first, then with the right one. */
  const onceWrong = (right: Maker, wrong: Maker): Maker => {
    let signed = 0
    return (request) => {
      signed += 1
      return signed === 1 ? wrong(request) : right(request)
    }
  }
  const stranger: Maker = async ({ payload }) =>
    signatureBy(OTHER_KEY)({} as never, { kind: 'message', payload } as never)
  const BOTH = { payloads: { ...MESSAGES, ...DIGESTS(32) } }

  it('is not by the pinned key, and the error says so', async () => {
    const driver = scriptedDriver([signatureBy(OTHER_KEY)])
    expect(await errorOf(signerOver(driver, { publicKey: KEY.publicKey }).sign(MESSAGE))).toMatchObject({
      code: 'KMS_KEY_MISMATCH',
      message: expect.stringContaining('the signature is not by the pinned key'),
    })
  })

  it('is asked for again in the same way, and so are those after it: only SM2 has ids', async () => {
    const make = onceWrong(localMaker('ECDSA_SHA_256', 'EC_P256'), stranger)
    const { signer, sent } = offered('ECDSA_SHA_256', 'EC_P256', { ...DER, ...BOTH }, { make })
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 2 })
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 1 })
    expect(sent.map(({ kind }) => kind)).toEqual(['message', 'message', 'message'])
  })

  it('of an SM2 digest says nothing of how messages are signed', async () => {
    const make = onceWrong(localMaker('SM2_DSA', 'EC_SM2'), async () => ({
      signature: Buffer.from(`3044${'0220'.padEnd(68, '11').repeat(2)}`, 'hex'),
    }))
    const { signer, sent } = offered('SM2_DSA', 'EC_SM2', { ...BOTH, encodings: ['der'] }, { make })
    expect(await signer.signDigest(new Uint8Array(32))).toMatchObject({ verified: true, attempts: 2 })
    expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true, attempts: 1 })
    expect(sent.map(({ kind }) => kind)).toEqual(['digest', 'digest', 'message'])
  })

  it('costs no second signature where the key asked for anew fits', async () => {
    const keys = [OTHER_KEY.publicKey, KEY.publicKey]
    const driver = scriptedDriver([succeed], { publicKey: () => keys.shift() ?? KEY.publicKey })
    expect(await signerOver(driver).sign(MESSAGE)).toMatchObject({ verified: true, attempts: 1 })
    expect([driver.attempts.length, driver.keyRequests.length]).toEqual([1, 2])
  })
})

it('a key that was pinned is never asked for, whatever the provider answers', async () => {
  const publicKey = createPublicKey(testKey('EC_P256').publicPem)
  const { signer, driver, sent } = offered('ECDSA_SHA_256', 'EC_P256', DER, { options: { publicKey } })
  expect(await signer.sign(MESSAGE)).toMatchObject({ verified: true })
  expect([driver.keyRequests, sent.length]).toEqual([[], 1])
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
