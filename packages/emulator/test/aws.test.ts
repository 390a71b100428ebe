import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from '@aws-sdk/client-kms'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { hash } from './harness.ts'

const MESSAGE = Buffer.from('signed through the official client')
let emulator: Emulator
let client: KMSClient
const clients: KMSClient[] = []
const keys: Record<string, string> = {}

function connect(to: Emulator, change: object = {}): KMSClient {
  const { credentials, region } = to.aws
  const made = new KMSClient({ endpoint: to.url, region, credentials, maxAttempts: 1, ...change })
  clients.push(made)
  return made
}

beforeAll(async () => {
  emulator = await startEmulator()
  client = connect(emulator)
  const specs = [
    'RSA_2048',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
  ]
  for (const keySpec of [...specs, 'SM2', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87', 'SYMMETRIC_DEFAULT']) {
    keys[keySpec] = (await emulator.aws.createKey({ keySpec })).keyId
  }
})
afterAll(async () => {
  for (const made of clients) made.destroy()
  await emulator.close()
})

const sign = (KeyId: string | undefined, SigningAlgorithm: SigningAlgorithmSpec, more: object = {}, by = client) =>
  by.send(new SignCommand({ KeyId, SigningAlgorithm, Message: MESSAGE, ...more }))
const nameOf = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error: Error) => error.name,
  )

describe('signatures, judged by node:crypto and noble', () => {
  const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
  it.each([
    ['RSA_2048', 'RSASSA_PSS_SHA_256', 'sha256', pss(32)],
    ['RSA_2048', 'RSASSA_PSS_SHA_384', 'sha384', pss(48)],
    ['RSA_2048', 'RSASSA_PSS_SHA_512', 'sha512', pss(64)],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256', {}],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_384', 'sha384', {}],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512', 'sha512', {}],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256', {}],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384', {}],
    ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512', {}],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256', {}],
  ] as const)('%s %s signs a message and its digest alike', async (spec, algorithm, name, check) => {
    const { PublicKey, SigningAlgorithms } = await client.send(new GetPublicKeyCommand({ KeyId: keys[spec] }))
    expect(SigningAlgorithms).toContain(algorithm)
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
    const digest = { MessageType: 'DIGEST', Message: hash(name, MESSAGE) }
    for (const more of [{}, digest]) {
      const { Signature, KeyId } = await sign(keys[spec], algorithm, more)
      expect(KeyId).toBe(`arn:aws:kms:us-east-1:000000000000:key/${keys[spec]}`)
      expect(verify(name, MESSAGE, { key, ...check }, Buffer.from(Signature ?? []))).toBe(true)
      const input = { KeyId, SigningAlgorithm: algorithm, Signature, Message: digest.Message } as const
      expect((await client.send(new VerifyCommand({ ...input, MessageType: 'DIGEST' }))).SignatureValid).toBe(true)
    }
  })

  it('signs Ed25519 over messages and Ed25519ph over digests', async () => {
    const KeyId = keys['ECC_NIST_EDWARDS25519']
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
    expect(PublicKey).toHaveLength(44)
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
    const pure = await sign(KeyId, 'ED25519_SHA_512')
    expect(verify(null, MESSAGE, key, Buffer.from(pure.Signature ?? []))).toBe(true)
    const digest = hash('sha512', MESSAGE)
    const prehashed = await sign(KeyId, 'ED25519_PH_SHA_512', { MessageType: 'DIGEST', Message: digest })
    const point = Buffer.from(PublicKey ?? []).subarray(-32)
    expect(ed25519ph.verify(prehashed.Signature ?? new Uint8Array(), digest, point)).toBe(true)
    expect(ed25519ph.verify(prehashed.Signature ?? new Uint8Array(), MESSAGE, point)).toBe(false)
    expect(await nameOf(sign(KeyId, 'ED25519_SHA_512', { MessageType: 'DIGEST' }))).toBe('ValidationException')
    expect(await nameOf(sign(KeyId, 'ED25519_PH_SHA_512'))).toBe('ValidationException')
  })

  it.each([
    ['ML_DSA_44', ml_dsa44, 1334],
    ['ML_DSA_65', ml_dsa65, 1974],
    ['ML_DSA_87', ml_dsa87, 2614],
  ] as const)('%s signs a message and its mu alike', async (spec, scheme, size) => {
    const KeyId = keys[spec]
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
    expect(PublicKey).toHaveLength(size)
    const publicKey = Buffer.from(PublicKey ?? []).subarray(-(scheme.lengths.publicKey ?? 0))
    const shake = (data: Uint8Array) => createHash('shake256', { outputLength: 64 }).update(data).digest()
    const mu = shake(Buffer.concat([shake(publicKey), Buffer.from([0, 0]), MESSAGE]))
    for (const more of [{}, { MessageType: 'EXTERNAL_MU', Message: mu }]) {
      const { Signature = new Uint8Array() } = await sign(KeyId, 'ML_DSA_SHAKE_256', more)
      expect(scheme.verify(Signature, MESSAGE, publicKey)).toBe(true)
      const input = { KeyId, SigningAlgorithm: 'ML_DSA_SHAKE_256', Signature, Message: MESSAGE } as const
      expect((await client.send(new VerifyCommand(input))).SignatureValid).toBe(true)
    }
    expect(await nameOf(sign(KeyId, 'ML_DSA_SHAKE_256', { MessageType: 'DIGEST', Message: mu }))).toBe(
      'ValidationException',
    )
  })

  it('SM2 signs a message, and its own Verify agrees', async () => {
    const { Signature } = await sign(keys['SM2'], 'SM2DSA')
    const input = { KeyId: keys['SM2'], SigningAlgorithm: 'SM2DSA', Signature, Message: MESSAGE } as const
    expect((await client.send(new VerifyCommand(input))).SignatureValid).toBe(true)
  })

  it('throws where a signature does not match', async () => {
    const { Signature } = await sign(keys['ECC_NIST_P256'], 'ECDSA_SHA_256')
    const input = { KeyId: keys['ECC_NIST_P256'], SigningAlgorithm: 'ECDSA_SHA_256', Signature } as const
    const wrong = client.send(new VerifyCommand({ ...input, Message: Buffer.from('other') }))
    expect(await nameOf(wrong)).toBe('KMSInvalidSignatureException')
    const zeros = client.send(new VerifyCommand({ ...input, Message: MESSAGE, Signature: Buffer.alloc(70) }))
    expect(await nameOf(zeros)).toBe('KMSInvalidSignatureException')
  })
})

