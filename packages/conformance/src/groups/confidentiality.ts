import { isKmsError, type KmsError, type Signer, type SignResult, subscribe } from '@kmsign/core'
import { assert, kmsRejection } from '../assertions.ts'
import type { FaultKind } from '../declaration.ts'
import type { Bench, Kit } from '../kit.ts'
import { assertKeepsSecrets, assertShowsNothing, type Canary, canaryOfBytes, canaryOfText, show } from '../leaks.ts'
import { quotesBytes } from '../opaque.ts'
import { callOf, operationsOf } from '../operations.ts'

const MESSAGE = Buffer.from('canary of a message that nobody but the KMS may see', 'utf8')
const EVENTS = ['kmsign:call', 'kmsign:attempt', 'kmsign:credentials', 'kmsign:unverified'] as const
/** Time enough for an answer: of one that comes too late nothing is read, and nothing could be shown. */
const ATTEMPT_MS = 4_000
const ONE = { maxAttempts: 1, attemptTimeoutMs: ATTEMPT_MS } as const
/** What these two lead to is a timeout. */
const TIMEOUTS: readonly FaultKind[] = ['hang', 'gateway-timeout']

/** Canary secrets, messages and signatures, looked for in everything that can be logged. */
export function confidentiality(kit: Kit): void {
  kit.test('an unknown key tells nothing', (bench) => keepsQuiet(bench, bench.signer('unknown', ONE)))
  kit.test('a wrong secret is not repeated', (bench) =>
    keepsQuiet(bench, bench.signer(0, { ...ONE, credentials: 'wrong' })),
  )
  kit.test(
    'a disabled key tells nothing',
    async (bench) => {
      await bench.disable()
      await keepsQuiet(bench, bench.signer(0, ONE))
    },
    { needs: ['disable'] },
  )
  // The first two are no errors, the last has a test of its own.
  const others: readonly FaultKind[] = ['slow', 'wrong-key-id', 'echo']
  for (const kind of kit.declared.faults.filter((name) => !others.includes(name))) {
    kit.test(`an error after ${kind} tells nothing`, async (bench) => {
      bench.fault(kind, { times: 99 })
      const signer = bench.signer(0, { ...ONE, ...(kind === 'hang' && { attemptTimeoutMs: 300 }) })
      const error = await failingQuietly(bench, signer, 'sign', () => signer.sign(MESSAGE))
      if (!TIMEOUTS.includes(kind)) assertInTime(error, 'sign')
    })
  }
  kit.test('an answer that repeats the request tells nothing of it', hidesEchoes, { needs: ['echo'] })
  kit.test('a refused option tells nothing of its value', keepsOptions)
  kit.test('signer and result show no secret', keepsSecretsOfSigner)
  kit.test('events of success and failure tell nothing', keepsEvents)
  kit.test('a wrong argument is not repeated', keepsArguments)
}

/** Secrets and the message; the signature too where there is one. */
function canariesOf(bench: Bench, result?: SignResult): readonly Canary[] {
  // An empty text is in every other one, and would be found everywhere.
  const unset = bench.secrets.indexOf('')
  assert(unset < 0, `secret ${unset} of the harness is empty: give it the text that must not be seen`)
  const secrets = bench.secrets.map((secret, index) => canaryOfText(`secret ${index}`, secret))
  const signature = result === undefined ? [] : [canaryOfBytes('the signature', result.signature)]
  return [...secrets, canaryOfText('the message', MESSAGE.toString('utf8')), ...signature]
}

async function keepsQuiet(bench: Bench, signer: Signer): Promise<void> {
  assertInTime(await failingQuietly(bench, signer, 'sign', () => signer.sign(MESSAGE)), 'sign')
}

function assertInTime(error: KmsError | undefined, what: string): void {
  const late = `${what}: a KMS_TIMEOUT says nothing of what an answer would bring to light`
  assert(error?.code !== 'KMS_TIMEOUT', `${late}; does it take more than ${ATTEMPT_MS} milliseconds?`)
}

/** What a call rejects with, if it does; nothing of it, and no event beside it, may show a canary. */
async function failingQuietly(
  bench: Bench,
  signer: Signer,
  what: string,
  call: () => Promise<unknown>,
  result?: SignResult,
): Promise<KmsError | undefined> {
  assert(bench.secrets.length > 0, 'the harness names no secret to look for')
  const canaries = canariesOf(bench, result)
  const seen: unknown[] = []
  const [outcome] = await listening(
    (_name, event) => seen.push(event),
    () => Promise.allSettled([call()]),
  )
  assert(seen.length > 0, 'no event was published')
  assertShowsNothing(show(seen), canaries, 'events')
  if (outcome?.status !== 'rejected') return undefined
  assert(isKmsError(outcome.reason), 'what was thrown is not a KmsError')
  assertKeepsSecrets(outcome.reason, canaries, what)
  assertQuotesNothing(outcome.reason, signer, what)
  return outcome.reason
}

