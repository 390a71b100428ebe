import { assert, assertAtMost, assertEqual, kmsRejection } from '../assertions.ts'
import type { Bench, Kit } from '../kit.ts'
import { callOf, type Operation, operationsOf, roundsOf, signedBefore } from '../operations.ts'
import { watchingSockets } from '../sockets.ts'
import { eventually, settles, sleep, timed } from '../waiting.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('in good time', 'utf8')
/** What a busy machine may add to a timeout. */
const SLACK_MS = 2_000
const MANY = 5

/** The whole call's time, and one attempt's. */
export function timeouts(kit: Kit): void {
  kit.test('the whole call ends in time, whatever the attempt would still be given', wholeCall, { needs: ['hang'] })
  kit.test('an attempt ends in time, and the next one succeeds', oneAttempt, { needs: ['hang'] })
  for (const operation of operationsOf(kit.declared)) {
    const title = `an attempt that is over ends its request: ${operation}`
    kit.test(title, (bench) => endsRequests(bench, operation), { needs: ['hang'] })
  }
  kit.test('repeats do not go beyond the time of the whole call', repeats, { needs: ['throttled'] })
  kit.test('an option of the call goes before that of the signer', callBeforeSigner, { needs: ['hang'] })
  kit.test('reading a source does not count', slowSource)
  kit.test('an answer that is slow but in time is taken', slowAnswer, { needs: ['slow'] })
}

async function wholeCall(bench: Bench): Promise<void> {
  bench.fault('hang', { times: 99 })
  const signer = bench.signer(0, { timeoutMs: 200, attemptTimeoutMs: 60_000 })
  const call = signer.sign(MESSAGE)
  const took = await timed(call)
  const error = await kmsRejection(call, 'sign', 'KMS_TIMEOUT')
  assertEqual(error.fault, 'transport', 'fault')
  // Node counts a timer from the start of the loop's turn, which on a busy machine is a while ago.
  assert(took >= 150, `the call ended after ${took} ms of its 200`)
  assertAtMost(took, 200 + SLACK_MS, 'milliseconds')
}

async function oneAttempt(bench: Bench): Promise<void> {
  bench.fault('hang')
  const signer = bench.signer(0, { attemptTimeoutMs: 150 })
  const call = signer.sign(MESSAGE)
  assertAtMost(await timed(call), 150 + SLACK_MS, 'milliseconds')
  const result = await call
  assertEqual(result.attempts, 2, 'attempts')
  assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
}

/** The caller has its error in any case; what is left behind is a request that nobody waits for. */
async function endsRequests(bench: Bench, operation: Operation): Promise<void> {
  const result = await signedBefore(bench, MESSAGE)
  bench.fault('hang', { operation, times: 9 })
  const signer = bench.signer(0, { integrity: 'off', attemptTimeoutMs: 100, maxAttempts: 1 })
  await watchingSockets(async (sockets) => {
    for (const calls of roundsOf(operation, MANY)) {
      const call = () => kmsRejection(callOf(operation, signer, MESSAGE, result), operation, 'KMS_TIMEOUT')
      await Promise.all(Array.from({ length: calls }, call))
    }
    // A connection that carries many requests may stay for the next one, until the signer is closed.
    const ended = await eventually(() => sockets() < MANY, SLACK_MS)
    assert(ended, 'requests go on after their attempt is over')
    const closed = await settles(signer.close(), SLACK_MS)
    assert(closed, `close takes more than ${SLACK_MS} milliseconds though nothing runs any more`)
  })
}

async function repeats(bench: Bench): Promise<void> {
  bench.fault('throttled', { times: 999 })
  const call = bench.signer(0, { timeoutMs: 400, maxAttempts: 100, integrity: 'off' }).sign(MESSAGE)
  assertAtMost(await timed(call), 400 + SLACK_MS, 'milliseconds')
  await kmsRejection(call, 'sign', 'KMS_THROTTLED', 'KMS_TIMEOUT')
}

async function callBeforeSigner(bench: Bench): Promise<void> {
  bench.fault('hang', { times: 99 })
  const call = bench.signer(0, { timeoutMs: 60_000, attemptTimeoutMs: 60_000 }).sign(MESSAGE, { timeoutMs: 150 })
  assertAtMost(await timed(call), 150 + SLACK_MS, 'milliseconds')
  await kmsRejection(call, 'sign', 'KMS_TIMEOUT')
}

async function slowSource(bench: Bench): Promise<void> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield MESSAGE.subarray(0, 3)
    await sleep(900)
    yield MESSAGE.subarray(3)
  }
  const result = await bench.signer(0, { timeoutMs: 700 }).signStream(source())
  assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
}

async function slowAnswer(bench: Bench): Promise<void> {
  bench.fault('slow', { ms: 300 })
  const result = await bench.signer().sign(MESSAGE)
  assertEqual(result.attempts, 1, 'attempts')
  assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
}
