import { assertAtMost, assertEqual, kmsRejection } from '../assertions.ts'
import type { FaultKind } from '../declaration.ts'
import type { Bench, Kit } from '../kit.ts'
import { sleep } from '../waiting.ts'

const MESSAGE = Buffer.from('every request costs', 'utf8')
const MANY = 50

/** How many requests each thing costs. */
export function economy(kit: Kit): void {
  const { declared } = kit
  const test = (title: string, run: (bench: Bench) => Promise<void>, ...faults: FaultKind[]) =>
    kit.test(title, run, { needs: ['requests', ...faults] })
  test('making a signer costs nothing', async (bench) => {
    bench.signer()
    await sleep(50)
    assertEqual(bench.requests(), 0, 'requests')
  })
  test('the first signature costs two requests at most, every other one', firstAndNext)
  test('integrity off costs one request always', unchecked)
  test('a pinned public key is never fetched', pinned)
  test(`${MANY} first signatures at once cost ${MANY + 1} requests at most`, manyAtOnce)
  if (declared.publicKey) test('the public key is fetched once, and again when asked to', fetchesOnce)
  if (declared.publicKey) test('verifying here costs nothing once the key is known', verifiesForNothing)
  if (declared.remoteVerify) test('verifying remotely costs one request', verifiesRemotely)
  for (const maxAttempts of [1, 2, 3]) {
    const title = `an outage costs ${maxAttempts} requests with maxAttempts ${maxAttempts}`
    test(title, (bench) => outage(bench, maxAttempts), 'unavailable')
  }
  for (const kind of ['denied', 'redirect', 'unknown-code'] as const) {
    test(`${kind} is not repeated`, (bench) => once(bench, kind), kind)
  }
  test('throttling is repeated, and the second request succeeds', throttledOnce, 'throttled')
  test('an unknown key and a wrong secret are not repeated', hopeless)
  test('an outage is not amplified by many calls', manyInOutage, 'unavailable')
  test('nor by many signers of one key', manySignersInOutage, 'unavailable')
  if (declared.publicKey) test('a public key that may not be read is not asked for again', deniedPublicKey, 'denied')
}

async function firstAndNext(bench: Bench): Promise<void> {
  const signer = bench.signer()
  await signer.sign(MESSAGE)
  assertAtMost(bench.requests(), 2, 'requests of the first signature')
  for (let round = 0; round < 5; round += 1) {
    const before = bench.requests()
    await signer.sign(MESSAGE)
    assertEqual(bench.requests() - before, 1, 'requests of a later signature')
  }
}

async function unchecked(bench: Bench): Promise<void> {
  const signer = bench.signer(0, { integrity: 'off' })
  for (let round = 1; round <= 3; round += 1) {
    const { verified } = await signer.sign(MESSAGE)
    assertEqual(verified, false, 'verified')
    assertEqual(bench.requests(), round, 'requests')
  }
}

async function pinned(bench: Bench): Promise<void> {
  const signer = bench.signer(0, { publicKey: await bench.publicKey() })
  const result = await signer.sign(MESSAGE)
  assertEqual(result.verified, bench.pair.judged !== false, 'verified')
  await signer.getPublicKey()
  await signer.verify(MESSAGE, result)
  assertEqual(bench.requests(), 1, 'requests')
}

async function manyAtOnce(bench: Bench): Promise<void> {
  const signer = bench.signer()
  await Promise.all(Array.from({ length: MANY }, () => signer.sign(MESSAGE)))
  assertEqual(bench.requests('sign'), MANY, 'sign requests')
  assertAtMost(bench.requests(), MANY + 1, 'requests')
}

async function fetchesOnce(bench: Bench): Promise<void> {
  const signer = bench.signer()
  await Promise.all(Array.from({ length: MANY }, () => signer.getPublicKey()))
  await signer.getPublicKey()
  assertEqual(bench.requests(), 1, 'requests')
  await signer.getPublicKey({ refresh: true })
  assertEqual(bench.requests(), 2, 'requests after a refresh')
}

