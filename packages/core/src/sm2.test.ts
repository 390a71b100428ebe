import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sm2 } from 'sm-crypto-v2'
import { describe, expect, test } from 'vitest'
import { rowOf, testKey } from '../test/keys.ts'
import { hasOpenssl, opensslSign, opensslVerify } from '../test/openssl.ts'
import { checkSignature } from './check-signature.ts'
import { signSm2, verifySm2 } from './curves.ts'
import { isKmsError } from './errors.ts'
import { createLocalKey } from './local-key.ts'
import { type PublicKey, parsePublicKey } from './public-key.ts'
import { ecdsaSignatureToDer, ecdsaSignatureToP1363 } from './signature-encoding.ts'
import { parseSm2UserId, sm2Digest, sm2Za } from './sm2.ts'
import { fixedSpki } from './spki.ts'

const ROW = rowOf('SM2_DSA', 'EC_SM2')
const MESSAGE = Buffer.from('message digest')
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const IDS: readonly [string, string | Uint8Array | undefined][] = [
  ['the default', undefined],
  ['the empty', ''],
  ['a 40-byte', 'a'.repeat(40)],
  ['a 31-byte', 'b'.repeat(31)],
  ['a 32-byte', 'c'.repeat(32)],
  ['a non-ASCII', '签名者@例子.中国'],
  ['a binary', Uint8Array.of(0, 255, 128, 10)],
  ['an 8191-byte', 'd'.repeat(8191)],
]

async function check(key: PublicKey, message: Uint8Array, signature: Uint8Array, id: Uint8Array) {
  const rule = { row: ROW, encoding: 'der', sm2UserId: id } as const
  const digest = { kind: 'digest', bytes: sm2Digest(key, message, id) } as const
  return [
    await checkSignature(key, { kind: 'message', bytes: message }, signature, rule),
    await checkSignature(key, digest, signature, rule),
  ]
}

// The example of GB/T 32918.2 is on another curve; these are the same inputs on the standard one, as GM/T 0003.5 has them.
describe('the example of GM/T 0003.5', () => {
  const point = Buffer.from(
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
    'hex',
  )
  const key = parsePublicKey(fixedSpki('EC_SM2', Buffer.concat([Uint8Array.of(4), point])).spki)
  const id = parseSm2UserId(undefined)
  const e = 'f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640'
  const pair = Buffer.from(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
    'hex',
  )

  test('ZA, e and the signature', async () => {
    expect(hex(sm2Za(key, id))).toBe('b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3')
    expect(hex(sm2Digest(key, MESSAGE, id))).toBe(e)
    expect(await check(key, MESSAGE, ecdsaSignatureToDer(pair, 'EC_SM2'), id)).toEqual([true, true])
  })
})

describe('user ids', () => {
  test.each(IDS)('%s id binds the signature', async (_, value) => {
    const { publicKey, privatePem } = testKey('EC_SM2')
    const id = parseSm2UserId(value)
    const signature = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, id)
    expect(await check(publicKey, MESSAGE, signature, id)).toEqual([true, true])
    expect(await check(publicKey, MESSAGE, signature, Buffer.from('another'))).toEqual([false, false])
  })

  test.skipIf(!hasOpenssl).each(IDS.filter(([, id]) => id === undefined || id.length < 100))(
    '%s id agrees with the openssl command both ways',
    async (_, value) => {
      const { publicKey, publicPem, privatePem } = testKey('EC_SM2')
      const sm2UserId = parseSm2UserId(value)
      const theirs = opensslSign(ROW, privatePem, MESSAGE, { sm2UserId })
      expect(await check(publicKey, MESSAGE, theirs, sm2UserId)).toEqual([true, true])
      const ours = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, sm2UserId)
      expect(opensslVerify(ROW, publicPem, MESSAGE, ours, { sm2UserId })).toBe(true)
      expect(opensslVerify(ROW, publicPem, MESSAGE, ours, { sm2UserId: Buffer.from('another') })).toBe(false)
    },
  )

  test('are bytes of their own: text as UTF-8, at most 8191', () => {
    const given = Buffer.from('id')
    const parsed = parseSm2UserId(given)
    given.fill(0)
    expect(parsed).toEqual(new Uint8Array(Buffer.from('id')))
    expect(parseSm2UserId('é')).toEqual(Uint8Array.of(0xc3, 0xa9))
    expect(parseSm2UserId(undefined)).toEqual(new Uint8Array(Buffer.from('1234567812345678')))
    expect(parseSm2UserId('')).toHaveLength(0)
  })

  test.each([['x'.repeat(8192)], [new Uint8Array(8192)], ['é'.repeat(4096)], ['\ud800'], [5], [null], [{}]])(
    'other values are refused, %#',
    (value) => {
      const read = () => parseSm2UserId(value === null ? (false as unknown as string) : (value as string))
      expect(codeOf(read)).toBe('KMS_INVALID_CONFIG')
    },
  )

  test('need an SM2 key', () => {
    expect(codeOf(() => sm2Za(testKey('EC_P256').publicKey, new Uint8Array()))).toBe('KMS_KEY_MISMATCH')
  })
})

