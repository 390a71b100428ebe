// What must not compile, one mistake each: with every factory a wrong name, a wrong value, a wrong type of a version.

import * as aws from '@kmsign/adapter-aws'
import * as ncp from '@kmsign/adapter-ncp'
import * as volcengine from '@kmsign/adapter-volcengine'
import { algorithmInfo, createVerifier, type KeySpec, type Signer, type SigningAlgorithm } from '@kmsign/core'
import { createTestSigner } from '@kmsign/core/testing'

type KmsClient = aws.KmsClientLike
const key = { keyId: 'id', algorithm: 'ECDSA_SHA_256' } as const
const tag = { keyTag: 'tag', algorithm: 'ECDSA_SHA_256' } as const

export const ofNcp = [
  // @ts-expect-error NCP signs with SHA-256 only
  () => ncp.createNcpSigner({ keyTag: 'tag', algorithm: 'RSA_PSS_SHA_512' }),
  // @ts-expect-error the key tag is missing
  () => ncp.createNcpSigner({ algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error the algorithm is missing
  () => ncp.createNcpSigner({ keyTag: 'tag' }),
  // @ts-expect-error the option is timeoutMs
  () => ncp.createNcpSigner({ ...tag, timeoutMS: 1 }),
  // @ts-expect-error an NCP key has a tag and no id
  () => ncp.createNcpSigner({ ...tag, keyId: 'id' }),
  // @ts-expect-error versions of the API are texts
  () => ncp.createNcpSigner({ ...tag, apiVersion: 2 }),
  // @ts-expect-error there is no API 3.0
  () => ncp.createNcpSigner({ ...tag, apiVersion: '3.0' }),
  // @ts-expect-error there is no such zone
  () => ncp.createNcpSigner({ ...tag, zone: 'us' }),
  // @ts-expect-error a secret key without its access key
  () => ncp.createNcpSigner({ ...tag, credentials: { secretKey: 's' } }),
  // @ts-expect-error the credentials of another cloud
  () => ncp.createNcpSigner({ ...tag, credentials: { accessKeyId: 'a', secretAccessKey: 's' } }),
]

export const ofVolcengine = [
  // @ts-expect-error Volcengine has no Ed25519
  () => volcengine.createVolcengineSigner({ keyId: 'id', algorithm: 'ED25519' }),
  // @ts-expect-error a key is named by its id or by two names, not by both
  () => volcengine.createVolcengineSigner({ keyId: 'id', keyringName: 'r', keyName: 'n', algorithm: 'SM2_DSA' }),
  // @ts-expect-error a keyring alone is no key
  () => volcengine.createVolcengineSigner({ keyringName: 'ring', algorithm: 'SM2_DSA' }),
  // @ts-expect-error no key at all
  () => volcengine.createVolcengineSigner({ algorithm: 'SM2_DSA' }),
  // @ts-expect-error the algorithm is missing
  () => volcengine.createVolcengineSigner({ keyId: 'id' }),
  // @ts-expect-error the option is keyringName
  () => volcengine.createVolcengineSigner({ keyRingName: 'ring', keyName: 'name', algorithm: 'SM2_DSA' }),
  // @ts-expect-error parameters travel in the body or in the query
  () => volcengine.createVolcengineSigner({ ...key, requestForm: 'header' }),
  // @ts-expect-error a region is a text
  () => volcengine.createVolcengineSigner({ ...key, region: ['cn-beijing'] }),
  // @ts-expect-error an access key id alone
  () => volcengine.createVolcengineSigner({ ...key, credentials: { accessKeyId: 'a' } }),
]

export const ofAws = [
  // @ts-expect-error the key is missing
  () => aws.createAwsSigner({ algorithm: 'ECDSA_SHA_256' }),
  // @ts-expect-error the algorithm is missing
  () => aws.createAwsSigner({ keyId: 'id' }),
  // @ts-expect-error there is no such algorithm
  () => aws.createAwsSigner({ keyId: 'id', algorithm: 'RSASSA_PSS_SHA_256' }),
  // @ts-expect-error there is no such key spec, it is EC_P256
  () => aws.createAwsSigner({ ...key, keySpec: 'ECC_NIST_P256' }),
  // @ts-expect-error the option is region
  () => aws.createAwsSigner({ ...key, Region: 'us-east-1' }),
  // @ts-expect-error a client brings its own region
  (client: KmsClient) => aws.createAwsSigner({ keyId: 'id', algorithm: 'SM2_DSA', client, region: 'us-east-1' }),
  // @ts-expect-error a client brings its own credentials
  (client: KmsClient, credentials: aws.AwsCredentials) => aws.createAwsSigner({ ...key, client, credentials }),
]

export const ofCore = [
  // @ts-expect-error a signature is over bytes, not over text
  (signer: Signer) => signer.sign('text'),
  // @ts-expect-error versions of keys are texts
  (signer: Signer, bytes: Uint8Array) => signer.sign(bytes, { keyVersion: 2 }),
  // @ts-expect-error a signature is asked for in DER or P1363
  (signer: Signer, bytes: Uint8Array) => signer.sign(bytes, { encoding: 'raw' }),
  // @ts-expect-error the option is timeoutMs
  (signer: Signer, bytes: Uint8Array) => signer.sign(bytes, { timeout: 5 }),
  // @ts-expect-error there is no such mode
  (signer: Signer, bytes: Uint8Array) => signer.verify(bytes, bytes, { mode: 'both' }),
  // @ts-expect-error a signer of one algorithm is not one of another
  (signer: Signer<'SM2_DSA'>): Signer<'ED25519'> => signer,
  // @ts-expect-error a signer that may have any algorithm is not one of a certain one
  (signer: Signer): Signer<'ED25519'> => signer,
  // @ts-expect-error a verifier needs a public key
  () => createVerifier({ algorithm: 'ED25519' }),
  // @ts-expect-error there is no such algorithm
  () => createTestSigner({ algorithm: 'ES256' }),
  // @ts-expect-error an algorithm is no key spec
  (algorithm: SigningAlgorithm): KeySpec => algorithm,
  // @ts-expect-error the algorithm comes first
  () => algorithmInfo('EC_P256', 'ECDSA_SHA_256'),
]
