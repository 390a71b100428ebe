import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { createVerifier } from '@kmsign/core'
import { createRequestSigner } from '../../../../packages/adapter-volcengine/src/request-signing.ts'

/** Functions that are compared with each other in one process. */
export type MicroSuite = 'signers' | 'verify' | 'sm2'

type Variants = Readonly<Record<string, () => unknown>>

const SUITES: { readonly [S in MicroSuite]: () => Promise<Variants> } = { signers, verify: verifiers, sm2 }
const SLICE_MS = 40
const BATCH = 8

/** Nanoseconds per call and round: every variant once per round, in rotated order. */
export async function runMicro(suite: MicroSuite, rounds: number): Promise<Record<string, readonly number[]>> {
  const variants = Object.entries(await SUITES[suite]())
  const found = new Map<string, number[]>(variants.map(([name]) => [name, []]))
  for (const [, run] of variants) await time(run, SLICE_MS * 4)
  for (let round = 0; round < rounds; round += 1) {
    for (let step = 0; step < variants.length; step += 1) {
      const [name, run] = variants[(step + round) % variants.length] ?? []
      if (name !== undefined && run !== undefined) found.get(name)?.push(await time(run, SLICE_MS))
    }
  }
  return Object.fromEntries(found)
}

async function time(run: () => unknown, ms: number): Promise<number> {
  const isAsync = run() instanceof Promise
  const startedAt = performance.now()
  let calls = 0
  while (performance.now() - startedAt < ms) {
    if (isAsync) for (let call = 0; call < BATCH; call += 1) await run()
    else for (let call = 0; call < BATCH; call += 1) run()
    calls += BATCH
  }
  return ((performance.now() - startedAt) * 1e6) / calls
}

const CREDENTIALS = { accessKeyId: 'AKLTexampleexample', secretAccessKey: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=' }
const BODY = JSON.stringify({ Message: Buffer.alloc(32, 7).toString('base64'), Algorithm: 'RSA_PKCS1_SHA_256' })
const QUERY = { Action: 'AsymmetricSign', Version: '2021-02-18' }

async function signers(): Promise<Variants> {
  const { Signer } = (await import('@volcengine/openapi')).default
  const request = { method: 'POST', query: 'Action=AsymmetricSign&Version=2021-02-18', body: BODY } as const
  const ours = createRequestSigner(CREDENTIALS, { host: 'kms.cn-beijing.volcengineapi.com', region: 'cn-beijing' })
  const key = createSecretKey(Buffer.alloc(32, 1))
  const canonical = 'c'.repeat(330)
  const scope = 's'.repeat(66)
  return {
    ours: () => ours(request, Date.now()),
    primitives: () => {
      hash('sha256', BODY, 'hex')
      return createHmac('sha256', key)
        .update(scope + hash('sha256', canonical, 'hex'))
        .digest('hex')
    },
    openapi: () => {
      const parts = { region: 'cn-beijing', method: 'POST', pathname: '/', params: QUERY, headers: {}, body: BODY }
      const signer = new Signer(parts as never, 'kms')
      signer.addAuthorization({ accessKeyId: CREDENTIALS.accessKeyId, secretKey: CREDENTIALS.secretAccessKey } as never)
      return signer
    },
  }
}

async function verifiers(): Promise<Variants> {
  const message = Buffer.alloc(200, 5)
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [rsaSignature, ecSignature] = [sign('sha256', message, rsa.privateKey), sign('sha256', message, ec.privateKey)]
  const ourRsa = createVerifier({ publicKey: pem(rsa.publicKey), algorithm: 'RSA_PKCS1_SHA_256' })
  const ourEc = createVerifier({ publicKey: pem(ec.publicKey), algorithm: 'ECDSA_SHA_256' })
  // Parsed like ours: a key that was generated in this process verifies more slowly.
  const [bareRsa, bareEc] = [createPublicKey(pem(rsa.publicKey)), createPublicKey(pem(ec.publicKey))]
  return {
    bareRsa: () => verify('sha256', message, bareRsa, rsaSignature),
    ourRsa: () => ourRsa.verify(message, rsaSignature),
    bareP256: () => verify('sha256', message, bareEc, ecSignature),
    ourP256: () => ourEc.verify(message, ecSignature),
  }
}

async function sm2(): Promise<Variants> {
  const library = (await import('sm-crypto-v2')).sm2
  const message = Buffer.alloc(200, 5)
  const pair = library.generateKeyPairHex()
  const signature = library.doSignature(message, pair.privateKey, { hash: true, der: true, publicKey: pair.publicKey })
  const point = Buffer.from(pair.publicKey, 'hex')
  const prefix = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex')
  const ours = createVerifier({ publicKey: Buffer.concat([prefix, point]), algorithm: 'SM2_DSA' })
  const bytes = Buffer.from(signature, 'hex')
  const options = { hash: true, der: true }
  return {
    ours: () => ours.verify(message, bytes),
    library: () => library.doVerifySignature(message, signature, pair.publicKey, options),
  }
}
