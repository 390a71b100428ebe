import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line: `N passed, N failed`, and what was skipped, by name. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown> = []) {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    const skipped: string[] = []
    for (const module of modules) {
      count.failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state] += 1
        if (state === 'skipped') skipped.push(test.fullName)
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`)
    const rest = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    console.log(`${count.passed} passed, ${count.failed + count.pending} failed${rest}`)
  }
}
