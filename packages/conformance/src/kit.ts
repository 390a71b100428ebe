import type { Signer } from '@kmsign/core'
import { assert } from './assertions.ts'
import type { AlgorithmDeclaration, Declaration, FaultKind, MessageBytes } from './declaration.ts'
import type { FaultSettings, Harness, KeyChoice, SignerChange, Subject } from './harness.ts'
import { settles } from './waiting.ts'

/** What a signer is given to close after its test. */
const CLOSING_MS = 2_000

/** The runner's own functions: vitest and jest export them by these names, node:test has `after` for the last. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, define: () => void): unknown
  /** Defines a test. */
  it(name: string, run: () => Promise<void>): unknown
  /** Runs once, after the last test of the group. */
  afterAll(run: () => Promise<void>): unknown
}

/** What a test cannot do without, in the words of the declaration. */
export type Need = FaultKind | 'requests' | 'disable'

/** One test's backend with its two keys, and signers that are closed after it. */
export interface Bench {
  readonly declared: Declaration
  readonly pair: AlgorithmDeclaration
  readonly secrets: readonly string[]
  signer(key?: KeyChoice, change?: SignerChange & { readonly algorithm?: AlgorithmDeclaration['algorithm'] }): Signer
  /** PEM, behind the adapter's back. */
  publicKey(key?: 0 | 1, version?: string): Promise<string>
  fault(kind: FaultKind, settings?: FaultSettings): void
  /** Requests so far, all or of one operation; 0 where the backend does not show them. */
  requests(operation?: string): number
  rotate(key?: 0 | 1): Promise<string>
  disable(key?: 0 | 1): Promise<void>
}

/** Where groups put their tests. */
export interface Kit {
  readonly declared: Declaration
  /** A test with the first pair, or with a given one. What its needs name and the declaration lacks stands in its title. */
  test(title: string, run: (bench: Bench) => Promise<void>, options?: TestOptions): void
  /** A test without a backend. */
  statement(title: string, run: () => Promise<void>): void
}

export interface TestOptions {
  readonly pair?: AlgorithmDeclaration
  readonly needs?: readonly Need[]
}

export function createKit(runner: TestRunner, subject: Subject): Kit {
  const declared = subject.declaration
  return {
    declared,
    test(title, run, { pair = declared.algorithms[0], needs = [] } = {}) {
      const missing = needs.filter((need) => !isDeclared(declared, need))
      if (missing.length > 0)
        return void runner.it(`${title} (not run: ${missing.join(', ')} not declared)`, async () => {})
      runner.it(title, async () => {
        const harness = await subject.start({ algorithm: pair.algorithm, keySpec: pair.keySpec })
        const signers: Signer[] = []
        try {
          await run(openBench(declared, pair, harness, signers))
        } finally {
          // How a signer closes is judged by tests of its own; one that never does must not hide why this one failed.
          const closing = signers.map(async (signer) => signer.close({ timeoutMs: 1 }))
          await settles(Promise.allSettled(closing), CLOSING_MS)
          await harness.close()
        }
      })
    },
    statement: (title, run) => void runner.it(title, run),
  }
}

/** Whether the declaration promises what a test needs. */
function isDeclared(declared: Declaration, need: Need): boolean {
  if (need === 'requests' || need === 'disable') return declared[need]
  return declared.faults.includes(need)
}

function openBench(declared: Declaration, pair: AlgorithmDeclaration, harness: Harness, signers: Signer[]): Bench {
  return {
    declared,
    pair,
    secrets: harness.secrets,
    signer(key = 0, change = {}) {
      const signer = harness.signer(key, { algorithm: pair.algorithm, ...change })
      signers.push(signer)
      return signer
    },
    publicKey: (key = 0, version) => harness.publicKey(key, version),
    fault(kind, settings = {}) {
      assert(harness.fault !== undefined, `the harness declares the fault ${kind} and has no fault()`)
      harness.fault(kind, { operation: 'sign', times: 1, ms: 200, ...settings })
    },
    requests(operation) {
      const all = harness.requests?.() ?? []
      return operation === undefined ? all.length : all.filter((name) => name === operation).length
    },
    async rotate(key = 0) {
      assert(harness.rotate !== undefined, 'the harness declares rotation and has no rotate()')
      return harness.rotate(key)
    },
    async disable(key = 0) {
      assert(harness.disable !== undefined, 'the harness declares disable and has no disable()')
      await harness.disable(key)
    },
  }
}

/** Whether `signDigest` works for a pair. */
export function takesDigest(declared: Declaration, pair: AlgorithmDeclaration): boolean {
  return pair.digest ?? declared.digest
}

/** The sizes of messages that travel as they are, for a pair. */
export function messageBytesOf(declared: Declaration, pair: AlgorithmDeclaration): MessageBytes {
  return pair.messageBytes ?? declared.messageBytes
}

/** A pair as it stands in titles. */
export function nameOf(pair: AlgorithmDeclaration): string {
  return `${pair.algorithm} with ${pair.keySpec}`
}
