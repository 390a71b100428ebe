import { assertEqual, kmsRejection } from '../assertions.ts'
import type { Bench, Kit } from '../kit.ts'
import { callOf, type Operation, operationsOf } from '../operations.ts'
import { assertFields, ONCE, ROWS } from './error-rows.ts'

const MESSAGE = Buffer.from('a question that meets trouble', 'utf8')
/** An outage, a refusal, and every answer that may pass for one: nothing of the kind is a yes, a no or a key. */
const KINDS = ['unavailable', 'denied', 'page', 'redirect', 'truncated', 'not-json', 'empty', 'oversized'] as const

/** Whatever an adapter does beside signing fails with the same codes, and with its own name. */
export function otherOperations(kit: Kit): void {
  for (const operation of operationsOf(kit.declared).filter((one) => one !== 'sign')) {
    for (const kind of KINDS) {
      const title = `${operation} meets ${kind}: ${ROWS[kind].code}`
      kit.test(title, (bench) => failsWith(bench, operation, kind), { needs: [kind] })
    }
  }
}

async function failsWith(bench: Bench, operation: Operation, kind: (typeof KINDS)[number]): Promise<void> {
  const result = await bench.signer().sign(MESSAGE)
  bench.fault(kind, { operation, times: 9 })
  const signer = bench.signer(0, { ...ONCE, attemptTimeoutMs: 4_000 })
  const before = bench.requests(operation)
  const what = `${operation} with ${kind}`
  const error = await kmsRejection(callOf(operation, signer, MESSAGE, result), what, ROWS[kind].code)
  assertFields(bench, signer, error, ROWS[kind])
  assertEqual(error.operation, operation, 'operation')
  assertEqual(error.attempts, 1, 'attempts')
  if (bench.declared.requests) assertEqual(bench.requests(operation) - before, 1, `${operation} requests`)
}
