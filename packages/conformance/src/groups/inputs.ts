import { assert, assertBytes, assertEqual, assertTypeError } from '../assertions.ts'
import { digestOf } from '../digests.ts'
import { type Bench, type Kit, takesDigest } from '../kit.ts'
import { toldOf } from '../operations.ts'
import { judge } from './signing.ts'

const TEXT = 'bytes that the caller may touch'

/** What callers hand in, in every form, and what they get back. */
export function inputs(kit: Kit): void {
  kit.test('signs a view at an offset, and nothing around it', signsViews)
  kit.test('signs the bytes as they were when the call was made', takesBytesOnEntry)
  kit.test('verifies the bytes as they were when the call was made', verifiesBytesOnEntry)
  kit.test('leaves the bytes of the caller as they were', leavesBytesAlone)
  kit.test('refuses what is not bytes with a TypeError, by rejecting', refusesOtherTypes)
  kit.test('refuses wrong options with a TypeError, by rejecting', refusesWrongOptions)
  kit.test('takes options that are undefined as absent', takesUndefinedOptions)
  kit.test('returns plain bytes with a buffer of their own', returnsOwnBytes)
  kit.test('reads every kind of source, one that reuses its buffer too', readsSources)
}

async function signsViews(bench: Bench): Promise<void> {
  const around = new Uint8Array(100).fill(7)
  around.set(Buffer.from(TEXT), 13)
  const view = around.subarray(13, 13 + TEXT.length)
  const signer = bench.signer()
  for (const [what, bytes] of [
    ['a view', view],
    ['a Buffer', Buffer.from(TEXT)],
  ] as const) {
    assert(await judge(bench, await signer.sign(bytes), Buffer.from(TEXT)), `the signature over ${what} does not hold`)
  }
}

async function takesBytesOnEntry(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const message = Buffer.from(TEXT)
  const signing = signer.sign(message)
  message.fill(0)
  assert(await judge(bench, await signing, Buffer.from(TEXT)), 'sign used bytes that changed after the call')
  if (!takesDigest(bench.declared, bench.pair)) return
  const digest = digestOf(bench.pair.algorithm, Buffer.from(TEXT), await bench.publicKey())
  const signingDigest = signer.signDigest(digest)
  digest.fill(0)
  assert(
    await judge(bench, await signingDigest, Buffer.from(TEXT)),
    'signDigest used bytes that changed after the call',
  )
}

async function verifiesBytesOnEntry(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(Buffer.from(TEXT))
  for (const mode of ['auto', ...(bench.declared.remoteVerify ? (['remote'] as const) : [])] as const) {
    const [message, bytes] = [Buffer.from(TEXT), new Uint8Array(result.signature)]
    // A second signer has no public key in hand, so that the call has to wait.
    const verifying = bench.signer().verify(message, bytes, { ...toldOf(result), mode })
    message.fill(0)
    bytes.fill(0)
    assertEqual(await verifying, true, `verify with mode ${mode}`)
  }
}

async function leavesBytesAlone(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const message = Buffer.from(TEXT)
  if (bench.declared.faults.includes('unavailable')) bench.fault('unavailable')
  const result = await signer.sign(message)
  assertBytes(message, Buffer.from(TEXT), 'the message after sign')
  const before = new Uint8Array(result.signature)
  assertEqual(await signer.verify(message, result), true, 'verify')
  assertBytes(message, Buffer.from(TEXT), 'the message after verify')
  assertBytes(result.signature, before, 'the signature after verify')
}

const NO_BYTES: readonly [string, unknown][] = [
  ['a text', TEXT],
  ['a number', 7],
  ['null', null],
  ['undefined', undefined],
  ['an array', [1, 2, 3]],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['a DataView', new DataView(new ArrayBuffer(8))],
  ['a Uint16Array', new Uint16Array(8)],
  ['an object', { length: 1, 0: 1 }],
]

