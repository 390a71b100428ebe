import type { Signer, SignResult } from '@kmsign/core'
import { assert, assertBytes, assertEqual, kmsRejection } from '../assertions.ts'
import type { AlgorithmDeclaration } from '../declaration.ts'
import { digestOf, spkiOf } from '../digests.ts'
import { curveOf } from '../ecdsa-signature.ts'
import { holds } from '../judge.ts'
import { type Bench, type Kit, nameOf, takesDigest } from '../kit.ts'
import { toldOf } from '../operations.ts'

const MESSAGE = Buffer.from('서명할 메시지 · 要签名的消息', 'utf8')
const OTHER_MESSAGE = Buffer.from('서명할 메시지 · 要签名的消息.', 'utf8')

/** Signatures of every declared pair, held against the backend's own public keys. */
export function signing(kit: Kit): void {
  for (const pair of kit.declared.algorithms) {
    const how = pair.judged === false ? 'by the backend, since nothing here can judge it' : 'by an independent judge'
    kit.test(`${nameOf(pair)}: signs, judged ${how}`, signsMessages, { pair })
    kit.test(`${nameOf(pair)}: the result says all that a verifier has to know`, describesItself, { pair })
    kit.test(`${nameOf(pair)}: verifies its own signatures and no others`, (bench) => verifies(bench, 'auto'), { pair })
    kit.test(`${nameOf(pair)}: ${remoteTitle(kit)}`, remoteVerification, { pair })
    kit.test(`${nameOf(pair)}: ${digestTitle(kit, pair)}`, signsDigests, { pair })
    kit.test(`${nameOf(pair)}: signs a stream as it signs the message`, signsStreams, { pair })
    kit.test(`${nameOf(pair)}: ${keyTitle(kit)}`, handsOutPublicKey, { pair })
  }
}

const remoteTitle = ({ declared }: Kit) =>
  declared.remoteVerify ? 'the provider verifies too' : 'refuses to verify remotely'
const digestTitle = ({ declared }: Kit, pair: AlgorithmDeclaration) =>
  takesDigest(declared, pair) ? 'signs and verifies digests' : 'refuses digests'
const keyTitle = ({ declared }: Kit) =>
  declared.publicKey ? 'hands out the public key of the backend' : 'has no public key to hand out'

/** Holds a result against a key of the backend. */
export async function judge(bench: Bench, result: SignResult, message: Uint8Array, key: 0 | 1 = 0, version?: string) {
  const { algorithm, keySpec, judged } = bench.pair
  const { signature, encoding, pssSaltLength } = result
  if (judged !== false) {
    const publicKey = await bench.publicKey(key, version)
    return holds({ algorithm, keySpec, publicKey, message, signature, encoding, pssSaltLength })
  }
  return bench.signer(key).verify(message, result, { mode: 'remote' })
}

async function signsMessages(bench: Bench): Promise<void> {
  for (const key of [0, 1] as const) {
    const result = await bench.signer(key).sign(MESSAGE)
    assert(await judge(bench, result, MESSAGE, key), `the signature does not hold under key ${key}`)
    assert(!(await judge(bench, result, OTHER_MESSAGE, key)), 'the signature holds for another message')
    assert(
      !(await judge(bench, result, MESSAGE, key === 0 ? 1 : 0)),
      `the signature holds under the key that is not ${key}`,
    )
  }
}

