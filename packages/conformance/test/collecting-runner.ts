import type { Subject } from '../src/harness.ts'
import type { TestRunner } from '../src/kit.ts'
import { defineGroups, type GroupName } from '../src/run.ts'

/** What became of one test of the kit. */
export interface Outcome {
  readonly group: string
  readonly title: string
  /** Undefined when it passed. */
  readonly failure: string | undefined
}

interface Collected {
  readonly group: string
  readonly title: string
  readonly run: () => Promise<void>
}

/** Runs groups of the kit in this very process and says what became of each test whose title is wanted. */
export async function runKit(
  subject: Subject,
  groups: readonly GroupName[],
  { wanted = '', mostMs = 20_000 }: { readonly wanted?: string; readonly mostMs?: number } = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { group, title, run } of collect(subject, groups)) {
    if (title.includes(wanted)) outcomes.push({ group, title, failure: await failureOf(run, mostMs) })
  }
  return outcomes
}

/** The tests, not run. */
export function collect(subject: Subject, groups: readonly GroupName[]): readonly Collected[] {
  const tests: Collected[] = []
  const path: string[] = []
  const runner: TestRunner = {
    describe(name, define) {
      path.push(name)
      define()
      path.pop()
    },
    it: (title, run) => void tests.push({ group: path.at(-1) ?? '', title, run }),
    afterAll: () => {},
  }
  defineGroups(runner, subject, groups)
  return tests
}

/** What becomes of a test that a bug keeps from ever ending. */
export const NO_END = 'it did not end'

async function failureOf(run: () => Promise<void>, mostMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(NO_END), mostMs)
  })
  const outcome = run().then(
    () => undefined,
    (error: unknown) => String(error),
  )
  const first = await Promise.race([outcome, tooLong])
  clearTimeout(timer)
  return first
}