async function refusesOtherTypes(bench: Bench): Promise<void> {
  const signer = bench.signer()
  for (const [what, value] of NO_BYTES) {
    // What no compiler would let through arrives from JavaScript all the same.
    const wrong = value as Uint8Array
    const bytes = new Uint8Array(8)
    await assertTypeError(() => signer.sign(wrong), `sign of ${what}`)
    await assertTypeError(() => signer.signDigest(wrong), `signDigest of ${what}`)
    await assertTypeError(() => signer.verify(wrong, bytes), `verify of ${what}`)
    await assertTypeError(() => signer.verify(bytes, wrong), `verify with a signature that is ${what}`)
    const list = Array.isArray(value) ? [value] : value
    await assertTypeError(() => signer.signStream(list as Iterable<Uint8Array>), `signStream of ${what}`)
  }
  await assertTypeError(() => signer.signStream(new Uint8Array(8) as never), 'signStream of bytes')
  await assertTypeError(() => signer.signStream(['text' as never]), 'signStream of a text chunk')
  const error = await assertTypeError(() => signer.sign(TEXT as never), 'sign of a text')
  assert(error.message.includes('Buffer.from'), 'the error for a text does not name Buffer.from')
  assert(!error.message.includes(TEXT), 'the error for a text repeats it')
  assertEqual(bench.requests('sign'), 0, 'sign requests')
}

const WRONG_OPTIONS: readonly [string, object][] = [
  ['an encoding that is none', { encoding: 'jose' }],
  ['a signal that is none', { signal: {} }],
  ['a timeout below zero', { timeoutMs: -1 }],
  ['a timeout that is a text', { timeoutMs: '5' }],
  ['a key version that is a number', { keyVersion: 1 }],
]

async function refusesWrongOptions(bench: Bench): Promise<void> {
  const signer = bench.signer()
  for (const [what, options] of WRONG_OPTIONS) {
    await assertTypeError(() => signer.sign(Buffer.from(TEXT), options), `sign with ${what}`)
    await assertTypeError(() => signer.verify(Buffer.from(TEXT), new Uint8Array(64), options), `verify with ${what}`)
  }
  assertEqual(bench.requests(), 0, 'requests')
}

async function takesUndefinedOptions(bench: Bench): Promise<void> {
  const nothing = { signal: undefined, timeoutMs: undefined, encoding: undefined, keyVersion: undefined }
  // Callers without exactOptionalPropertyTypes do this all the time.
  const options = nothing as object
  const signer = bench.signer(0, { name: undefined, maxAttempts: undefined } as object)
  const result = await signer.sign(Buffer.from(TEXT), options)
  assertEqual(await signer.verify(Buffer.from(TEXT), result, options), true, 'verify')
}

async function returnsOwnBytes(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const [first, second] = [await signer.sign(Buffer.from(TEXT)), await signer.sign(Buffer.from(TEXT))]
  for (const { signature } of [first, second]) {
    const plain = Object.getPrototypeOf(signature) === Object.getPrototypeOf(new Uint8Array(0))
    assert(plain, 'the signature is a Buffer or another kind of Uint8Array')
    assertEqual(signature.buffer.byteLength, signature.byteLength, 'length of the buffer below the signature')
  }
  const kept = new Uint8Array(second.signature)
  first.signature.fill(0)
  assertBytes(second.signature, kept, 'one signature after the other was overwritten')
  assert(await judge(bench, second, Buffer.from(TEXT)), 'the second signature does not hold')
}

async function readsSources(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const message = Buffer.concat([Buffer.from('first '), Buffer.from('second')])
  const sources = {
    'a generator that reuses its buffer': reusing(['first ', 'second']),
    'a web stream': webStream(['first ', 'second']),
    'an array': [Buffer.from('first '), new Uint8Array(0), Buffer.from('second')],
  }
  for (const [what, source] of Object.entries(sources)) {
    let seen = 0
    const onProgress = ({ bytes }: { readonly bytes: number }) => {
      seen = bytes
    }
    const result = await signer.signStream(source, { onProgress })
    assert(await judge(bench, result, message), `the signature over ${what} does not hold`)
    assertEqual(seen, message.length, `bytes reported for ${what}`)
  }
}

async function* reusing(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(16)
  for (const text of texts) yield buffer.subarray(0, buffer.write(text))
}

function webStream(texts: readonly string[]): ReadableStream<Uint8Array> {
  const rest = [...texts]
  return new ReadableStream({
    pull(controller) {
      const text = rest.shift()
      if (text === undefined) controller.close()
      else controller.enqueue(new Uint8Array(Buffer.from(text)))
    },
  })
}