async function describesItself(bench: Bench): Promise<void> {
  const { declared, pair } = bench
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  assertEqual(result.algorithm, pair.algorithm, 'algorithm')
  assertEqual(result.provider, declared.provider, 'provider')
  assertEqual(result.encoding, curveOf(pair.keySpec) === undefined ? 'raw' : 'der', 'encoding')
  assertEqual(result.attempts, 1, 'attempts')
  assert(typeof result.keyId === 'string' && result.keyId !== '', 'keyId is not a text')
  assertEqual(typeof result.keyVersion, declared.rotation ? 'string' : 'undefined', 'type of keyVersion')
  const salt = declared.publicKey && pair.algorithm.startsWith('RSA_PSS') ? 'number' : undefined
  if (salt !== undefined) assertEqual(typeof result.pssSaltLength, salt, 'type of pssSaltLength')
  if (!pair.algorithm.startsWith('RSA_PSS')) assertEqual(result.pssSaltLength, undefined, 'pssSaltLength')
  if (pair.judged !== false) assertEqual(result.verified, declared.publicKey, 'verified')
  assert(Object.isFrozen(result), 'the result is not frozen')
}

async function verifies(bench: Bench, mode: 'auto' | 'remote'): Promise<void> {
  const [signer, other] = [bench.signer(0), bench.signer(1)]
  const result = await signer.sign(MESSAGE)
  const { signature } = result
  const told = { ...toldOf(result), mode }
  assertEqual(await signer.verify(MESSAGE, result, { mode }), true, 'its own result')
  assertEqual(await signer.verify(MESSAGE, signature, told), true, 'its own signature as bare bytes')
  assertEqual(await signer.verify(OTHER_MESSAGE, result, { mode }), false, 'another message')
  assertEqual(await signer.verify(MESSAGE, await other.sign(MESSAGE), { mode }), false, "the other key's result")
  for (const at of [0, Math.floor(signature.length / 2), signature.length - 1]) {
    const flipped = new Uint8Array(signature)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    assertEqual(await signer.verify(MESSAGE, flipped, told), false, `a bit flipped in byte ${at}`)
  }
}

async function remoteVerification(bench: Bench): Promise<void> {
  if (bench.declared.remoteVerify) return verifies(bench, 'remote')
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  await kmsRejection(signer.verify(MESSAGE, result, { mode: 'remote' }), 'verify with mode remote', 'KMS_UNSUPPORTED')
}

async function signsDigests(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const digest = digestOf(bench.pair.algorithm, MESSAGE, await bench.publicKey())
  if (!takesDigest(bench.declared, bench.pair)) return refusesDigests(bench, signer, digest)
  const result = await signer.signDigest(digest)
  assert(await judge(bench, result, MESSAGE), 'the signature over the digest does not hold for the message')
  assertEqual(await signer.verifyDigest(digest, result), true, 'verifyDigest of the digest')
  const other = digestOf(bench.pair.algorithm, OTHER_MESSAGE, await bench.publicKey())
  assertEqual(await signer.verifyDigest(other, result), false, 'verifyDigest of another digest')
}

async function refusesDigests(bench: Bench, signer: Signer, digest: Uint8Array): Promise<void> {
  const error = await kmsRejection(signer.signDigest(digest), 'signDigest', 'KMS_UNSUPPORTED')
  assertEqual(error.retryable, false, 'retryable')
  assertEqual(bench.requests(), 0, 'requests')
}

async function signsStreams(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const chunks = [MESSAGE.subarray(0, 1), MESSAGE.subarray(1, 20), MESSAGE.subarray(20)]
  const result = await signer.signStream(chunks)
  assert(await judge(bench, result, MESSAGE), 'the signature over the stream does not hold for the message')
  assertEqual(await signer.verifyStream(chunks, result), true, 'verifyStream of the same bytes')
  assertEqual(await signer.verifyStream([OTHER_MESSAGE], result), false, 'verifyStream of other bytes')
}

async function handsOutPublicKey(bench: Bench): Promise<void> {
  if (!bench.declared.publicKey) {
    await kmsRejection(bench.signer().getPublicKey(), 'getPublicKey', 'KMS_UNSUPPORTED')
    return
  }
  for (const key of [0, 1] as const) {
    const { spki, keySpec } = await bench.signer(key).getPublicKey()
    assertEqual(keySpec, bench.pair.keySpec, 'keySpec')
    assertBytes(spki, spkiOf(await bench.publicKey(key)), `the public key of key ${key}`)
  }
}
