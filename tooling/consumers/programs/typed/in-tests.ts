// How a user's tests use the test signer and the emulator.
import { createAwsSigner } from '@kmsign/adapter-aws'
import { createNcpSigner } from '@kmsign/adapter-ncp'
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
import { type ByteSource, digestStream, parsePublicKey, type Signer } from '@kmsign/core'
import { createTestSigner } from '@kmsign/core/testing'
import { type Emulator, startEmulator } from '@kmsign/emulator'

export async function withoutAnyNetwork(): Promise<number> {
  const signer = createTestSigner({
    algorithm: 'RSA_PSS_SHA_256',
    keySpec: 'RSA_2048',
    fail: ['KMS_TIMEOUT', undefined],
  })
  const portable: Signer = signer
  await portable.sign(Uint8Array.of(1, 2, 3))
  const version: string = signer.rotate()
  const likeNcp = createTestSigner({ capabilities: { digest: false, maxMessageBytes: 8192 }, name: 'like-ncp' })
  return signer.calls.filter(
    ({ operation, bytes }) => operation === 'sign' && bytes > version.length - likeNcp.name.length,
  ).length
}

export async function againstTheEmulator(): Promise<readonly boolean[]> {
  const emulator: Emulator = await startEmulator({ tls: true, ncp: { padding: 'pss' } })
  const tls = emulator.ca === undefined ? {} : { tls: { ca: emulator.ca } }
  const { accessKey, secretKey } = emulator.ncp.credentials
  const { keyTag } = await emulator.ncp.createKey({ keyType: 'RSA2048' })
  const { keyId } = await emulator.volcengine.createKey({ keySpec: 'EC_SM2' })
  const aws = await emulator.aws.createKey({ keySpec: 'ECC_NIST_P256', alias: 'alias/release' })
  const signers: readonly Signer[] = [
    createNcpSigner({
      keyTag,
      algorithm: 'RSA_PSS_SHA_256',
      baseUrl: emulator.url,
      credentials: { accessKey, secretKey },
      ...tls,
    }),
    createVolcengineSigner({
      keyId,
      algorithm: 'SM2_DSA',
      baseUrl: new URL(emulator.url),
      credentials: emulator.volcengine.credentials,
      region: emulator.volcengine.region,
      sm2UserId: 'alice@example.com',
      ...tls,
    }),
    createAwsSigner({ keyId: aws.arn, algorithm: 'ECDSA_SHA_256', baseUrl: emulator.url, region: 'us-east-1', ...tls }),
  ]
  emulator.faults.add({ kind: 'throttled', provider: 'ncp', times: 2 })
  const message = Buffer.from('hello')
  const verdicts = await Promise.all(signers.map(async (signer) => signer.verify(message, await signer.sign(message))))
  emulator.faults.clear()
  emulator.ncp.setKeyStatus(keyTag, 'DISABLE')
  emulator.volcengine.setKeyState(keyId, 'PendingDelete')
  emulator.aws.setKeyState(aws.keyId, 'Disabled')
  if (emulator.requests.some(({ status, operation }) => status >= 500 && operation === 'sign'))
    throw new Error('broken')
  await Promise.all(signers.map((signer) => signer.close()))
  await emulator.close()
  return verdicts
}

/** Node streams, web streams, arrays of chunks: all are sources. */
export async function digests(chunks: Uint8Array[], web: ReadableStream<Uint8Array>, pem: string): Promise<number> {
  const sources: ByteSource[] = [chunks, process.stdin, web]
  const targets = [{ algorithm: 'ECDSA_SHA_384' }, { algorithm: 'SM2_DSA', publicKey: parsePublicKey(pem) }] as const
  const found = await Promise.all(sources.map((source) => digestStream(source, targets)))
  return found.flat().reduce((sum, digest) => sum + digest.byteLength, 0)
}