describe('errors by name', () => {
  it.each([
    [0, 'ValidationException'],
    [1, 'no error'],
    [4095, 'no error'],
    [4096, 'no error'],
    [4097, 'ValidationException'],
  ])('RAW of %i bytes: %s', async (size, name) => {
    const Message = Buffer.alloc(size, 7)
    expect(await nameOf(sign(keys['ECC_NIST_P256'], 'ECDSA_SHA_256', { Message }))).toBe(name)
  })

  it.each([
    [
      'a digest of 31 bytes',
      'ECC_NIST_P256',
      'ECDSA_SHA_256',
      { MessageType: 'DIGEST', Message: Buffer.alloc(31) },
      'ValidationException',
    ],
    ['an algorithm of another curve', 'ECC_NIST_P256', 'ECDSA_SHA_384', {}, 'InvalidKeyUsageException'],
    ['an algorithm of another family', 'ECC_NIST_P256', 'RSASSA_PSS_SHA_256', {}, 'InvalidKeyUsageException'],
    ['a symmetric key', 'SYMMETRIC_DEFAULT', 'ECDSA_SHA_256', {}, 'InvalidKeyUsageException'],
    ['an unknown algorithm', 'ECC_NIST_P256', 'ECDSA_SHA_1', {}, 'ValidationException'],
    ['DryRun', 'ECC_NIST_P256', 'ECDSA_SHA_256', { DryRun: true }, 'DryRunOperationException'],
  ])('%s', async (_what, spec, algorithm, more, name) => {
    expect(await nameOf(sign(keys[spec], algorithm as SigningAlgorithmSpec, more))).toBe(name)
  })

  it.each([
    ['Disabled', 'DisabledException'],
    ['PendingDeletion', 'KMSInvalidStateException'],
    ['PendingImport', 'KMSInvalidStateException'],
  ] as const)('a key that is %s', async (state, name) => {
    const { keyId } = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    emulator.aws.setKeyState(keyId, state)
    expect(await nameOf(sign(keyId, 'ECDSA_SHA_256'))).toBe(name)
    expect(await nameOf(client.send(new GetPublicKeyCommand({ KeyId: keyId })))).toBe(name)
  })

  it('has no public key of a symmetric key', async () => {
    const call = client.send(new GetPublicKeyCommand({ KeyId: keys['SYMMETRIC_DEFAULT'] }))
    expect(await nameOf(call)).toBe('UnsupportedOperationException')
  })

  it('names request authentication failures', async () => {
    const { credentials, region } = emulator.aws
    const wrong = (change: object) => connect(emulator, change).send(new ListKeysCommand({}))
    const secret = { ...credentials, secretAccessKey: 'wrong' }
    expect(await nameOf(wrong({ credentials: secret }))).toBe('InvalidSignatureException')
    expect(await nameOf(wrong({ credentials: { ...credentials, accessKeyId: 'AKIAWRONG' } }))).toBe(
      'UnrecognizedClientException',
    )
    expect(await nameOf(wrong({ credentials: { ...credentials, sessionToken: 'x' } }))).toBe(
      'UnrecognizedClientException',
    )
    expect(await nameOf(wrong({ region: `${region}x` }))).toBe('InvalidSignatureException')
    expect(await nameOf(wrong({ systemClockOffset: 301_000 }))).toBe('InvalidSignatureException')
    expect(await nameOf(wrong({ systemClockOffset: 290_000 }))).toBe('no error')
  })

  it('lets the official client correct its clock by our Date header', async () => {
    const late = await startEmulator({ clock: () => Date.now() + 3_600_000 })
    const patient = connect(late, { maxAttempts: 2 })
    const { KeyMetadata } = await patient.send(new CreateKeyCommand({}))
    expect(KeyMetadata?.KeySpec).toBe('SYMMETRIC_DEFAULT')
    expect(late.requests.map(({ status }) => status)).toEqual([400, 200])
    await late.close()
  })

  it('accepts a session token when it has one', async () => {
    const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
    const temporary = await startEmulator({
      aws: { credentials, region: 'cn-north-1', deniedOperations: ['sign'], ratePerSecond: 1 },
    })
    const { arn } = await temporary.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    expect(arn).toMatch(/^arn:aws-cn:kms:cn-north-1:/)
    const by = connect(temporary)
    expect((await by.send(new ListKeysCommand({}))).Keys).toHaveLength(1)
    expect(await nameOf(sign(arn, 'ECDSA_SHA_256', {}, by))).toBe('AccessDeniedException')
    await temporary.close()
  })
})

