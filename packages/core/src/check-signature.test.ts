import { constants, createHash, randomBytes, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { rowOf, TESTABLE_SPECS, testKey } from '../test/keys.ts'
import { hasOpenssl, opensslSign, opensslVerify } from '../test/openssl.ts'
import { type AlgorithmRow, type KeySpec, rowsForKeySpec } from './algorithms.ts'
import {
  checkSignature,
  exactAtOnce,
  measurePssSalt,
  type SignatureRule,
  supportsVerification,
} from './check-signature.ts'
import { verifyEcdsaDigest } from './curves.ts'
import { digestMessage } from './digest.ts'
import { createLocalKey } from './local-key.ts'
import { curveOrder } from './order.ts'
import { type PublicKey, parsePublicKey } from './public-key.ts'
import { ecdsaSignatureToDer, ecdsaSignatureToP1363 } from './signature-encoding.ts'

const MESSAGE = Buffer.from('the message of these tests')
const DEFAULT_ID = Buffer.from('1234567812345678')
const ROWS = TESTABLE_SPECS.flatMap((keySpec) => rowsForKeySpec(keySpec))
const title = (row: AlgorithmRow) => `${row.algorithm} with ${row.keySpec}`
const TITLED = ROWS.map((row) => [title(row), row] as const)
const OPENSSL_ROWS = TITLED.filter(([, row]) => row.scheme !== 'ml-dsa')

/** From the message, and from its digest where the scheme has one. */
async function checkBoth(key: PublicKey, message: Uint8Array, signature: Uint8Array, rule: SignatureRule) {
  const { row } = rule
  const answers = [await checkSignature(key, { kind: 'message', bytes: message }, signature, rule)]
  if (row.payloads.includes('digest')) {
    const bytes = digestMessage(row.algorithm, message, { publicKey: key, sm2UserId: rule.sm2UserId })
    answers.push(await checkSignature(key, { kind: 'digest', bytes }, signature, rule))
  }
  return answers
}

describe.skipIf(!hasOpenssl)('with the openssl command', () => {
  test.each(OPENSSL_ROWS)('verifies its signature by %s', async (_, row) => {
    const { publicKey, privatePem } = testKey(row.keySpec)
    const signature = opensslSign(row, privatePem, MESSAGE)
    const rule = { row, encoding: row.defaultEncoding }
    expect(new Set(await checkBoth(publicKey, MESSAGE, signature, rule))).toEqual(new Set([true]))
    expect(new Set(await checkBoth(publicKey, Buffer.from('another'), signature, rule))).toEqual(new Set([false]))
    if (row.encodings.includes('p1363')) {
      const pair = ecdsaSignatureToP1363(signature, row.keySpec)
      expect(new Set(await checkBoth(publicKey, MESSAGE, pair, { row, encoding: 'p1363' }))).toEqual(new Set([true]))
      expect(new Set(await checkBoth(publicKey, MESSAGE, pair, { row, encoding: 'der' }))).toEqual(new Set([false]))
    }
  })

  test.each(OPENSSL_ROWS)('is satisfied with ours by %s, from message and from digest', async (_, row) => {
    const { publicPem, privatePem, publicKey } = testKey(row.keySpec)
    const key = createLocalKey(row.algorithm, row.keySpec, privatePem)
    const signature = await key.sign('message', MESSAGE, DEFAULT_ID)
    expect(opensslVerify(row, publicPem, MESSAGE, signature)).toBe(true)
    if (!row.payloads.includes('digest')) return
    const digest = digestMessage(row.algorithm, MESSAGE, { publicKey })
    expect(opensslVerify(row, publicPem, MESSAGE, await key.sign('digest', digest, DEFAULT_ID))).toBe(true)
  })
})

describe('an exact check', () => {
  test.each(TITLED)('accepts what the local key signs by %s, and nothing beside it', async (_, row) => {
    const { publicKey, privatePem } = testKey(row.keySpec)
    const rule = { row, encoding: row.defaultEncoding }
    const signature = await createLocalKey(row.algorithm, row.keySpec, privatePem).sign('message', MESSAGE, DEFAULT_ID)
    expect(await checkBoth(publicKey, MESSAGE, signature, rule)).not.toContain(false)
    const flips = [0, 1, 2, 3, 5, Math.floor(signature.length / 2), signature.length - 1]
    const wrong = [
      ...flips.map((index) => withFlippedBit(signature, index)),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      new Uint8Array(0),
      new Uint8Array(signature.length),
      new Uint8Array(signature.length).fill(0xff),
    ]
    for (const bytes of wrong) expect(await checkBoth(publicKey, MESSAGE, bytes, rule)).not.toContain(true)
  })

  test.each(TITLED)('takes messages of any size by %s, and bytes at an offset', async (_, row) => {
    const { publicKey, privatePem } = testKey(row.keySpec)
    const rule = { row, encoding: row.defaultEncoding }
    const key = createLocalKey(row.algorithm, row.keySpec, privatePem)
    for (const size of [0, 1, 4097]) {
      const message = Buffer.concat([Buffer.alloc(7), randomBytes(size), Buffer.alloc(7)]).subarray(7, 7 + size)
      const signature = await key.sign('message', message, DEFAULT_ID)
      const shifted = Buffer.concat([Buffer.alloc(3), signature]).subarray(3)
      expect(await checkBoth(publicKey, message, shifted, rule)).not.toContain(false)
    }
  })

  test('is false for a key of another spec or another key', async () => {
    const row = rowOf('ECDSA_SHA_256', 'EC_P256')
    const signature = sign('sha256', MESSAGE, testKey('EC_P256').privateKey)
    const rule = { row, encoding: 'der' } as const
    expect(await checkBoth(testKey('EC_P256K').publicKey, MESSAGE, signature, rule)).toEqual([false, false])
    const other = createLocalKey('ECDSA_SHA_256', 'EC_P256')
    expect(await checkBoth(parsePublicKey(other.spki), MESSAGE, signature, rule)).toEqual([false, false])
  })

  test('is false for a digest of another length', async () => {
    for (const [algorithm, keySpec] of [
      ['RSA_PSS_SHA_256', 'RSA_2048'],
      ['RSA_PKCS1_SHA_256', 'RSA_2048'],
      ['ECDSA_SHA_256', 'EC_P256'],
      ['SM2_DSA', 'EC_SM2'],
    ] as const) {
      const row = rowOf(algorithm, keySpec)
      const { publicKey, privatePem } = testKey(keySpec)
      const digest = digestMessage(algorithm, MESSAGE, { publicKey })
      const signature = await createLocalKey(algorithm, keySpec, privatePem).sign('digest', digest, DEFAULT_ID)
      const check = (bytes: Uint8Array) =>
        checkSignature(publicKey, { kind: 'digest', bytes }, signature, { row, encoding: row.defaultEncoding })
      expect(await check(digest)).toBe(true)
      for (const bytes of [digest.subarray(1), Buffer.concat([digest, digest]), new Uint8Array(0)]) {
        expect(await check(bytes)).toBe(false)
      }
    }
  })

  test('tells apart algorithms of one key', async () => {
    const { publicKey, privatePem } = testKey('RSA_2048')
    for (const made of rowsForKeySpec('RSA_2048')) {
      const signature = await createLocalKey(made.algorithm, 'RSA_2048', privatePem).sign(
        'message',
        MESSAGE,
        DEFAULT_ID,
      )
      for (const row of rowsForKeySpec('RSA_2048')) {
        const answers = await checkBoth(publicKey, MESSAGE, signature, { row, encoding: 'raw', pssSaltLength: 'any' })
        expect(answers).toEqual([made === row, made === row])
      }
    }
  })

  test('refuses payloads that nobody can verify here', async () => {
    const { publicKey } = testKey('ED25519')
    const row = rowOf('ED25519', 'ED25519')
    expect(supportsVerification(row, 'message')).toBe(true)
    expect(supportsVerification(row, 'digest')).toBe(false)
    expect(supportsVerification(rowOf('ML_DSA', 'ML_DSA_44'), 'mu')).toBe(false)
    const check = checkSignature(publicKey, { kind: 'digest', bytes: MESSAGE }, MESSAGE, { row, encoding: 'raw' })
    await expect(check).rejects.toMatchObject({ code: 'KMS_UNSUPPORTED' })
  })
})

describe('RSA-PSS salt', () => {
  const row = rowOf('RSA_PSS_SHA_256', 'RSA_2048')
  const signWith = (saltLength: number) =>
    sign('sha256', MESSAGE, {
      key: testKey('RSA_2048').privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    })

  test.each([0, 1, 20, 31, 32, 33, 221, 222])('of %i bytes fits its own length and `any` only', async (salt) => {
    const { publicKey } = testKey('RSA_2048')
    const signature = signWith(salt)
    const check = (pssSaltLength?: number | 'any') =>
      checkBoth(publicKey, MESSAGE, signature, { row, encoding: 'raw', pssSaltLength })
    expect(await check()).toEqual([salt === 32, salt === 32])
    expect(await check(salt)).toEqual([true, true])
    expect(await check('any')).toEqual([true, true])
    expect(await check(salt === 20 ? 21 : 20)).toEqual([false, false])
    for (const impossible of [-1, -2, -3, 223, 1.5, Number.NaN, 2 ** 40]) {
      expect(await check(impossible)).toEqual([false, false])
    }
    expect(await measurePssSalt(publicKey, { kind: 'message', bytes: MESSAGE }, signature, row)).toBe(salt)
  })

  test('is not found in other signatures', async () => {
    const { publicKey, privateKey } = testKey('RSA_2048')
    const payload = { kind: 'message', bytes: MESSAGE } as const
    const pkcs1 = sign('sha256', MESSAGE, privateKey)
    expect(await measurePssSalt(publicKey, payload, pkcs1, row)).toBeUndefined()
    expect(await measurePssSalt(publicKey, payload, randomBytes(256), row)).toBeUndefined()
    expect(await measurePssSalt(publicKey, payload, signWith(32), rowOf('RSA_PSS_SHA_384', 'RSA_2048'))).toBeUndefined()
    expect(await measurePssSalt(publicKey, payload, pkcs1, rowOf('RSA_PKCS1_SHA_256', 'RSA_2048'))).toBeUndefined()
    const short = { kind: 'digest', bytes: Buffer.alloc(31) } as const
    expect(await measurePssSalt(publicKey, short, signWith(32), row)).toBeUndefined()
  })
})

test('an RSA signature whose leading zero a provider dropped still fits', async () => {
  const { publicKey, privateKey } = testKey('RSA_2048')
  for (const padding of [constants.RSA_PKCS1_PSS_PADDING, constants.RSA_PKCS1_PADDING]) {
    const isPss = padding === constants.RSA_PKCS1_PSS_PADDING
    const row = rowOf(isPss ? 'RSA_PSS_SHA_256' : 'RSA_PKCS1_SHA_256', 'RSA_2048')
    for (let attempt = 0; ; attempt += 1) {
      const message = Buffer.from(`message ${attempt}`)
      const signature = sign('sha256', message, { key: privateKey, padding, saltLength: isPss ? 32 : 0 })
      if (signature[0] !== 0) continue
      const rule = { row, encoding: 'raw' } as const
      expect(await checkBoth(publicKey, message, signature.subarray(1), rule)).toEqual([true, true])
      const longer = Buffer.concat([Buffer.alloc(1), signature])
      expect(await checkBoth(publicKey, message, longer, rule)).toEqual([false, false])
      break
    }
  }
})

test('an RSA signature plus the modulus is no second signature', async () => {
  const { publicKey, privateKey } = testKey('RSA_2048')
  const jwk = publicKey.toJwk()
  const modulus = BigInt(`0x${Buffer.from(String(jwk?.['n']), 'base64url').toString('hex')}`)
  const row = rowOf('RSA_PKCS1_SHA_256', 'RSA_2048')
  for (let attempt = 0; ; attempt += 1) {
    const message = Buffer.from(`message ${attempt}`)
    const sum = BigInt(`0x${sign('sha256', message, privateKey).toString('hex')}`) + modulus
    if (sum >= 2n ** 2048n) continue
    const signature = Buffer.from(sum.toString(16).padStart(512, '0'), 'hex')
    expect(await checkBoth(publicKey, message, signature, { row, encoding: 'raw' })).toEqual([false, false])
    break
  }
})

describe('ECDSA', () => {
  test.each(['EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K'] as const)(
    'with %s: both s and n - s fit, low or high',
    async (keySpec) => {
      const row = rowsForKeySpec(keySpec)[0]
      if (row?.hash === undefined) throw new Error('no row')
      const { publicKey, privateKey } = testKey(keySpec)
      const order = BigInt(`0x${Buffer.from(curveOrder(keySpec) ?? []).toString('hex')}`)
      const pair = ecdsaSignatureToP1363(sign(row.hash, MESSAGE, privateKey), keySpec)
      const width = pair.length / 2
      const s = BigInt(`0x${Buffer.from(pair.subarray(width)).toString('hex')}`)
      for (const either of [s, order - s]) {
        pair.set(Buffer.from(either.toString(16).padStart(2 * width, '0'), 'hex'), width)
        for (const [encoding, signature] of [
          ['p1363', pair],
          ['der', ecdsaSignatureToDer(pair, keySpec)],
        ] as const) {
          expect(await checkBoth(publicKey, MESSAGE, signature, { row, encoding })).toEqual([true, true])
          if (keySpec !== 'EC_P256K') continue
          const low = either <= order / 2n
          expect(await checkBoth(publicKey, MESSAGE, signature, { row, encoding, lowS: true })).toEqual([low, low])
        }
      }
    },
  )

  test('agrees with noble, told apart, on the digest', () => {
    const { publicKey, privateKey } = testKey('EC_P521')
    const digest = createHash('sha512').update(MESSAGE).digest()
    const pair = ecdsaSignatureToP1363(sign('sha512', MESSAGE, privateKey), 'EC_P521')
    expect(verifyEcdsaDigest('EC_P521', digest, pair, publicKey.spki.subarray(-133))).toBe(true)
  })
})

describe('reference signatures for NCP', () => {
  const message = Buffer.from('ncp-kms-dossier-vector-1')
  const ecKey = parsePublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9iJNSTB7Waty+oaicedW8cBzGtTL
fH6nW1bk1z3gy5mhn9/kMO+1OW6+k3cVkHWq1HvlxklwyheelGuvdLrUjw==
-----END PUBLIC KEY-----`)
  const rsaKey = parsePublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo0pW6R5jhrtSBM1Cr/bR
Xf83gGB5vPFiXCpgdr39onq1lvQLGJyToTBfIyl0loz23t203fqD2SmTlh4jpg5L
dJ18bA6vXMtGJMXNDRmg+39bBOzKWUsBzfeCTUczVALS1Vp0LCb7EBGpJollbvrf
qVH0yql0gzApTiqNUXEpVynoVPbXdL0Tc7Or5A5UW3u39yB01PQiMl1ENm96U83r
RMXACHtAxkcsSZDb34wvUtXfa8jhW6Onx4S3Oxqmf7wSKMdRw8bkfV03EnsZCi2w
JxOo3/u2IGURYlgYrbkxobSnmyjTX1zJLcyndytB1opRObUEoygQEClTbM3YWlH/
nQIDAQAB
-----END PUBLIC KEY-----`)
  const der = Buffer.from(
    'MEUCIQDJaOEUE+2PZxsv7Nd88939dB7nflZnFrCTeMoZGXRQgwIgVIqWPB9IKuVhpLD9f1R27O9rUGuBIHN6z3nYhgYvZeY=',
    'base64',
  )
  const joined = 'yWjhFBPtj2cbL-zXfPPd_XQe535WZxawk3jKGRl0UINUipY8H0gq5WGksP1_VHbs72tQa4Egc3rPediGBi9l5g'
  const salt222 =
    'M4HAnuTTEx9MMrWlwTAxsZh8HjduYpMvvKgcsJoK2951OzWUC1gnbL7EpkBNATNZ08KDHwqe7aGIj7tc5ECXDlQH0ShuuQdgGEVImZCJA19tLlKA7L+lQnKAVfaEnZWehUTHynUNVZHsXPR4hCE88Mao9I9P49KHoHPrcEOD8Hq0kFQcd+GVKvnVE4P2jg2mWAMv+Oqti5LSgVVkx5FmPOVeFEUksE+rYrcBFS41gzInlsXKzdA4r8hMc0ij/HRCE8kkLoxq1EV1G3Qi4NjTCBKnykbynK2MfVOvijG79hoFngXEyldCYb+tQNv/JM+NwAoanDC6WDW/BbRBICPVaw=='
  const salt32 =
    'cgtqbWXFKt2lvyO/qAmZ9H5SgIPHpvIyweSzJ3tPwDVDWW3dRjgXxHXnV1rMtKPCDSAWx9Q6gAutUaeFzRHEaTYVahPwXSDWzVs0eK4TeYD9F75om7DTUjVyEOuMmyWf4HV6nHtbHijETWFxaxxJNF1vLucVbp7yR+eLJ1/aAyiInx2w6MET+aT+V+1Wn8DG3w7rDQ7d899s+6/PrrsnfgJJ9nrlBLpfb9I/NOvgAaqCJKxWVgU3php8MJthco3Jow5atp21c9pbE4XlD4HMxiTk019c4hsPoiRE/SVbXjNRdywDuIIcUz1SNS6IaAdSy5VKc3DZBDsu5/05ui2k7A=='
  const pkcs1 =
    'HmfjaOO5Gq2WaGGwS1J7GpgL67KStdwKmnej0epPhP8l0rP37YyAChOQ9KyquTA0LYKRvvyePzbo7r4YQLvD/tqwq7T81qujLSpGq2nUgvkUsbIEj2ZWedJs5FiZEFjPjqVviUx7hGAQn6LqmwALrUUBkd7cCKIVo02Efce5rtTIK0PZmdRgLcj3m8olV1kCG5rW38L+Ofrm4/gCWnUcUI1VEOBMdA4VHT3ukRNsUo3K9rOmRds1eiCTO1RmSanmN1oeFF0aThU1sBxZFonIunklB/tkNCo4Bjtpo/7YUWeOhA+zmkyEM9zcgBYqTW8RyvLCjm071dmjsaeCoKvoYw=='

  test('ECDSA in DER and joined', async () => {
    const row = rowOf('ECDSA_SHA_256', 'EC_P256')
    expect(await checkBoth(ecKey, message, der, { row, encoding: 'der' })).toEqual([true, true])
    expect(Buffer.from(ecdsaSignatureToP1363(der, 'EC_P256')).toString('base64url')).toBe(joined)
    expect(ecdsaSignatureToDer(Buffer.from(joined, 'base64url'), 'EC_P256')).toEqual(new Uint8Array(der))
  })

  test.each([
    ['salt of 222', salt222, { salt: 222, pss32: false, pss222: true, pkcs1: false }],
    ['salt of 32', salt32, { salt: 32, pss32: true, pss222: false, pkcs1: false }],
    ['PKCS #1 v1.5', pkcs1, { salt: undefined, pss32: false, pss222: false, pkcs1: true }],
  ])('RSA with %s', async (_, text, expected) => {
    const signature = Buffer.from(text, 'base64')
    const pss = rowOf('RSA_PSS_SHA_256', 'RSA_2048')
    const v15 = rowOf('RSA_PKCS1_SHA_256', 'RSA_2048')
    const twice = (answer: boolean) => [answer, answer]
    const check = (row: AlgorithmRow, pssSaltLength?: number) =>
      checkBoth(rsaKey, message, signature, { row, encoding: 'raw', pssSaltLength })
    expect(await check(pss)).toEqual(twice(expected.pss32))
    expect(await check(pss, 222)).toEqual(twice(expected.pss222))
    expect(await check(v15)).toEqual(twice(expected.pkcs1))
    expect(await measurePssSalt(rsaKey, { kind: 'message', bytes: message }, signature, pss)).toBe(expected.salt)
  })
})

