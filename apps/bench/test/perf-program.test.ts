import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseArguments } from '../src/perf/arguments.ts'
import { fill } from '../src/perf/document.ts'
import { isBusy } from '../src/perf/facts.ts'
import { ticksOf, usedByOthers } from '../src/perf/others.ts'
import { reachedText, spreadText, valueText } from '../src/perf/row.ts'
import { countBytesOf } from '../src/perf/sections/bytes.ts'
import { compare } from '../src/perf/statistics.ts'

const PROGRAM = fileURLToPath(new URL('../dist/perf.js', import.meta.url))
/** Less than a test may take, so that a program that hangs does not outlive it. */
const LIMIT_MS = 200_000
const DOCUMENT = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url))

const alone = { rounds: 0, sliceMs: 0 }
const EFFORT = { ...{ rounds: 0, sliceMs: 0, alone, warmCalls: 0 }, coldRounds: 0, fileBytes: 0 }

describe('the program', () => {
  it.each([['--only', 'nothing'], ['--profile', 'nobody'], ['--unknown'], ['stray']])(
    'refuses %s %s with 2 and one line',
    async (...args) => {
      const { code, text } = await run(...args)
      expect(code).toBe(2)
      expect(text.trim().split('\n')).toHaveLength(1)
    },
  )

  it('explains itself', async () => {
    const { code, text } = await run('--help')
    expect(code).toBe(0)
    for (const word of ['--quick', '--full', '--profile', 'footprint', 'volcengineEcChecked'])
      expect(text).toContain(word)
  })

  it('shows where a client spends its time and memory', async () => {
    const { code, text } = await run('--quick', '--profile', 'volcengine', '--json')
    expect(code).toBe(0)
    const [profile] = JSON.parse(text) as { client: string; time: Cost[]; bytes: Cost[] }[]
    expect(profile?.client).toBe('volcengine')
    for (const costs of [profile?.time ?? [], profile?.bytes ?? []]) {
      const places = new Set(costs.map(({ place }) => place))
      expect([...places]).toEqual(expect.arrayContaining(['undici', '@kmsign/core', '@kmsign/adapter-volcengine']))
      expect(costs.every(({ self }) => self > 0)).toBe(true)
    }
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  let folder: string
  let program: ChildProcess | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmsign-stopped-'))
  })
  afterEach(async () => {
    if (program !== undefined) await end(program)
    program = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['digest', 'calls'])('ends section %s with 130, its processes and its files', async (section) => {
    const env = { ...process.env, TMPDIR: folder }
    const started = spawn(process.execPath, [PROGRAM, '--only', section], { env, stdio: 'ignore' })
    program = started
    const ended = new Promise((resolve) => started.once('close', resolve))
    const before = await startedBy(started)
    started.kill(signal)
    expect(await ended).toBe(130)
    expect(readdirSync(folder)).toEqual([])
    await expect.poll(() => before.filter(isAlive)).toEqual([])
  })
})

describe('the CPU time of others', () => {
  const point = (busy: number, idle: number, own: number) => {
    const times = `${busy} 0 0 ${idle} 0 9 9 0 0 0`
    return ticksOf(
      `cpu  ${times}\ncpu0 ${times}\ncpu1 ${times}\nintr 1`,
      `7 (a) b) R ${'1 '.repeat(10)}${own} 0 0 0 20 0`,
    )
  }

  it('is what was busy without what this program and its children used', () => {
    const others = usedByOthers(point(1_000, 500, 100), point(1_150, 550, 200))
    expect(others).toBeCloseTo(0.5)
    expect([1, 4, 8].map((cores) => isBusy({ others, cores }))).toEqual([true, true, false])
  })

  it('is not known while no time passes', () => {
    expect(usedByOthers(point(1, 1, 1), point(1, 1, 1))).toBeUndefined()
    expect(isBusy({ others: undefined, cores: 1 })).toBe(false)
  })
})

describe('the arguments', () => {
  it.each([
    [['--full'], true],
    [[], false],
    [['--full', '--quick'], false],
    [['--full', '--only', 'bytes'], false],
    [['--full', '--profile'], false],
  ])('%j: committed files are written: %s', (argv, writes) => {
    expect(parseArguments(argv)).toMatchObject({ writes })
  })
})

describe('bytes', () => {
  it('are missing where garbage was collected in every repetition', async () => {
    const ask = async (job: string) => (job === 'bytes' ? [] : null) as never
    const children = { start: () => ({ ask }), endAll: async () => {} }
    const never = () => Promise.reject(new Error('not used'))
    const over = await countBytesOf({ children, effort: EFFORT, run: never, progress: () => {} }, ['bare', 'ncp'])
    const row = { what: 'Bytes', ...over('ncp', 'bare'), goal: { atMost: 1 } }
    expect([valueText(row), spreadText(row)]).toEqual(['–', ''])
    expect(reachedText(row)).toMatch(/^not taken: garbage was collected in every repetition/)
  })
})

describe('a comparison', () => {
  it('divides the medians and gives the middle half of the rounds', () => {
    expect(compare([10, 20, 30, 40, 900], [10, 10, 10, 10, 10])).toEqual({ value: 3, spread: { low: 2, high: 4 } })
  })
})

describe('a row', () => {
  it.each([
    [{ value: 1.3, goal: { atMost: 1.25 }, stretch: { atMost: 1 } }, 'no'],
    [{ value: 1.2, goal: { atMost: 1.25 }, stretch: { atMost: 1 } }, 'yes'],
    [{ value: 8, goal: { atLeast: 5 }, stretch: { atLeast: 7 } }, 'stretch'],
    [{ value: 1 }, ''],
    [{ value: Number.NaN, goal: { atMost: 1 }, missing: 'no registry' }, 'not taken: no registry'],
  ])('%j is judged "%s"', (row, text) => {
    expect(reachedText({ what: 'a figure', ...row })).toBe(text)
  })

  it('is shown so closely that one sees why it is judged as it is', () => {
    expect(valueText({ what: 'a figure', value: 1.104, goal: { atMost: 1.1 } })).toBe('1.104')
    expect(valueText({ what: 'a figure', value: 1.094, goal: { atMost: 1.1 } })).toBe('1.09')
  })

  it('shows nothing for what was not measured', () => {
    expect(valueText({ what: 'a figure', value: Number.NaN })).toBe('–')
  })
})

describe('the document', () => {
  const parts = { figures: 'new figures', costs: 'new costs' }

  it('keeps what was written by hand', () => {
    const before = readFileSync(DOCUMENT, 'utf8')
    const after = fill(before, parts)
    expect(after).toContain('new figures')
    expect(byHand(after)).toBe(byHand(before))
    expect(fill(after, parts)).toBe(after)
  })

  it('must have a place for what is generated', () => {
    expect(() => fill('# Performance', parts)).toThrow(/figures: generated/)
  })
})

interface Cost {
  readonly place: string
  readonly self: number
}

function byHand(document: string): string {
  return document.replace(/(<!-- \w+: generated -->)[\s\S]*?(<!-- end of \w+ -->)/g, '$1$2')
}

function run(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    const limit = { timeout: LIMIT_MS, killSignal: 'SIGTERM' } as const
    execFile(process.execPath, [PROGRAM, ...args], limit, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, text: code === 0 ? stdout : stderr })
    })
  })
}

/** After a failed test the program may still measure; its children notice its end. */
async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const ended = new Promise((resolve) => program.once('close', resolve))
  program.kill('SIGKILL')
  await ended
}

/** The first processes that a program has started, by their ids. */
async function startedBy({ pid }: ChildProcess): Promise<number[]> {
  for (let patience = 200; patience > 0; patience -= 1) {
    const found = childrenOf(pid ?? 0)
    if (found.length > 0) return found
    await sleep(50)
  }
  throw new Error('the program has started nothing')
}

function childrenOf(parent: number): number[] {
  const pairs = existsSync('/proc/self/stat') ? parentsByProc() : parentsByPs()
  return pairs.flatMap(([pid, ppid]) => (ppid === parent && isAlive(pid) ? [pid] : []))
}

/** Slim images have no `ps`. */
function parentsByProc(): (readonly [pid: number, parent: number])[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

function parentsByPs(): (readonly [pid: number, parent: number])[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return lines.map((line) => {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
    return [pid, parent]
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
