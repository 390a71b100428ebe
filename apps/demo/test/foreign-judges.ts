import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program of another language that holds signatures against public keys. */
export interface ForeignJudge {
  readonly name: string
  /** Whether this machine can run it. */
  readonly present: boolean
  /** What it cannot check, by a part of the row's name. */
  readonly unknown: RegExp
  /** The verdict on each row: `ok`, `wrong` or `unknown`. */
  judge(folder: string, message: string, rows: readonly JudgedRow[]): ReadonlyMap<string, string>
}

export interface JudgedRow {
  /** File name without ending. */
  readonly stem: string
  readonly algorithm: string
  /** Bytes of PSS salt; 0 where there is none. */
  readonly salt: number
}

const program = (name: string) => fileURLToPath(new URL(`judges/${name}`, import.meta.url))

/** Python knows no SM2, and ML-DSA only in newer releases; the JDK neither of them, and no secp256k1 since 16. */
export const FOREIGN_JUDGES: readonly ForeignJudge[] = [
  foreign("Python's cryptography", 'python3', [program('judge.py')], ['-c', 'import cryptography'], /SM2|ML_DSA/),
  foreign('Java', 'java', [program('Judge.java')], ['--list-modules'], /SM2|ML_DSA|P256K/),
]

function foreign(
  name: string,
  command: string,
  words: readonly string[],
  probe: readonly string[],
  unknown: RegExp,
): ForeignJudge {
  return {
    name,
    present: succeeds(command, probe),
    unknown,
    judge(folder, message, rows) {
      const input = rows.map(({ stem, algorithm, salt }) => `${stem} ${algorithm} ${salt}\n`).join('')
      const output = execFileSync(command, [...words, folder, message], { input, encoding: 'utf8', timeout: 60_000 })
      return new Map(
        output
          .trim()
          .split('\n')
          .map((line) => line.trim().split(' ') as [string, string]),
      )
    },
  }
}

/** A machine without the command, or a command without what it needs, has no such judge. */
function succeeds(command: string, words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore', timeout: 30_000 })
    return true
  } catch {
    return false
  }
}
