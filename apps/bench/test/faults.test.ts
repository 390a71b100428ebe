import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../dist/faults.js', import.meta.url))
const SMALL = ['--calls', '600', '--idle-calls', '100', '--soak', '1000', '--fuzz', '900', '--seed', '7', '--no-peers']

/** Less than a hook may take, so that a program that hangs does not outlive it. */
const LIMIT_MS = 200_000
const living = new Set<ChildProcess>()

interface Ended {
  readonly code: number | null
  readonly text: string
}

function run(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGTERM',
  })
  living.add(child)
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    text += String(chunk)
  })
  return new Promise((resolve) => {
    child.once('close', (code) => {
      living.delete(child)
      resolve({ code, text })
    })
  })
}

/** A run ends its own children when it is told to stop. */
afterAll(() => {
  for (const child of living) child.kill('SIGTERM')
})

interface Results {
  readonly sections: readonly {
    readonly name: string
    readonly defects: readonly string[]
    readonly figures: readonly { readonly name: string; readonly value: number; readonly holds: boolean }[]
  }[]
}

/** Beside one another: most of the time they wait for answers that never come. */
const RUNS = [
  ['faults'],
  ['emulator'],
  ['deadlines', 'idle-close', 'soak'],
  ['outage', 'fuzz-answers', 'fuzz-requests'],
]

describe('our adapters under faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kmsign-faults-'))
  let ended: readonly Ended[]
  let sections: Results['sections']

  // Memory is left out: what else runs on a machine that tests shows there first.
  beforeAll(async () => {
    const files = RUNS.map((names) => join(folder, `${names[0]}.json`))
    ended = await Promise.all(
      RUNS.map((names, index) => run('--only', ...names, ...SMALL, '--output', files[index] ?? '')),
    )
    sections = files.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Results).sections)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(RUNS.flat())('keep every bound of section %s', (name) => {
    const section = sections.find((one) => one.name === name)
    expect(section?.defects).toEqual([])
    expect(section?.figures.filter(({ holds }) => !holds)).toEqual([])
    expect(section?.figures.length).toBeGreaterThan(0)
  })

  it('end the program with 0, and leave plain text for a pipe', () => {
    for (const { code, text } of ended) {
      expect(code).toBe(0)
      expect(text).toContain('seed 7')
      expect(text).not.toContain('\u001b')
    }
  })
})

describe('the program', () => {
  it('explains itself', async () => {
    const { code, text } = await run('--help')
    expect(code).toBe(0)
    for (const name of [...RUNS.flat(), 'memory']) expect(text).toContain(name)
  })

  it.each([
    ['--only', 'nothing'],
    ['--soak', '-1'],
    ['--unknown', '1'],
  ])('refuses %s %s with 2', async (...args) => {
    expect((await run(...args)).code).toBe(2)
  })
})
