import { execFileSync } from 'node:child_process'
import { constants, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FOREIGN_JUDGES, type JudgedRow } from './foreign-judges.ts'
import { type Finished, finish, ROOT, runDemo, startDemo } from './run-demo.ts'

const README = join(ROOT, 'apps/demo/README.md')
/** Signatures by cloud, in the order of the table. */
const ROWS = { ncp: 3, volcengine: 13, aws: 17 }
const TOTAL = Object.values(ROWS).reduce((sum, count) => sum + count, 0)

const openssl = opensslVersion()
const scratch = mkdtempSync(join(tmpdir(), "kmsign demo's "))
afterAll(() => rmSync(scratch, { recursive: true }))

function opensslVersion(): string | undefined {
  try {
    return /^OpenSSL (\S+)/.exec(execFileSync('openssl', ['version'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}

/** The commands of CHECK.txt, each with the word before the last of its comment line. */
function commandsOf(out: string): readonly { readonly title: string; readonly line: string }[] {
  const text = readFileSync(join(out, 'CHECK.txt'), 'utf8')
  return [...text.matchAll(/^# (.+)\n(openssl .+)$/gm)].map(([, title = '', line = '']) => ({ title, line }))
}

function rowsOf(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => /^(RSA|EC|ED|ML_DSA)_?\S+ +[A-Z]/.test(line))
}

describe('the demo with its own file', () => {
  const out = join(scratch, 'out')
  let run: Finished
  beforeAll(async () => {
    writeFileSync(join(scratch, 'keep.pem'), '')
    run = await runDemo(['--out', out])
  })

  it('ends well', () => {
    expect(run.stderr).toBe('')
    expect(run.stdout).toMatch(new RegExp(`^${TOTAL} signatures, .*24 error cases, 0 failed \\(`, 'm'))
    expect(run.exitCode).toBe(0)
  })

  it('prints a row for every signature, with no refusal and nothing wider than 100 characters', () => {
    expect(rowsOf(run.stdout)).toHaveLength(TOTAL)
    expect(run.stdout).not.toMatch(/FAILED|KMS_MESSAGE_TOO_LARGE: takes/)
    const table = run.stdout.split('\n').slice(1)
    expect(table.filter((line) => line.length > 100)).toEqual([])
  })

  it('prints no colour and no progress into a pipe', () => {
    expect(run.stdout).not.toContain('\u001b')
    expect(run.stdout).not.toContain('\r')
    expect(run.stdout).not.toContain('Making keys')
  })

  it('shows the same codes for every cloud', () => {
    const codes = ['KMS_KEY_STATE', 'KMS_KEY_NOT_FOUND', 'KMS_UNAUTHENTICATED', 'KMS_TIMEOUT', 'aborted']
    for (const code of codes) {
      const clouds = [...run.stdout.matchAll(new RegExp(`^(\\w+) +${code}\\b`, 'gm'))].map(([, cloud]) => cloud)
      expect(clouds.filter((cloud) => cloud !== undefined && cloud in ROWS)).toEqual(Object.keys(ROWS))
    }
  })

  it('leaves a signature, a public key and a command for each row', () => {
    const names = readdirSync(out)
    for (const [cloud, count] of Object.entries(ROWS)) {
      expect(names.filter((name) => name.startsWith(`${cloud}-`) && name.endsWith('.sig'))).toHaveLength(count)
      expect(names.filter((name) => name.startsWith(`${cloud}-`) && name.endsWith('.pem'))).toHaveLength(count)
    }
    expect(commandsOf(out)).toHaveLength(TOTAL)
  })

  it('makes signatures that node:crypto accepts', () => {
    const message = readFileSync(README)
    const checked = commandsOf(out).flatMap(({ title, line }) => {
      const algorithm = title.split(', ')[1] ?? ''
      const options = nodeOptions(algorithm, Number(/saltlen:(\d+)/.exec(line)?.[1]))
      if (options === undefined) return []
      const stem = /([a-z]+-[A-Z0-9_]+-[A-Z0-9_]+)\.sig/.exec(line)?.[1] ?? ''
      const key = createPublicKey(readFileSync(join(out, `${stem}.pem`)))
      const signature = readFileSync(join(out, `${stem}.sig`))
      return [{ stem, valid: verify(options.hash, message, { key, ...options.key }, signature) }]
    })
    expect(checked.filter(({ valid }) => !valid)).toEqual([])
    expect(checked).toHaveLength(TOTAL - 2 - 3)
  })

  it.runIf(openssl)('makes signatures that openssl accepts by the commands in CHECK.txt', () => {
    const commands = commandsOf(out).filter(({ title }) => !title.endsWith('needs OpenSSL 3.5'))
    for (const { line } of commands) {
      expect(execFileSync('sh', ['-c', line], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' })).toMatch(/Verified/)
    }
    expect(run.stdout).toContain(`${commands.length} accepted by OpenSSL ${openssl}`)
  })

  for (const { name, present, unknown, judge } of FOREIGN_JUDGES) {
    it.runIf(present)(`makes signatures that ${name} accepts, all but those it does not know`, () => {
      const rows = judgedRows(out)
      const verdicts = judge(out, README, rows)
      const refused = rows.filter(({ stem }) => verdicts.get(stem) !== 'ok').map(({ stem }) => stem)
      expect(refused.filter((stem) => !unknown.test(stem))).toEqual([])
      expect(refused.filter((stem) => verdicts.get(stem) !== 'unknown')).toEqual([])
      expect(rows).toHaveLength(TOTAL)
    })
  }
})

function judgedRows(out: string): readonly JudgedRow[] {
  return commandsOf(out).map(({ title, line }) => ({
    stem: /([a-z]+-[A-Z0-9_]+-[A-Z0-9_]+)\.sig/.exec(line)?.[1] ?? '',
    algorithm: title.split(', ')[1] ?? '',
    salt: Number(/saltlen:(\d+)/.exec(line)?.[1] ?? 0),
  }))
}

/** What node:crypto needs; it cannot do SM2 with an id, and ML-DSA only in newer versions. */
function nodeOptions(algorithm: string, saltLength: number) {
  const hash = /SHA_(\d+)$/.exec(algorithm)?.[1]
  if (algorithm === 'ED25519') return { hash: null, key: {} }
  if (hash === undefined) return undefined
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return { hash: `sha${hash}`, key: algorithm.startsWith('RSA_PSS') ? { padding, saltLength } : {} }
}

describe('the command line', () => {
  it.each([
    ['a file that is not there', ['no/such/file'], 'there is no such file'],
    ['a directory', ['apps'], 'it is a directory'],
    ['an empty file', [join(scratch, 'empty')], 'it is empty'],
    ['an unknown option', ['--liv'], 'unknown option'],
    ['two files', ['README.md', 'LICENSE'], 'too many arguments'],
  ])('refuses %s with exit code 2', async (_title, words, reason) => {
    writeFileSync(join(scratch, 'empty'), '')
    const { exitCode, stderr } = await runDemo(words)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(reason)
  })

  it.each([join(README, 'out'), README, '/proc/nowhere'])('refuses the folder %s with exit code 1', async (out) => {
    const { exitCode, stderr } = await runDemo(['--out', out])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^Cannot write to .+\n$/)
  })

  it('explains itself', async () => {
    const { exitCode, stdout } = await runDemo(['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('NCLOUD_ACCESS_KEY')
  })

  it('removes from its folder what it made and nothing else', async () => {
    const out = mkdtempSync(join(scratch, 'cleaned '))
    for (const name of ['ncp-EC_P256-ECDSA_SHA_256.sig', 'mine.pem']) writeFileSync(join(out, name), '')
    await runDemo(['--live', '--out', out])
    expect(readdirSync(out).sort()).toEqual(['CHECK.txt', 'mine.pem'])
  })

  it('stops at Ctrl-C with exit code 130', async () => {
    const child = startDemo(['--out', join(scratch, 'interrupted')])
    child.stdout?.once('data', () => child.kill('SIGINT'))
    const { exitCode, stdout, stderr } = await finish(child)
    expect(exitCode).toBe(130)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/Stopped\.\n$/)
  })
})
