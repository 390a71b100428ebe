import type { Arguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { createChildren } from './children.ts'
import type { Pins } from './pinning.ts'
import { runProcess } from './process-run.ts'

/** Runs one part after another, each with processes of its own, and keeps on when one fails. */
export interface Runner {
  /** undefined: it failed, or the program was told to stop. */
  take<T>(name: string, act: (bench: Bench) => Promise<T>): Promise<T | undefined>
  /** What failed, one line each. */
  end(): readonly string[]
}

interface Setting {
  readonly program: string
  readonly options: Arguments
  readonly pins: Pins | undefined
  readonly stopping: AbortSignal
  /** How many parts there will be. */
  readonly steps: number
}

export function createRunner({ program, options: { effort }, pins, stopping, steps }: Setting): Runner {
  const failures: string[] = []
  let step = 0
  return {
    async take(name, act) {
      if (stopping.aborted) return undefined
      step += 1
      const children = createChildren(program, pins)
      const end = () => void children.endAll()
      stopping.addEventListener('abort', end)
      try {
        return await act({
          ...{ children, effort, progress: (text) => progress(`${step} of ${steps}, ${name}: ${text}`) },
          run: (command, parameters, more) => runProcess(command, parameters, { ...more, signal: stopping }),
        })
      } catch (error) {
        if (!stopping.aborted) failures.push(`${name} failed: ${error instanceof Error ? error.message : 'unknown'}`)
        return undefined
      } finally {
        stopping.removeEventListener('abort', end)
        await children.endAll()
      }
    },
    end() {
      progress('')
      return failures
    },
  }
}

/** One line that is written over, for people only. */
function progress(text: string): void {
  const { isTTY, columns = 80 } = process.stderr
  if (isTTY) process.stderr.write(`\r\u001B[2K${text.slice(0, columns - 1)}`)
}
