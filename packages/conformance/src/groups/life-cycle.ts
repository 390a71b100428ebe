import { assert, assertAtMost, assertEqual, kmsRejection } from '../assertions.ts'
import type { Bench, Kit } from '../kit.ts'
import { callOf, type Operation, operationsOf, signedBefore } from '../operations.ts'
import { watchingSockets } from '../sockets.ts'
import { eventually, sleep, timed } from '../waiting.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('from birth to close', 'utf8')

/** A signer from its making to its end. */
export function lifeCycle(kit: Kit): void {
  kit.test('says what it is', namesItself)
  kit.test('is frozen, and its methods need no this', isFrozen)
  kit.test('serves many calls at once without mixing them up', servesMany)
  kit.test('two signers of one key do not know each other', independent)
  kit.test('closes as often as it is asked to', closesTwice)
  kit.test('gives its connections back when it closes', (bench) =>
    watchingSockets((sockets) => givesBackConnections(bench, sockets)),
  )
  kit.test('refuses every call after close without a request', refusesAfterClose)
  kit.test('lets running calls finish before it closes', finishesFirst, { needs: ['slow'] })
  for (const operation of operationsOf(kit.declared)) {
    const title = `ends running calls that take longer than close may: ${operation}`
    kit.test(title, (bench) => endsRunningCalls(bench, operation), { needs: ['hang'] })
  }
}

async function namesItself(bench: Bench): Promise<void> {
  const signer = bench.signer(0, { name: 'payments' })
  assertEqual(signer.provider, bench.declared.provider, 'provider')
  assertEqual(signer.algorithm, bench.pair.algorithm, 'algorithm')
  assertEqual(signer.name, 'payments', 'name')
  assert(typeof signer.keyId === 'string' && signer.keyId !== '', 'keyId is not a text')
  assert(signer.keyId !== bench.signer(1).keyId, 'two keys have one keyId')
  assert(bench.signer().name !== '', 'a signer without a name has none')
}

async function isFrozen(bench: Bench): Promise<void> {
  const signer = bench.signer()
  assert(Object.isFrozen(signer), 'the signer is not frozen')
  assert(Object.isFrozen(signer.capabilities), 'the capabilities are not frozen')
  const { sign, verify, getPublicKey, close } = signer
  const result = await sign(MESSAGE)
  assertEqual(await verify(MESSAGE, result), true, 'verify')
  if (bench.declared.publicKey) await getPublicKey()
  await close()
}

async function servesMany(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const messages = Array.from({ length: 50 }, (_, index) => Buffer.from(`message number ${index}`))
  const results = await Promise.all(messages.map((message) => signer.sign(message)))
  for (const [index, result] of results.entries()) {
    assert(await judge(bench, result, messages[index] ?? MESSAGE), `the signature over message ${index} does not hold`)
  }
}

async function independent(bench: Bench): Promise<void> {
  const [first, second] = [bench.signer(), bench.signer()]
  await first.sign(MESSAGE)
  await first.close()
  assert(await judge(bench, await second.sign(MESSAGE), MESSAGE), 'closing one signer harmed the other')
}

async function closesTwice(bench: Bench): Promise<void> {
  const signer = bench.signer()
  await signer.sign(MESSAGE)
  await Promise.all([signer.close(), signer.close()])
  await signer.close({ timeoutMs: 10 })
  const unused = bench.signer()
  await unused.close()
  await unused.close()
}

async function givesBackConnections(bench: Bench, sockets: () => number): Promise<void> {
  const signer = bench.signer()
  await Promise.all(Array.from({ length: 3 }, () => signer.sign(MESSAGE)))
  await signer.close()
  const closed = await eventually(() => sockets() === 0, 2_000)
  assert(closed, 'sockets are open after the signer was closed')
}

async function refusesAfterClose(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  await signer.close()
  const before = bench.requests()
  const calls: Record<string, Promise<unknown>> = {
    sign: signer.sign(MESSAGE),
    signDigest: signer.signDigest(new Uint8Array(32)),
    signStream: signer.signStream([MESSAGE]),
    verify: signer.verify(MESSAGE, result),
    verifyDigest: signer.verifyDigest(new Uint8Array(32), result),
    verifyStream: signer.verifyStream([MESSAGE], result),
    getPublicKey: signer.getPublicKey(),
  }
  const outcomes = Object.entries(calls).map(([name, call]) => kmsRejection(call, name, 'KMS_SIGNER_CLOSED'))
  for (const error of await Promise.all(outcomes)) assertEqual(error.retryable, false, 'retryable')
  assertEqual(bench.requests(), before, 'requests after close')
}

async function finishesFirst(bench: Bench): Promise<void> {
  bench.fault('slow', { ms: 250 })
  const signer = bench.signer(0, { integrity: 'off' })
  const order: string[] = []
  const signing = signer.sign(MESSAGE).then(() => order.push('signed'))
  await sleep(50)
  const closing = signer.close().then(() => order.push('closed'))
  await Promise.all([signing, closing])
  assertEqual(order.join(), 'signed,closed', 'order')
}

async function endsRunningCalls(bench: Bench, operation: Operation): Promise<void> {
  const result = await signedBefore(bench, MESSAGE)
  bench.fault('hang', { operation, times: 9 })
  const signer = bench.signer(0, { integrity: 'off' })
  const running = callOf(operation, signer, MESSAGE, result)
  const ending = kmsRejection(running, 'the running call', 'KMS_SIGNER_CLOSED')
  const closing = sleep(50).then(() => timed(signer.close({ timeoutMs: 50 })))
  const [, took] = await Promise.all([ending, closing])
  assertAtMost(took, 2_000, 'milliseconds')
}
