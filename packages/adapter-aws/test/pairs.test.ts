import { randomBytes } from 'node:crypto'
import {
  algorithmsFor,
  createVerifier,
  isKmsError,
  type KeySpec,
  parsePublicKey,
  type SigningAlgorithm,
} from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { AWS_KEY_SPECS } from '../src/algorithms.ts'
import { openBench } from './harness.ts'
import { digestOf, type Judged, nodeAccepts } from './judges.ts'
import { opensslAccepts, opensslKey, opensslKnows, opensslSign } from './openssl.ts'

// AWS has every key spec and every algorithm, so here is the whole table: signed by the emulator and judged by us, by
// node:crypto, by openssl and by the emulator; signed by openssl and judged by us.

const bench = await openBench()
const PAIRS = AWS_KEY_SPECS.flatMap((keySpec) =>
  algorithmsFor(keySpec).map((algorithm) => [keySpec, algorithm] as const),
)
const message = randomBytes(200)

/** Keys are made once: RSA-4096 takes its time. */
function once<T>(make: (keySpec: KeySpec) => T): (keySpec: KeySpec) => T {
  const known = new Map<KeySpec, T>()
  return (keySpec) => {
    const found = known.get(keySpec) ?? make(keySpec)
    known.set(keySpec, found)
    return found
  }
}
const keyOf = once((keySpec) => bench.key(keySpec))
const foreignKeyOf = once(opensslKey)
/** A machine with much to do needs long for a key of 4096 bits. */
const LONG_MS = 60_000
// Begun now, they are there when their tests come.
for (const keySpec of AWS_KEY_SPECS) void keyOf(keySpec)

/** Whether this runtime can verify it, and why not. */
const verifiable = await supports()
const without = (algorithm: SigningAlgorithm) => (algorithm === 'ML_DSA' && !verifiable ? ' (needs Node 24.6)' : '')
const release = (algorithm: SigningAlgorithm) => `OpenSSL ${algorithm === 'ML_DSA' ? '3.5' : '3.0'}`
const judged = (algorithm: SigningAlgorithm): algorithm is Judged => algorithm !== 'ML_DSA' && algorithm !== 'SM2_DSA'
const digested = (algorithm: SigningAlgorithm) => algorithm !== 'ED25519'

async function supports(): Promise<boolean> {
  const signer = bench.signer('ML_DSA', await keyOf('ML_DSA_44'))
  const { verified } = await signer.sign(message)
  return verified
}

/** The signature with one bit flipped: each bit of a short one (P-256, SM2, Ed25519), one of each byte of a long one. */
function* flipped(signature: Uint8Array): Generator<readonly [string, Uint8Array]> {
  for (let at = 0; at < signature.length; at += 1) {
    const bits = signature.length <= 72 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]
    for (const bit of bits) {
      const copy = new Uint8Array(signature)
      copy[at] = (copy[at] ?? 0) ^ (1 << bit)
      yield [`bit ${bit} of byte ${at}`, copy]
    }
  }
}

async function accepts(algorithm: SigningAlgorithm, publicKey: string, signature: Uint8Array): Promise<void> {
  const verifier = createVerifier({ algorithm, publicKey })
  expect(await verifier.verify(message, signature)).toBe(true)
  expect(await verifier.verify(randomBytes(200), signature)).toBe(false)
  for (const [what, bytes] of flipped(signature)) {
    if (await verifier.verify(message, bytes)) expect.fail(`accepted with ${what} flipped`)
  }
}

describe.each(PAIRS)('a %s key with %s', (keySpec, algorithm) => {
  const signer = async () => bench.signer(algorithm, await keyOf(keySpec), { keySpec })
  const local = it.skipIf(without(algorithm) !== '')

  local(
    `signs what we accept, and no bit of it may be flipped${without(algorithm)}`,
    async () => {
      const { sign } = await signer()
      const before = bench.asked('sign')
      const result = await sign(message)
      expect(result).toMatchObject({ verified: true, attempts: 1, provider: 'aws', algorithm })
      expect(bench.asked('sign') - before).toBe(1)
      const pem = await bench.emulator.publicKey(await keyOf(keySpec))
      await accepts(algorithm, pem, result.signature)
      if (!judged(algorithm)) return
      expect(nodeAccepts(algorithm, parsePublicKey(pem).spki, message, result.signature)).toBe(true)
    },
    LONG_MS,
  )

  it('signs what KMS itself accepts, and nothing else', async () => {
    const { sign, verify } = await signer()
    const result = await sign(message)
    expect(await verify(message, result, { mode: 'remote' })).toBe(true)
    expect(await verify(randomBytes(40), result, { mode: 'remote' })).toBe(false)
    expect(bench.asked('verify')).toBe(2)
  })

  it('has the public key of the emulator', async () => {
    const publicKey = await (await signer()).getPublicKey()
    const right = await bench.emulator.publicKey(await keyOf(keySpec))
    expect([publicKey.keySpec, publicKey.toPem()]).toEqual([keySpec, right])
  })

  it.skipIf(!opensslKnows(algorithm))(`signs what openssl accepts (needs ${release(algorithm)})`, async () => {
    const { signature } = await (await signer()).sign(message)
    const pem = await bench.emulator.publicKey(await keyOf(keySpec))
    expect(opensslAccepts(algorithm, pem, message, signature)).toBe(true)
    const [[, other = signature] = []] = flipped(signature)
    expect(opensslAccepts(algorithm, pem, message, other)).toBe(false)
    expect(opensslAccepts(algorithm, pem, randomBytes(200), signature)).toBe(false)
  })

  it.skipIf(!opensslKnows(algorithm) || without(algorithm) !== '')(
    `and a signature by openssl is accepted, no bit of it flipped (needs ${release(algorithm)})`,
    async () => {
      const { signature, publicKey } = opensslSign(algorithm, foreignKeyOf(keySpec), message)
      await accepts(algorithm, publicKey, signature)
    },
    LONG_MS,
  )

  if (judged(algorithm) && digested(algorithm)) {
    it('signs a digest as it signs the message', async () => {
      const { signDigest, verifyDigest } = await signer()
      const digest = digestOf(algorithm, message)
      const result = await signDigest(digest)
      const { spki } = parsePublicKey(await bench.emulator.publicKey(await keyOf(keySpec)))
      expect(result.verified).toBe(true)
      expect(nodeAccepts(algorithm, spki, message, result.signature)).toBe(true)
      expect(await verifyDigest(digest, result, { mode: 'remote' })).toBe(true)
    })
  }

  if (digested(algorithm)) {
    it('refuses a digest of another length before any request', async () => {
      const { signDigest } = await signer()
      const right = algorithm === 'ML_DSA' ? 64 : digestOf(algorithm, message).length
      for (const bytes of [0, 31, 32, 33, 47, 48, 49, 63, 64, 65, 128].filter((length) => length !== right)) {
        const failure = await signDigest(new Uint8Array(bytes)).catch((error: unknown) => error)
        expect(isKmsError(failure, 'KMS_INVALID_ARGUMENT'), `${bytes} bytes`).toBe(true)
      }
      expect(bench.asked()).toBe(0)
    })
  }
})
