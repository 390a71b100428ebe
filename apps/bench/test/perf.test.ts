import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../dist/perf.js', import.meta.url))
const LIMIT_MS = 120_000

/**
 * Bytes per call are the one figure that a busy machine leaves alone (about 5 % either way). The limits are a tenth above
 * what was measured last; the goals themselves are in `docs/performance.md`.
 */
const LIMITS = [
  ['Bytes allocated ÷ bare request, volcengine', 1.2],
  ['Bytes allocated ÷ bare request, ncp', 1.13],
] as const

describe('bytes allocated for one signature', () => {
  const measured = new Map<string, number>()

  beforeAll(async () => {
    const run = promisify(execFile)
    const flags = [PROGRAM, '--quick', '--only', 'bytes', '--json']
    const { stdout } = await run(process.execPath, flags, { timeout: LIMIT_MS, killSignal: 'SIGTERM' })
    for (const { what, value } of JSON.parse(stdout) as { what: string; value: number }[]) measured.set(what, value)
  }, LIMIT_MS)

  it.each(LIMITS)('%s is at most %f', (what, limit) => {
    expect(measured.get(what)).toBeGreaterThan(0.5)
    expect(measured.get(what)).toBeLessThanOrEqual(limit)
  })

  it('are few beside those of the official SDK', () => {
    expect(measured.get('Bytes of openapi ÷ ours')).toBeGreaterThanOrEqual(5)
  })
})
