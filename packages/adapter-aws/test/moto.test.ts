import { randomBytes } from 'node:crypto'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms'
import { createVerifier, type KeySpec, type Signer, type SigningAlgorithm } from '@kmsign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsSignerOptions, createAwsSigner } from '../src/index.ts'
import { WIRE_SPECS } from './harness.ts'
import { digestOf, nodeAccepts } from './judges.ts'
import { hasMoto, type MotoServer, startMoto } from './moto-server.ts'
import { opensslAccepts, opensslKnows } from './openssl.ts'

const region = 'us-east-1'
const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' }
const message = randomBytes(300)

/** Where moto does what AWS documents. */
const RIGHT: readonly (readonly [KeySpec, Exclude<SigningAlgorithm, 'ML_DSA'>])[] = [
  ['EC_P256', 'ECDSA_SHA_256'],
  ['EC_P384', 'ECDSA_SHA_384'],
  ['EC_P521', 'ECDSA_SHA_512'],
  ['EC_P256K', 'ECDSA_SHA_256'],
  ['RSA_2048', 'RSA_PKCS1_SHA_256'],
  ['RSA_2048', 'RSA_PKCS1_SHA_384'],
  ['RSA_2048', 'RSA_PKCS1_SHA_512'],
]

describe.skipIf(!hasMoto())('moto', () => {
  let moto: MotoServer
  let client: KMSClient
  const signers: Signer[] = []

  beforeAll(async () => {
    moto = await startMoto()
    client = new KMSClient({ endpoint: moto.url, region, credentials })
  }, 60_000)
  afterAll(async () => {
    await Promise.all(signers.map((signer) => signer.close({ timeoutMs: 100 })))
    client.destroy()
    await moto.close()
  })

  async function keyOf(keySpec: KeySpec): Promise<string> {
    const input = { KeySpec: WIRE_SPECS[keySpec], KeyUsage: 'SIGN_VERIFY' } as const
    const { KeyMetadata } = await client.send(new CreateKeyCommand(input))
    return KeyMetadata?.KeyId ?? ''
  }

  function signerOf<A extends SigningAlgorithm>(algorithm: A, keyId: string, more: Partial<AwsSignerOptions> = {}) {
    const reach = { keyId, algorithm, region, credentials, baseUrl: moto.url }
    const signer = createAwsSigner({ ...reach, ...more } as AwsSignerOptions & { algorithm: 'ED25519' })
    signers.push(signer)
    return signer as Signer as Signer<A>
  }

  /** The error's code, or `signed`. */
  const outcome = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'signed',
      (error: { code: string }) => error.code,
    )

  describe('agrees', () => {
    it.each(RIGHT)('that a %s key signs a message with %s', async (keySpec, algorithm) => {
      const signer = signerOf(algorithm, await keyOf(keySpec))
      const result = await signer.sign(message)
      const publicKey = await signer.getPublicKey()
      expect(result).toMatchObject({ verified: true, attempts: 1, keyId: expect.stringMatching(/^arn:aws:kms:/) })
      expect(publicKey.keySpec).toBe(keySpec)
      expect(nodeAccepts(algorithm, publicKey.spki, message, result.signature)).toBe(true)
      const openssl = () => opensslAccepts(algorithm, publicKey.toPem(), message, result.signature)
      if (opensslKnows(algorithm)) expect(openssl()).toBe(true)
      expect(await signer.verify(message, result, { mode: 'remote' })).toBe(true)
      expect(await signer.verify(randomBytes(9), result, { mode: 'remote' })).toBe(false)
    })

    it('about names: ARN, alias and what does not exist', async () => {
      const keyId = await keyOf('EC_P256')
      await client.send(new CreateAliasCommand({ AliasName: 'alias/release', TargetKeyId: keyId }))
      const { keyId: arn } = await signerOf('ECDSA_SHA_256', keyId).sign(message)
      for (const name of [arn, 'alias/release']) {
        expect(await signerOf('ECDSA_SHA_256', name).sign(message)).toMatchObject({ keyId: arn, verified: true })
      }
      for (const name of ['alias/unknown', '2f7a1c3e-8f6b-4c55-9a0e-0123456789ab']) {
        expect(await outcome(signerOf('ECDSA_SHA_256', name).sign(message))).toBe('KMS_KEY_NOT_FOUND')
      }
    })
  })

  /** Known errors of moto. Each fails on the day moto is corrected: move its row to what agrees then. */
  describe('is known to differ: it', () => {
    it('hashes a digest again, which is noticed', async () => {
      const signer = signerOf('ECDSA_SHA_256', await keyOf('EC_P256'))
      const digest = digestOf('ECDSA_SHA_256', message)
      expect(await outcome(signer.signDigest(digest))).toBe('KMS_INTEGRITY')
      const { signature } = await signerOf('ECDSA_SHA_256', signer.keyId, { integrity: 'off' }).signDigest(digest)
      const { spki } = await signer.getPublicKey()
      expect(nodeAccepts('ECDSA_SHA_256', spki, digest, signature)).toBe(true)
    })

    it('salts PSS with as much as fits, which is noticed', async () => {
      const signer = signerOf('RSA_PSS_SHA_256', await keyOf('RSA_2048'))
      const failure = await signer.sign(message).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: expect.stringMatching(/^KMS_(INTEGRITY|KEY_MISMATCH)$/) })
      const { signature } = await signerOf('RSA_PSS_SHA_256', signer.keyId, { integrity: 'off' }).sign(message)
      const publicKey = await signer.getPublicKey()
      const verifier = { algorithm: 'RSA_PSS_SHA_256', publicKey } as const
      expect(await createVerifier({ ...verifier, pssSaltLength: 222 }).verify(message, signature)).toBe(true)
    })

    it.each(['ED25519', 'ML_DSA_44'] as const)('does not know %s keys', async (keySpec) => {
      await expect(keyOf(keySpec)).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it('makes an RSA key of an SM2 key', async () => {
      expect(
        (
          await signerOf('SM2_DSA', await keyOf('EC_SM2'))
            .getPublicKey()
            .catch(() => undefined)
        )?.keySpec,
      ).not.toBe('EC_SM2')
    })

    it('names keys by their id in GetPublicKey', async () => {
      const keyId = await keyOf('EC_P256')
      const signer = signerOf('ECDSA_SHA_256', keyId)
      expect((await signer.getPublicKey()).keyId).toBe(keyId)
      expect((await signer.sign(message)).keyId).toContain(`:key/${keyId}`)
    })

    it('signs digests of any length', async () => {
      const keyId = await keyOf('EC_P256')
      const input = { KeyId: keyId, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const
      const { Signature } = await client.send(new SignCommand({ ...input, Message: new Uint8Array(5) }))
      expect(Signature?.length).toBeGreaterThan(60)
    })

    it('signs messages of more than 4096 bytes', async () => {
      const input = { KeyId: await keyOf('EC_P256'), SigningAlgorithm: 'ECDSA_SHA_256' } as const
      const { Signature } = await client.send(new SignCommand({ ...input, Message: new Uint8Array(5000) }))
      expect(Signature?.length).toBeGreaterThan(60)
    })

    it('signs with disabled keys and keys about to be deleted', async () => {
      const [disabled, doomed] = [await keyOf('EC_P256'), await keyOf('EC_P256')]
      await client.send(new DisableKeyCommand({ KeyId: disabled }))
      await client.send(new ScheduleKeyDeletionCommand({ KeyId: doomed, PendingWindowInDays: 7 }))
      for (const keyId of [disabled, doomed]) {
        expect(await outcome(signerOf('ECDSA_SHA_256', keyId).sign(message))).toBe('signed')
      }
    })

    it('refuses an algorithm that is not the key’s as ValidationException', async () => {
      const signer = signerOf('ECDSA_SHA_384', await keyOf('EC_P256'), { integrity: 'off' })
      expect(await outcome(signer.sign(message))).toBe('KMS_INVALID_ARGUMENT')
    })

    it('does not know dry runs', async () => {
      const input = { KeyId: await keyOf('EC_P256'), SigningAlgorithm: 'ECDSA_SHA_256', Message: message } as const
      expect((await client.send(new SignCommand({ ...input, DryRun: true }))).Signature?.length).toBeGreaterThan(60)
    })
  })
})
