import { getEventListeners } from 'node:events'
import { assert, assertAtMost, assertEqual, rejection } from '../assertions.ts'
import type { Bench, Kit } from '../kit.ts'
import { arrival, callOf, type Operation, operationsOf, roundsOf, signedBefore } from '../operations.ts'
import { watchingSockets } from '../sockets.ts'
import { eventually, settles, sleep } from '../waiting.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('never mind', 'utf8')
/** Far below every timeout that a signer has by itself, far above what a busy machine needs. */
const AT_ONCE_MS = 2_000
/** Longer than any test. */
const LONG_MS = 60_000
const MANY = 5

/** The caller's signal, at every moment of a call. */
export function aborts(kit: Kit): void {
  kit.test('a signal that is aborted already costs no request', abortedBefore)
  for (const [what, reason] of [
    ['an error', new Error('enough')],
    ['a text', 'enough'],
    ['nothing', undefined],
  ] as const) {
    kit.test(
      `during a request: rejects with the reason as it is (${what})`,
      (bench) => abortedInFlight(bench, reason),
      {
        needs: ['hang'],
      },
    )
  }
  kit.test('during the wait before a repeat: ends the wait, and nothing more is sent', abortedInBackoff, {
    needs: ['unavailable', 'requests'],
  })
  kit.test('while a source is being read: closes it', abortedWhileReading)
  kit.test('ends the call of its own caller only', endsOneCall, { needs: ['slow'] })
  kit.test('after the call: changes nothing, and nobody listens any more', abortedAfter)
  for (const operation of operationsOf(kit.declared)) {
    kit.test(`leaves no socket behind: ${operation}`, (bench) => leavesNoSocket(bench, operation), { needs: ['hang'] })
  }
}

async function abortedBefore(bench: Bench): Promise<void> {
  const reason = new Error('before it began')
  const signal = AbortSignal.abort(reason)
  const signer = bench.signer()
  const calls = {
    sign: () => signer.sign(MESSAGE, { signal }),
    signStream: () => signer.signStream([MESSAGE], { signal }),
    verify: () => signer.verify(MESSAGE, new Uint8Array(64), { signal }),
    getPublicKey: () => signer.getPublicKey({ signal }),
  }
  for (const [name, call] of Object.entries(calls)) {
    assert((await rejection(call(), name)) === reason, `${name} does not reject with the reason itself`)
  }
  assertEqual(bench.requests(), 0, 'requests')
}

async function abortedInFlight(bench: Bench, given: unknown): Promise<void> {
  bench.fault('hang', { times: 9 })
  const controller = new AbortController()
  const call = bench.signer(0, { integrity: 'off' }).sign(MESSAGE, { signal: controller.signal })
  const ending = rejection(call, 'sign')
  // A call that ends too early says so itself.
  await Promise.race([arrival(bench, 'sign', 1), ending])
  const startedAt = performance.now()
  controller.abort(given)
  assert((await ending) === controller.signal.reason, 'sign does not reject with the reason itself')
  assertAtMost(performance.now() - startedAt, AT_ONCE_MS, 'milliseconds from the abort to the end')
}

async function abortedInBackoff(bench: Bench): Promise<void> {
  bench.fault('unavailable', { times: 99 })
  const controller = new AbortController()
  const signer = bench.signer(0, { integrity: 'off', maxAttempts: 100 })
  const ending = rejection(signer.sign(MESSAGE, { signal: controller.signal }), 'sign')
  // The waits before the next two requests are short, so that a call that went on would show soon.
  assert(await eventually(() => bench.requests('sign') >= 2), 'the call was not repeated')
  controller.abort('no longer needed')
  assertEqual(await ending, 'no longer needed', 'what sign rejects with')
  await sleep(20)
  const sent = bench.requests()
  await sleep(500)
  assertEqual(bench.requests(), sent, 'requests some time after the abort')
}

async function abortedWhileReading(bench: Bench): Promise<void> {
  const reason = new Error('stop reading')
  const controller = new AbortController()
  let closed = false
  const source = new ReadableStream<Uint8Array>({
    pull: (stream) => {
      if (controller.signal.aborted) return
      stream.enqueue(new Uint8Array(1))
      // The second chunk never comes.
      return new Promise(() => setTimeout(() => controller.abort(reason), 20))
    },
    cancel: () => {
      closed = true
    },
  })
  const call = bench.signer().signStream(source, { signal: controller.signal })
  assert((await rejection(call, 'signStream')) === reason, 'signStream does not reject with the reason itself')
  assert(await eventually(() => closed), 'the source was not closed')
  assertEqual(bench.requests('sign'), 0, 'sign requests')
}

async function endsOneCall(bench: Bench): Promise<void> {
  bench.fault('slow', { times: 9, ms: 150 })
  const signer = bench.signer()
  const controller = new AbortController()
  const leaving = rejection(signer.sign(MESSAGE, { signal: controller.signal }), 'the call that is aborted')
  const staying = signer.sign(MESSAGE)
  await sleep(30)
  controller.abort('only me')
  const [reason, result] = await Promise.all([leaving, staying])
  assertEqual(reason, 'only me', 'what the aborted call rejects with')
  assert(await judge(bench, result, MESSAGE), 'the other call did not get its signature')
}

async function abortedAfter(bench: Bench): Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE, { signal })
  assertEqual(await signer.verify(MESSAGE, result, { signal }), true, 'verify')
  assertEqual(getEventListeners(signal, 'abort').length, 0, 'listeners left on the signal')
  controller.abort()
  assert(await judge(bench, await signer.sign(MESSAGE), MESSAGE), 'a later call was harmed')
}

async function leavesNoSocket(bench: Bench, operation: Operation): Promise<void> {
  const result = await signedBefore(bench, MESSAGE)
  bench.fault('hang', { operation, times: 9 })
  // No timeout ends these requests, so that only the signal can.
  const signer = bench.signer(0, { integrity: 'off', timeoutMs: LONG_MS, attemptTimeoutMs: LONG_MS })
  await watchingSockets(async (sockets) => {
    for (const calls of roundsOf(operation, MANY)) {
      const before = bench.requests(operation)
      const controller = new AbortController()
      const { signal } = controller
      const call = () => rejection(callOf(operation, signer, MESSAGE, result, { signal }), operation)
      const ending = Promise.all(Array.from({ length: calls }, call))
      await Promise.race([arrival(bench, operation, before + calls), ending])
      controller.abort()
      await ending
    }
    // A connection that carries many requests may stay for the next one.
    const ended = await eventually(() => sockets() < MANY, AT_ONCE_MS)
    assert(ended, 'the requests of aborted calls are not ended')
    const closed = await settles(signer.close(), AT_ONCE_MS)
    assert(closed, `close takes more than ${AT_ONCE_MS} milliseconds though nothing runs any more`)
    const gone = await eventually(() => sockets() === 0, AT_ONCE_MS)
    assert(gone, 'sockets are open after the calls were aborted and the signer closed')
  })
}