describe('beside sm-crypto-v2', () => {
  test('good and altered signatures get the same answer, with random keys, ids and messages', async () => {
    const arbitrary = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 30 }), fc.nat(63))
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([message, userId, index]) => {
        const pair = sm2.generateKeyPairHex()
        const point = Buffer.from(pair.publicKey, 'hex')
        const key = parsePublicKey(fixedSpki('EC_SM2', point).spki)
        const id = parseSm2UserId(userId)
        const options = { hash: true, userId, publicKey: pair.publicKey }
        const theirs = Buffer.from(sm2.doSignature(message, pair.privateKey, options), 'hex')
        expect(await check(key, message, ecdsaSignatureToDer(theirs, 'EC_SM2'), id)).toEqual([true, true])
        const ours = signSm2(sm2Digest(key, message, id), Buffer.from(pair.privateKey, 'hex'))
        expect(sm2.doVerifySignature(message, hex(ours), pair.publicKey, options)).toBe(true)
        const altered = Buffer.from(ours)
        altered[index] = (altered[index] ?? 0) ^ 0x10
        expect(sm2.doVerifySignature(message, hex(altered), pair.publicKey, options)).toBe(false)
        expect(verifySm2(sm2Digest(key, message, id), altered, point)).toBe(false)
      }),
      { numRuns: 15 },
    )
  })
})

describe('a key', () => {
  test('works the same generated or imported', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const id = parseSm2UserId(undefined)
    const signature = await createLocalKey('SM2_DSA', 'EC_SM2', pem).sign('message', MESSAGE, id)
    expect(await check(parsePublicKey(pair.publicKey), MESSAGE, signature, id)).toEqual([true, true])
    const exported = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect(await check(parsePublicKey(exported), MESSAGE, signature, id)).toEqual([true, true])
  })
})

describe('the check from e', () => {
  const { publicKey, privatePem } = testKey('EC_SM2')
  const point = publicKey.spki.subarray(-65)

  test('refuses r and s out of range, r + s = n, and never throws', () => {
    const e = randomBytes(32)
    for (const value of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      expect(verifySm2(e, pairOf(value, 1n), point)).toBe(false)
      expect(verifySm2(e, pairOf(1n, value), point)).toBe(false)
    }
    expect(verifySm2(e, pairOf(5n, ORDER - 5n), point)).toBe(false)
    for (const length of [0, 1, 63, 65, 128]) expect(verifySm2(e, new Uint8Array(length).fill(1), point)).toBe(false)
  })

  test('takes e at or above the order', async () => {
    const key = createLocalKey('SM2_DSA', 'EC_SM2', privatePem)
    for (const e of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const pair = ecdsaSignatureToP1363(await key.sign('digest', e, new Uint8Array()), 'EC_SM2')
      expect(verifySm2(e, pair, point)).toBe(true)
    }
  })

  test('is not the bare SM3 of the message', async () => {
    const id = parseSm2UserId(undefined)
    const signature = await createLocalKey('SM2_DSA', 'EC_SM2', privatePem).sign('message', MESSAGE, id)
    const bare = createHash('sm3').update(MESSAGE).digest()
    const rule = { row: ROW, encoding: 'der' } as const
    expect(await checkSignature(publicKey, { kind: 'digest', bytes: bare }, signature, rule)).toBe(false)
  })
})

function pairOf(r: bigint, s: bigint): Uint8Array {
  return Buffer.from([r, s].map((value) => value.toString(16).padStart(64, '0')).join(''), 'hex')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return isKmsError(error) ? error.code : undefined
  }
  return undefined
}

describe('what SM2 refuses', () => {
  test.each([
    [5, 'expected a text or bytes, got a number'],
    ['\ud800', 'is not well-formed Unicode'],
    ['x'.repeat(8192), 'expected at most 8191 bytes'],
    [new Uint8Array(8192), 'expected at most 8191 bytes'],
  ])('as a user id says why', (id, message) => {
    expect(() => parseSm2UserId(id as string)).toThrow(
      expect.objectContaining({
        code: 'KMS_INVALID_CONFIG',
        operation: 'configure',
        issues: [{ path: 'sm2UserId', message }],
      }),
    )
  })

  test('as a key is named', () => {
    expect(() => sm2Za(testKey('EC_P256').publicKey, new Uint8Array(0))).toThrow(
      expect.objectContaining({
        code: 'KMS_KEY_MISMATCH',
        operation: 'configure',
        message: expect.stringContaining('SM2_DSA needs an EC_SM2 key, this one is EC_P256'),
      }),
    )
  })
})