async function verifiesForNothing(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  const before = bench.requests()
  for (let round = 0; round < 3; round += 1) await signer.verify(MESSAGE, result)
  assertEqual(bench.requests() - before, 0, 'requests')
}

async function verifiesRemotely(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  const before = bench.requests()
  await signer.verify(MESSAGE, result, { mode: 'remote' })
  assertEqual(bench.requests() - before, 1, 'requests')
}

async function outage(bench: Bench, maxAttempts: number): Promise<void> {
  bench.fault('unavailable', { times: 99 })
  const signer = bench.signer(0, { integrity: 'off', maxAttempts })
  const error = await kmsRejection(signer.sign(MESSAGE), 'sign', 'KMS_UNAVAILABLE')
  assertEqual(error.attempts, maxAttempts, 'attempts')
  assertEqual(bench.requests(), maxAttempts, 'requests')
}

async function once(bench: Bench, kind: FaultKind): Promise<void> {
  bench.fault(kind, { times: 99 })
  const error = await kmsRejection(bench.signer(0, { integrity: 'off', maxAttempts: 5 }).sign(MESSAGE), 'sign')
  assertEqual(error.retryable, false, 'retryable')
  assertEqual(bench.requests(), 1, 'requests')
}

async function throttledOnce(bench: Bench): Promise<void> {
  bench.fault('throttled')
  const result = await bench.signer(0, { integrity: 'off' }).sign(MESSAGE)
  assertEqual(result.attempts, 2, 'attempts')
  assertEqual(bench.requests(), 2, 'requests')
}

async function hopeless(bench: Bench): Promise<void> {
  const change = { integrity: 'off', maxAttempts: 5 } as const
  await kmsRejection(bench.signer('unknown', change).sign(MESSAGE), 'sign', 'KMS_KEY_NOT_FOUND')
  assertEqual(bench.requests(), 1, 'requests for an unknown key')
  await kmsRejection(bench.signer(0, { ...change, credentials: 'wrong' }).sign(MESSAGE), 'sign', 'KMS_UNAUTHENTICATED')
  assertEqual(bench.requests(), 2, 'requests after a wrong secret too')
}

/** One retry budget for all calls: without it an outage is met with three times the load. */
async function manyInOutage(bench: Bench): Promise<void> {
  bench.fault('unavailable', { times: 9_999 })
  const signer = bench.signer(0, { integrity: 'off', maxAttempts: 3 })
  const [batches, batch] = [6, 40]
  for (let round = 0; round < batches; round += 1) {
    await Promise.all(Array.from({ length: batch }, () => kmsRejection(signer.sign(MESSAGE), 'sign')))
  }
  assertAtMost(bench.requests(), 1.5 * batches * batch, 'requests')
}

/** Budget, clock and rates belong to the quota scope, which is the same for every signer of a key, at any time. */
async function manySignersInOutage(bench: Bench): Promise<void> {
  bench.fault('unavailable', { times: 9_999 })
  const sign = () => kmsRejection(bench.signer(0, { integrity: 'off', maxAttempts: 3 }).sign(MESSAGE), 'sign')
  await Promise.all(Array.from({ length: 60 }, sign))
  assertAtMost(bench.requests(), 2 * 60, 'requests')
}

async function deniedPublicKey(bench: Bench): Promise<void> {
  bench.fault('denied', { operation: 'getPublicKey', times: 99 })
  const signer = bench.signer()
  for (let round = 0; round < 4; round += 1) {
    const { verified } = await signer.sign(MESSAGE)
    assertEqual(verified, false, 'verified')
  }
  assertEqual(bench.requests('sign'), 4, 'sign requests')
  assertAtMost(bench.requests(), 5, 'requests')
  const strict = bench.signer(0, { integrity: 'require' })
  await kmsRejection(strict.sign(MESSAGE), 'sign with integrity required', 'KMS_PERMISSION_DENIED')
}