test('a hundred thousand malformed signatures are false, and none throws', async () => {
  const specs: KeySpec[] = ['RSA_2048', 'EC_P256', 'EC_P384', 'EC_P521', 'EC_P256K', 'EC_SM2', 'ED25519']
  const rows = specs.flatMap((keySpec) => rowsForKeySpec(keySpec))
  const good = new Map<AlgorithmRow, Uint8Array>()
  for (const row of rows) {
    const key = createLocalKey(row.algorithm, row.keySpec, testKey(row.keySpec).privatePem)
    good.set(row, await key.sign('message', MESSAGE, DEFAULT_ID))
  }
  const counts = { true: 0, false: 0 }
  for (let round = 0; round < 100_000; round += 1) {
    const row = rows[round % rows.length] as AlgorithmRow
    const { publicKey } = testKey(row.keySpec)
    const signature = malform(good.get(row) ?? MESSAGE, round)
    const rule = { row, encoding: row.encodings[round % row.encodings.length] ?? 'raw', pssSaltLength: 'any' } as const
    const payload = { kind: 'message', bytes: MESSAGE } as const
    counts[`${await checkSignature(publicKey, payload, signature, rule)}`] += 1
  }
  expect(counts).toEqual({ true: 0, false: 100_000 })
}, 60_000)

