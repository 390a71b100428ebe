import type { SigningAlgorithm } from '@kmsign/core'
import { aborts } from './groups/aborts.ts'
import { confidentiality } from './groups/confidentiality.ts'
import { declaration } from './groups/declaration.ts'
import { economy } from './groups/economy.ts'
import { encodings } from './groups/encodings.ts'
import { errors } from './groups/errors.ts'
import { inputs } from './groups/inputs.ts'
import { lifeCycle } from './groups/life-cycle.ts'
import { rotation } from './groups/rotation.ts'
import { signing } from './groups/signing.ts'
import { sizes } from './groups/sizes.ts'
import { timeouts } from './groups/timeouts.ts'
import type { Subject } from './harness.ts'
import { createKit, type Kit, type TestRunner } from './kit.ts'

const GROUPS = {
  signing,
  inputs,
  encodings,
  sizes,
  errors,
  aborts,
  timeouts,
  confidentiality,
  economy,
  'life cycle': lifeCycle,
  rotation,
  declaration,
} satisfies Record<string, (kit: Kit) => void>

/** The name of a group of tests. */
export type GroupName = keyof typeof GROUPS

/** All of them, in order. */
export const GROUP_NAMES = Object.freeze(Object.keys(GROUPS) as GroupName[])

/**
 * Defines every test of the contract of kmsign adapters with the functions of any test runner.
 *
 * @example
 * runConformance({ describe, it, afterAll }, { declaration, start: async (need) => openHarness(need) })
 */
export function runConformance<A extends SigningAlgorithm>(runner: TestRunner, subject: Subject<A>): void {
  defineGroups(runner, subject as unknown as Subject, GROUP_NAMES)
}

/** Some of the groups; for the kit's own tests, which know what each of them must catch. */
export function defineGroups(runner: TestRunner, subject: Subject, names: readonly GroupName[]): void {
  runner.describe(`${subject.declaration.provider} conforms to the contract of adapters`, () => {
    const kit = createKit(runner, subject)
    for (const name of names) runner.describe(name, () => GROUPS[name](kit))
    runner.afterAll(async () => subject.finish?.())
  })
}
