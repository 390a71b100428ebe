import type { Signer } from '@kmsign/core'
import { assert, assertAtMost, assertEqual, assertKmsError, kmsRejection } from '../assertions.ts'
import type { AlgorithmDeclaration, FaultKind } from '../declaration.ts'
import type { Bench, Kit } from '../kit.ts'
import { assertFields, ONCE, ROWS, type Row } from './error-rows.ts'
import { otherOperations } from './other-operations.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('a message that meets trouble', 'utf8')
const HOUR_MS = 3_600_000

const SPOILT_SIGNATURES = ['corrupt-signature', 'swapped-signature', 'double-hash'] as const

/** Every code that a backend can bring about, with its fields. */
export function errors(kit: Kit): void {
  kit.test('an unknown key is KMS_KEY_NOT_FOUND', (bench) =>
    fails(bench, bench.signer('unknown', ONCE), { code: 'KMS_KEY_NOT_FOUND', fault: 'caller', retryable: false }),
  )
  kit.test('a wrong secret is KMS_UNAUTHENTICATED', (bench) =>
    fails(bench, bench.signer(0, { ...ONCE, credentials: 'wrong' }), {
      code: 'KMS_UNAUTHENTICATED',
      fault: 'caller',
      retryable: false,
    }),
  )
  kit.test('a disabled key is KMS_KEY_STATE', disabledKey, { needs: ['disable'] })
  for (const [kind, row] of Object.entries(ROWS) as [FaultKind, Row][]) {
    kit.test(`${kind}: ${row.code}`, (bench) => failsWith(bench, kind, row), { needs: [kind] })
  }
  for (const kind of SPOILT_SIGNATURES) spoiltSignature(kit, kind)
  kit.test('a wrong-key-id never comes back as verified', wrongKeyId, { needs: ['wrong-key-id'] })
  clock(kit)
  otherOperations(kit)
  wrongAlgorithm(kit)
  kit.test('a pinned key that is not the one that signs is KMS_KEY_MISMATCH', wrongPin)
  kit.test('credentials that cannot be had are KMS_CREDENTIALS_UNAVAILABLE', noCredentials)
  kit.test('wrong options are KMS_INVALID_CONFIG, all of them at once', wrongOptions)
}

async function fails(bench: Bench, signer: Signer, row: Row): Promise<void> {
  const error = await kmsRejection(signer.sign(MESSAGE), 'sign', row.code)
  assertFields(bench, signer, error, row)
  assertEqual(error.operation, 'sign', 'operation')
}

async function failsWith(bench: Bench, kind: FaultKind, row: Row): Promise<void> {
  bench.fault(kind, { times: 9 })
  const signer = bench.signer(0, { ...ONCE, integrity: 'off', attemptTimeoutMs: kind === 'hang' ? 150 : 4_000 })
  const error = await kmsRejection(signer.sign(MESSAGE), `sign with ${kind}`, row.code)
  assertFields(bench, signer, error, row)
  assertEqual(error.attempts, 1, 'attempts')
  if (bench.declared.requests) assertEqual(bench.requests('sign'), 1, 'sign requests')
}

async function disabledKey(bench: Bench): Promise<void> {
  await bench.disable()
  await fails(bench, bench.signer(0, ONCE), { code: 'KMS_KEY_STATE', fault: 'caller', retryable: false })
}

function spoiltSignature(kit: Kit, kind: FaultKind): void {
  if (!kit.declared.publicKey) {
    kit.test(
      `${kind}: not noticed without a public key, and not called verified`,
      async (bench) => {
        bench.fault(kind)
        const result = await bench.signer().sign(MESSAGE)
        assertEqual(result.verified, false, 'verified')
      },
      { needs: [kind] },
    )
    return
  }
  kit.test(
    `${kind}: made again when it happens once`,
    async (bench) => {
      bench.fault(kind)
      const result = await bench.signer().sign(MESSAGE)
      assert(await judge(bench, result, MESSAGE), 'a signature that does not hold was returned')
      assertEqual(result.verified, true, 'verified')
    },
    { needs: [kind] },
  )
  kit.test(
    `${kind}: KMS_INTEGRITY when it stays`,
    async (bench) => {
      bench.fault(kind, { times: 99 })
      const signer = bench.signer(0, ONCE)
      await fails(bench, signer, { code: 'KMS_INTEGRITY', fault: 'provider', retryable: true })
      assertAtMost(bench.requests('sign'), 2, 'sign requests')
    },
    { needs: [kind] },
  )
}

