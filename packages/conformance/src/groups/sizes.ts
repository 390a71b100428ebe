import { assert, assertAtMost, assertEqual, kmsRejection } from '../assertions.ts'
import { digestOf } from '../digests.ts'
import { type Bench, type Kit, messageBytesOf, nameOf, takesDigest } from '../kit.ts'
import { judge } from './signing.ts'

const CHUNK = 1_000

/** Messages, streams and digests at and beyond every limit. */
export function sizes(kit: Kit): void {
  const { declared } = kit
  const [pair, ...others] = declared.algorithms
  const [min, max] = messageBytesOf(declared, pair)
  const digest = takesDigest(declared, pair)
  kit.test('capabilities say what is declared', tellsCapabilities)
  for (const other of others) {
    const does = takesDigest(declared, other) ? 'signs' : 'refuses'
    kit.test(`${nameOf(other)}: ${does} one byte more than the provider takes`, oneByteMore, { pair: other })
  }
  for (const bytes of new Set([0, 1, max - 1, max, max + 1, 3 * max])) {
    const fits = bytes >= min && bytes <= max
    if (fits || digest) kit.test(`signs ${bytes} bytes`, (bench) => signsBytes(bench, bytes))
    else kit.test(`refuses ${bytes} bytes without a request`, (bench) => refusesBytes(bench, bytes))
    if (bytes > 1)
      kit.test(`${fits || digest ? 'signs' : 'refuses'} a stream of ${bytes} bytes`, (bench) => streams(bench, bytes))
  }
  if (digest) kit.test('a digest of another length is refused without a request', refusesOtherDigests)
  else kit.test('an endless stream is closed at the limit', closesEndlessStream)
  kit.test('a source that fails gives its own error and signs nothing', passesOnSourceErrors)
}

const limitsOf = ({ declared, pair }: Bench) => messageBytesOf(declared, pair)

async function oneByteMore(bench: Bench): Promise<void> {
  await tellsCapabilities(bench)
  const bytes = limitsOf(bench)[1] + 1
  await (takesDigest(bench.declared, bench.pair) ? signsBytes(bench, bytes) : refusesBytes(bench, bytes))
}

async function tellsCapabilities(bench: Bench): Promise<void> {
  const { capabilities } = bench.signer()
  const digest = takesDigest(bench.declared, bench.pair)
  assertEqual(capabilities.digest, digest, 'digest')
  assertEqual(capabilities.maxMessageBytes, digest ? undefined : limitsOf(bench)[1], 'maxMessageBytes')
  assertEqual(capabilities.remoteVerify, bench.declared.remoteVerify, 'remoteVerify')
  assertEqual(capabilities.publicKey, bench.declared.publicKey, 'publicKey')
}

function messageOf(bytes: number): Uint8Array {
  return new Uint8Array(bytes).map((_, index) => index % 251)
}

async function signsBytes(bench: Bench, bytes: number): Promise<void> {
  const signer = bench.signer()
  const message = messageOf(bytes)
  const result = await signer.sign(message)
  assert(await judge(bench, result, message), 'the signature does not hold')
  assertEqual(await signer.verify(message, result), true, 'verify')
  if (bench.declared.remoteVerify) assertEqual(await signer.verify(message, result, { mode: 'remote' }), true, 'remote')
}

async function refusesBytes(bench: Bench, bytes: number): Promise<void> {
  const code = bytes < limitsOf(bench)[0] ? 'KMS_INVALID_ARGUMENT' : 'KMS_MESSAGE_TOO_LARGE'
  const error = await kmsRejection(bench.signer().sign(messageOf(bytes)), `sign of ${bytes} bytes`, code)
  assertEqual(error.retryable, false, 'retryable')
  assertEqual(bench.requests(), 0, 'requests')
}

async function streams(bench: Bench, bytes: number): Promise<void> {
  const signer = bench.signer()
  const message = messageOf(bytes)
  const chunks = []
  for (let at = 0; at < bytes; at += CHUNK) chunks.push(message.subarray(at, at + CHUNK))
  const [, max] = limitsOf(bench)
  if (bytes > max && !takesDigest(bench.declared, bench.pair)) {
    await kmsRejection(signer.signStream(chunks), `signStream of ${bytes} bytes`, 'KMS_MESSAGE_TOO_LARGE')
    assertEqual(bench.requests('sign'), 0, 'sign requests')
    return
  }
  const result = await signer.signStream(chunks)
  assert(await judge(bench, result, message), 'the signature does not hold for the whole message')
  assertEqual(await signer.verifyStream(chunks, result), true, 'verifyStream')
}

async function closesEndlessStream(bench: Bench): Promise<void> {
  let [read, closed] = [0, false]
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        read += CHUNK
        yield new Uint8Array(CHUNK)
      }
    } finally {
      closed = true
    }
  }
  await kmsRejection(bench.signer().signStream(endless()), 'signStream', 'KMS_MESSAGE_TOO_LARGE')
  assert(closed, 'the source was not closed')
  assertAtMost(read, limitsOf(bench)[1] + 2 * CHUNK, 'bytes read from the source')
  assertEqual(bench.requests('sign'), 0, 'sign requests')
}

async function refusesOtherDigests(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const right = digestOf(bench.pair.algorithm, messageOf(1), await bench.publicKey())
  for (const bytes of [0, 1, right.length - 1, right.length + 1, 2 * right.length]) {
    const digest = messageOf(bytes)
    const error = await kmsRejection(signer.signDigest(digest), `signDigest of ${bytes} bytes`, 'KMS_INVALID_ARGUMENT')
    assertEqual(error.retryable, false, 'retryable')
    const verifying = signer.verifyDigest(digest, new Uint8Array(64))
    await kmsRejection(verifying, `verifyDigest of ${bytes} bytes`, 'KMS_INVALID_ARGUMENT')
  }
  assertEqual(bench.requests(), 0, 'requests')
}

async function passesOnSourceErrors(bench: Bench): Promise<void> {
  const broken = new Error('the disk is gone')
  async function* source(): AsyncGenerator<Uint8Array> {
    yield messageOf(1)
    throw broken
  }
  const reason: unknown = await bench
    .signer()
    .signStream(source())
    .catch((error: unknown) => error)
  assert(reason === broken, 'signStream does not reject with the error of the source')
  assertEqual(bench.requests('sign'), 0, 'sign requests')
}