/** Cheap wrongs mostly, which the strict reading refuses; every fiftieth reaches the mathematics. */
function malform(signature: Uint8Array, round: number): Uint8Array {
  if (round % 50 === 0) return withFlippedBit(signature, signature.length - 1 - (round % 16))
  if (round % 4 === 0) return randomBytes((round * 7) % 600 || 257).fill(0xff, 0, 4)
  if (round % 4 === 1) return Buffer.concat([signature, randomBytes(1 + (round % 9))])
  if (round % 4 === 2)
    return Buffer.concat([Uint8Array.of(0x30, round & 0xff), randomBytes(round % 300 || 1), signature])
  return new Uint8Array(0)
}

function withFlippedBit(bytes: Uint8Array, index: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

describe('a check that cannot be made as asked', () => {
  const rsa = () => testKey('RSA_2048')
  const pss = (saltLength: number) =>
    sign('sha256', MESSAGE, { key: rsa().privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
  const row = rowOf('RSA_PSS_SHA_256', 'RSA_2048')
  const digest = createHash('sha256').update(MESSAGE).digest()

  test('of a payload that the scheme does not have says so', async () => {
    const rule = { row: rowOf('ED25519', 'ED25519'), encoding: 'raw' } as const
    const { publicKey } = testKey('ED25519')
    await expect(
      checkSignature(publicKey, { kind: 'digest', bytes: digest }, new Uint8Array(64), rule),
    ).rejects.toMatchObject({
      code: 'KMS_UNSUPPORTED',
      operation: 'verify',
      message: expect.stringContaining('a ED25519 signature cannot be checked from a digest, only from the message'),
    })
  })

  test('measures no salt of another scheme, key, digest or signature', async () => {
    const { publicKey } = rsa()
    const message = { kind: 'message', bytes: MESSAGE } as const
    expect(await measurePssSalt(publicKey, message, pss(20), row)).toBe(20)
    expect(await measurePssSalt(publicKey, { kind: 'digest', bytes: digest }, pss(20), row)).toBe(20)
    expect(await measurePssSalt(publicKey, message, pss(20), rowOf('RSA_PKCS1_SHA_256', 'RSA_2048'))).toBeUndefined()
    expect(await measurePssSalt(publicKey, message, pss(20), rowOf('ED25519', 'ED25519'))).toBeUndefined()
    expect(await measurePssSalt(testKey('EC_P256').publicKey, message, pss(20), row)).toBeUndefined()
    expect(await measurePssSalt(publicKey, { kind: 'digest', bytes: digest.subarray(1) }, pss(20), row)).toBeUndefined()
    expect(await measurePssSalt(publicKey, message, new Uint8Array(257), row)).toBeUndefined()
  })

  test('at once is nothing for wrong signatures, other keys and what takes a wait', () => {
    const { publicKey } = rsa()
    const rule = { row, encoding: 'raw', pssSaltLength: 20 } as const
    const message = { kind: 'message', bytes: MESSAGE } as const
    const right = new Uint8Array(pss(20))
    expect(exactAtOnce(publicKey, message, right, rule)).toEqual(right)
    expect(exactAtOnce(publicKey, message, pss(32), rule)).toBeUndefined()
    expect(exactAtOnce(publicKey, message, new Uint8Array(0), rule)).toBeUndefined()
    expect(exactAtOnce(publicKey, { kind: 'digest', bytes: digest }, pss(20), rule)).toBeUndefined()
    expect(exactAtOnce(testKey('EC_P256').publicKey, message, pss(20), rule)).toBeUndefined()
  })
})