/** Runs something and hands over every event beside it. */
async function listening<T>(hear: (name: string, event: unknown) => void, run: () => Promise<T>): Promise<T> {
  const stops = EVENTS.map((name) => subscribe(name, (event) => hear(name, event)))
  try {
    return await run()
  } finally {
    for (const stop of stops) stop()
  }
}

/** A signature that only the provider has seen is no canary, nor is a proof of the request. */
function assertQuotesNothing(error: KmsError, { keyId }: Signer, what: string): void {
  const { providerMessage = '', providerCode = '' } = error
  const words = [providerCode, providerMessage, ...messagesOf(error)].join(' ').replaceAll(keyId, '')
  assert(!quotesBytes(words), `${what}: the error quotes something long, as only requests and answers have it`)
}

/** Of an error and its causes. */
function messagesOf(error: unknown, depth = 0): readonly string[] {
  if (depth === 10 || typeof error !== 'object' || error === null) return []
  const { message, cause } = error as { readonly message?: unknown; readonly cause?: unknown }
  return [String(message), ...messagesOf(cause, depth + 1)]
}

/** A server may send back all that it was sent, in words that an adapter shows. */
async function hidesEchoes(bench: Bench): Promise<void> {
  const result = await bench.signer().sign(MESSAGE)
  const signer = bench.signer(0, ONE)
  for (const operation of operationsOf(bench.declared)) {
    bench.fault('echo', { operation })
    const call = () => callOf(operation, signer, MESSAGE, result)
    const error = await failingQuietly(bench, signer, operation, call, result)
    assert(error !== undefined, `${operation}: a refusal was taken for an answer`)
    assertInTime(error, operation)
  }
}

async function keepsOptions(bench: Bench): Promise<void> {
  const secret = 'canary-in-the-wrong-place-6f1b'
  const wrong = { timeoutMs: secret, maxAttempts: secret, name: [secret], nonsense: secret, credentials: secret }
  let thrown: unknown
  try {
    bench.signer(0, wrong as object)
  } catch (error) {
    thrown = error
  }
  assert(isKmsError(thrown, 'KMS_INVALID_CONFIG'), 'the factory did not refuse wrong options')
  assertKeepsSecrets(thrown, [canaryOfText('the value of an option', secret)], 'the factory')
}

async function keepsSecretsOfSigner(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  for (const value of [signer, { ...signer }, signer.capabilities]) {
    assertShowsNothing(show(value), canariesOf(bench, result), 'inspect of the signer')
    assertShowsNothing(JSON.stringify(value), canariesOf(bench, result), 'JSON of the signer')
  }
  assertShowsNothing(show(result), canariesOf(bench), 'inspect of the result')
}

async function keepsEvents(bench: Bench): Promise<void> {
  const seen: { readonly name: string; readonly event: unknown }[] = []
  const signer = bench.signer(0, { name: 'the watched signer' })
  const result = await listening(
    (name, event) => seen.push({ name, event }),
    async () => {
      const signed = await signer.sign(MESSAGE)
      await signer.verify(MESSAGE, signed)
      const error = await kmsRejection(bench.signer('unknown', ONE).sign(MESSAGE), 'sign with an unknown key')
      assertInTime(error, 'sign with an unknown key')
      return signed
    },
  )
  for (const name of ['kmsign:call', 'kmsign:attempt']) {
    assert(
      seen.some((one) => one.name === name),
      `no event ${name} was published`,
    )
  }
  assertShowsNothing(show(seen) + JSON.stringify(seen), canariesOf(bench, result), 'events')
}

async function keepsArguments(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const text = MESSAGE.toString('utf8')
  const calls = [
    () => signer.sign(text as never),
    () => signer.sign(MESSAGE, { encoding: text as never }),
    () => signer.verify(MESSAGE, text as never),
    () => signer.signStream([text as never]),
    () => signer.signDigest(MESSAGE),
  ]
  for (const call of calls) {
    const [outcome] = await Promise.allSettled([call()])
    assert(outcome?.status === 'rejected', 'a wrong argument was accepted')
    assertKeepsSecrets(outcome.reason, canariesOf(bench), 'a wrong argument')
  }
}