describe('key management', () => {
  it('takes a key id, an ARN, an alias and its ARN', async () => {
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    )
    const { KeyId = '', Arn = '' } = KeyMetadata ?? {}
    await client.send(new CreateAliasCommand({ AliasName: 'alias/signing', TargetKeyId: KeyId }))
    for (const name of [KeyId, Arn, 'alias/signing', Arn.replace(`key/${KeyId}`, 'alias/signing')]) {
      expect((await sign(name, 'ECDSA_SHA_256')).KeyId).toBe(Arn)
    }
    const again = client.send(new CreateAliasCommand({ AliasName: 'alias/signing', TargetKeyId: KeyId }))
    expect(await nameOf(again)).toBe('AlreadyExistsException')
    for (const name of ['alias/none', '7359eed3-bec3-474b-a444-52da39777dce', Arn.replace('us-east-1', 'us-east-2')]) {
      expect(await nameOf(sign(name, 'ECDSA_SHA_256'))).toBe('NotFoundException')
    }
    expect(await nameOf(client.send(new DisableKeyCommand({ KeyId: 'alias/signing' })))).toBe('NotFoundException')
    expect(await nameOf(sign('arn:aws:s3:::bucket', 'ECDSA_SHA_256'))).toBe('InvalidArnException')
  })

  it('moves between states', async () => {
    const { keyId: KeyId } = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256' })
    const state = async () => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState
    await client.send(new DisableKeyCommand({ KeyId }))
    expect(await state()).toBe('Disabled')
    await client.send(new EnableKeyCommand({ KeyId }))
    const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    expect(scheduled.KeyState).toBe('PendingDeletion')
    expect(await nameOf(client.send(new EnableKeyCommand({ KeyId })))).toBe('KMSInvalidStateException')
    await client.send(new CancelKeyDeletionCommand({ KeyId }))
    expect(await state()).toBe('Disabled')
    const short = client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 6 }))
    expect(await nameOf(short)).toBe('ValidationException')
  })

  it('lists in pages', async () => {
    const first = await client.send(new ListKeysCommand({ Limit: 3 }))
    expect(first.Keys).toHaveLength(3)
    const second = await client.send(new ListKeysCommand({ Limit: 1000, Marker: first.NextMarker }))
    expect(second.Truncated).toBe(false)
    expect(await nameOf(client.send(new ListKeysCommand({ Marker: 'x' })))).toBe('InvalidMarkerException')
  })

  it('wants a usage for every key that is not symmetric', async () => {
    expect(await nameOf(client.send(new CreateKeyCommand({ KeySpec: 'RSA_2048' })))).toBe('ValidationException')
    const wrong = new CreateKeyCommand({ KeySpec: 'ML_DSA_44', KeyUsage: 'ENCRYPT_DECRYPT' })
    expect(await nameOf(client.send(wrong))).toBe('ValidationException')
  })
})