/** Another version has no key to be checked with; whatever the outcome, it must not pass for checked. */
async function wrongKeyId(bench: Bench): Promise<void> {
  bench.fault('wrong-key-id', { times: 99 })
  const outcome = await bench
    .signer(0, ONCE)
    .sign(MESSAGE)
    .catch((error: unknown) => assertKmsError(error, 'sign'))
  if ('verified' in outcome) assertEqual(outcome.verified, false, 'verified')
  if (!bench.declared.publicKey) return
  const strict = bench.signer(0, { ...ONCE, integrity: 'require' })
  await kmsRejection(strict.sign(MESSAGE), 'sign with integrity required')
}

function clock(kit: Kit): void {
  if (!kit.declared.clock) {
    kit.test('a wrong clock does not matter', async (bench) => {
      const signer = bench.signer(0, { ...ONCE, clock: () => Date.now() - HOUR_MS })
      assert(await judge(bench, await signer.sign(MESSAGE), MESSAGE), 'the signature does not hold')
    })
    return
  }
  for (const [what, offset] of [
    ['slow', -HOUR_MS],
    ['fast', HOUR_MS],
  ] as const) {
    kit.test(`a ${what} clock is KMS_CLOCK_SKEW when there is one attempt`, (bench) =>
      fails(bench, bench.signer(0, { ...ONCE, clock: () => Date.now() + offset }), {
        code: 'KMS_CLOCK_SKEW',
        fault: 'caller',
        retryable: true,
      }),
    )
    kit.test(`a ${what} clock is corrected once, and stays corrected`, async (bench) => {
      const signer = bench.signer(0, { clock: () => Date.now() + offset })
      assert(await judge(bench, await signer.sign(MESSAGE), MESSAGE), 'the signature does not hold')
      const before = bench.requests()
      assertAtMost(before, 4, 'requests of the first call')
      await signer.sign(MESSAGE)
      if (bench.declared.requests) assertEqual(bench.requests() - before, 1, 'requests of the second call')
    })
  }
}

function wrongAlgorithm(kit: Kit): void {
  const what = 'a declared algorithm that the key does not have is KMS_KEY_MISMATCH'
  const family = (pair: AlgorithmDeclaration) => pair.algorithm.split('_')[0]
  const [first, ...rest] = kit.declared.algorithms
  const other = rest.find((pair) => family(pair) !== family(first))
  if (other === undefined || !kit.declared.publicKey) {
    const missing = other === undefined ? 'a second family of algorithms' : 'publicKey'
    return void kit.statement(`${what} (not run: ${missing} not declared)`, async () => {})
  }
  kit.test(what, (bench) => {
    const signer = bench.signer(0, { ...ONCE, algorithm: other.algorithm })
    return fails(bench, signer, { code: 'KMS_KEY_MISMATCH', fault: 'caller', retryable: false })
  })
}

async function wrongPin(bench: Bench): Promise<void> {
  const signer = bench.signer(0, { ...ONCE, publicKey: await bench.publicKey(1) })
  await fails(bench, signer, { code: 'KMS_KEY_MISMATCH', fault: 'caller', retryable: false })
  assertEqual(bench.requests('getPublicKey'), 0, 'public key requests beside a pinned key')
}

async function noCredentials(bench: Bench): Promise<void> {
  const cause = new Error('the vault is sealed')
  const signer = bench.signer(0, { ...ONCE, credentials: () => Promise.reject(cause) })
  const error = await kmsRejection(signer.sign(MESSAGE), 'sign', 'KMS_CREDENTIALS_UNAVAILABLE')
  assertFields(bench, signer, error, { code: 'KMS_CREDENTIALS_UNAVAILABLE', fault: 'caller', retryable: true })
  assert(error.cause === cause, 'the cause is not what the credentials function threw')
  assertEqual(error.attempts, 0, 'attempts')
  assertEqual(bench.requests(), 0, 'requests')
}

async function wrongOptions(bench: Bench): Promise<void> {
  const wrong = { timeoutMs: -1, integrity: 'sometimes', maxAttempts: 'three', maxAttemps: 3 }
  let thrown: unknown
  try {
    bench.signer(0, wrong as object)
  } catch (error) {
    thrown = error
  }
  const error = assertKmsError(thrown, 'the factory', 'KMS_INVALID_CONFIG')
  assertEqual(error.operation, 'configure', 'operation')
  assertEqual(error.retryable, false, 'retryable')
  const paths = (error.issues ?? []).map(({ path }) => path)
  for (const name of Object.keys(wrong)) assert(paths.includes(name), `issues do not name ${name}`)
  assertEqual(bench.requests(), 0, 'requests')
}
